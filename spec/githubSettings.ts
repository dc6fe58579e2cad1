import { z } from "zod";

import { SECRET_NAME, SECRET_NAME_ALLOWED } from "./names";
import { count, matching, meaning, oneOf, text, textMap } from "./schema";

/** Keys of `slipway:github`, in GitHub's own words. */

const flag = z.boolean({ error: "must be true or false" });

const isEachOnce = (names: string[]) => new Set(names).size === names.length;
/** GitHub knows no capitals in names of people and labels. */
const isEachOnceInAnyCase = (names: string[]) =>
  isEachOnce(names.map((name) => name.toLowerCase()));

const each = (error: string) =>
  z.array(text, { error }).refine(isEachOnce, { error: "names something twice" });

const patterns = (of: string) =>
  each(`must be a list of names or patterns of ${of}`).min(1, {
    error: `must name at least one of ${of}`,
  });

/** A list names secrets of the stack that GitHub shall know by the same name. */
const secretMap = z.preprocess(
  (value) =>
    Array.isArray(value) && value.every((name) => typeof name === "string")
      ? Object.fromEntries(value.map((name) => [name, `\${${name}}`]))
      : value,
  z.record(z.string(), z.string({ error: "must be a text that names secrets: ${NAME}" }), {
    error: "must be a list of secrets of the stack, or a map NAME: ${SECRET}",
  }),
);

const SECRETS = secretMap.default({}).meta({
  // What editors are told.
  type: ["array", "object"],
});

/** Without TLS to this machine alone: a token goes with each request. */
const SERVER = /^(https:\/\/[^/\s]+|http:\/\/(localhost|127\.0\.0\.1)(:\d+)?)\/?$/;

const REVIEWER = matching(
  /^[a-zA-Z\d](-?[a-zA-Z\d])*(\/[\w.-]+)?$/,
  "a login, or organization/team",
  "ada, acme/operators",
);

const ENVIRONMENT = z.strictObject(
  {
    name: meaning(
      matching(/^[\w.-]{1,255}$/, "an environment's name", "letters, digits and . _ -").optional(),
      "Name on GitHub, that workflows enter. Default: the stack's",
    ),
    reviewers: meaning(
      z
        .array(REVIEWER, { error: "must be a list of logins and teams (organization/team)" })
        .max(6, { error: "names more than the six that GitHub allows" })
        .refine(isEachOnceInAnyCase, { error: "names somebody twice" })
        .default([]),
      "Who can approve a job that enters it; one of them is enough",
      [],
    ),
    preventSelfReview: meaning(flag.default(false), "Whoever started a job cannot approve it"),
    adminsBypass: meaning(flag.default(true), "Administrators may go past its rules"),
    waitTimer: meaning(count(0, 43200).default(0), "Minutes that a job waits before it enters", 0),
    branches: meaning(
      z
        .union([z.literal("protected"), patterns("branches")], {
          error: "must be protected, or a list of names or patterns of branches",
        })
        .optional(),
      "From which branches jobs may enter: names, patterns (release/*), or protected. Default: any",
    ),
    tags: meaning(
      patterns("tags").optional(),
      "From which tags jobs may enter. Default: any, where branches are not said either",
    ),
    secrets: meaning(
      SECRETS,
      "Secrets that only jobs in this environment see: NAME: ${SECRET}",
      {},
    ),
    variables: meaning(textMap.default({}), "Variables of this environment, in plain sight", {}),
  },
  { error: "must be a map" },
);

const PROTECTION = z.strictObject(
  {
    branches: meaning(patterns("branches").default(["main"]), "Branches that are protected", [
      "main",
    ]),
    reviews: meaning(
      count(0, 10).default(1),
      "Approvals that a pull request needs; nobody pushes without one",
      1,
    ),
    codeOwners: meaning(flag.default(false), "Code owners have to approve what they own"),
    requiredChecks: meaning(
      each("must be a list of checks").default([]),
      "Checks that have to pass, by the names of their jobs",
      [],
    ),
    upToDate: meaning(
      flag.default(false),
      "A branch has to have the newest main before it is merged",
    ),
    requiredDeployments: meaning(
      each("must be a list of environments").default([]),
      "Environments that a commit has to be deployed to before it is merged",
      [],
    ),
    linearHistory: meaning(flag.default(false), "No merge commits"),
  },
  { error: "must be a map" },
);

const LABEL = z.strictObject(
  {
    color: meaning(
      matching(/^[0-9a-fA-F]{6}$/, "a colour", 'six hex digits, in quotes: "d73a4a"')
        .toLowerCase()
        .default("ededed"),
      "Six hex digits",
    ),
    description: meaning(z.string().max(100).default(""), "At most 100 characters"),
  },
  { error: "must be a map of color and description" },
);

export const GITHUB = z
  .strictObject(
    {
      repository: meaning(
        matching(/^[a-zA-Z\d](-?[a-zA-Z\d]){0,38}\/[\w.-]{1,100}$/, "owner/name", "acme/shop"),
        "owner/name",
      ),
      create: meaning(
        z
          .strictObject(
            {
              visibility: meaning(
                oneOf(["private", "internal", "public"]).default("private"),
                "Who sees it",
              ),
              description: meaning(z.string().max(350).default(""), "One line"),
            },
            { error: "must be a map of visibility and description" },
          )
          .optional(),
        "Makes the repository where it is not there; one that is there stays as it is, and none is ever removed",
      ),
      server: meaning(
        matching(SERVER, "an address by https", "https://github.example.com").optional(),
        "A GitHub Enterprise Server. Default: GitHub itself",
      ),
      token: meaning(
        matching(SECRET_NAME, "the name of a secret", SECRET_NAME_ALLOWED).optional(),
        "The secret (slipway:secrets) with a token that may administer the repository. Default: GITHUB_TOKEN",
      ),
      environment: meaning(ENVIRONMENT.prefault({}), "This stack's environment on GitHub"),
      secrets: meaning(SECRETS, "Secrets of the whole repository, for jobs in no environment", {}),
      variables: meaning(textMap.default({}), "Variables of the whole repository", {}),
      protection: meaning(PROTECTION.optional(), "A ruleset for branches. Default: none"),
      labels: meaning(
        z
          .record(matching(/^(?!\.{0,2}$).{1,50}$/, "a label's name", "1 to 50 characters"), LABEL)
          .refine((labels) => isEachOnceInAnyCase(Object.keys(labels)), {
            error: "names a label twice: capitals are no matter to GitHub",
          })
          .default({}),
        "Labels of issues, by name; none is ever removed, for issues bear them",
        {},
      ),
      dependabot: meaning(
        flag.optional(),
        "Alerts on vulnerable dependencies, and pull requests that mend them. Default: as it is",
      ),
    },
    { error: "must be a map" },
  )
  .optional();

export type GithubSettings = NonNullable<z.infer<typeof GITHUB>>;
