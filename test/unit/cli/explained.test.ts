import { hostname } from "node:os";
import { explained, interruptedBefore, ownerIsGone, stateLockIn } from "../../../cli/explained";

const locked = (host: string, pid: number) =>
  `the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with \`pulumi cancel\`.\n  file:///state/.pulumi/locks/a.json: created by ann@${host} (pid ${pid}) at 2026-11-22T03:02:10Z`;
/** Above what the kernel gives. */
const GONE = 99_999_999;

test("who holds the state is read out of what the CLI says", () => {
  expect(stateLockIn(locked("ci-1", 12))).toEqual({
    owner: "ann",
    host: "ci-1",
    pid: 12,
    since: "2026-11-22T03:02:10Z",
  });
  expect(stateLockIn("something else")).toBeUndefined();
});

test.each([
  ["its process is there", hostname(), process.pid, false, "It still runs"],
  ["its process is gone", hostname(), GONE, true, "slipway abort -e staging"],
  ["it is of another machine", "elsewhere", GONE, undefined, "pulumi cancel --stack staging"],
])("a lock of the state: %s", (_name, host, pid, gone, cure) => {
  const text = locked(host, pid);
  expect(ownerIsGone(stateLockIn(text)!)).toBe(gone);
  const [fault] = explained([text], "staging");
  expect(fault).toMatchObject({ path: "state", given: `ann@${host}, process ${pid}` });
  expect(fault!.cure).toContain(cure);
});

test("what else is known has a cure; what is not stays as it was said", () => {
  const faults = explained(
    [
      "incorrect passphrase",
      "update canceled",
      "PULUMI_ACCESS_TOKEN must be set for login",
      "no such image",
    ],
    "staging",
  );
  expect(faults.map(({ path, cure }) => [path, cure !== undefined])).toEqual([
    ["secrets", true],
    ["update", true],
    ["backend", true],
    ["update", false],
  ]);
});

test.each([
  [
    "slipway:github.repository: is not there (given: a/b). Make it",
    { path: "slipway:github.repository", what: "is not there (given: a/b). Make it" },
  ],
  ["GITHUB_TOKEN: is not set", { path: "GITHUB_TOKEN", what: "is not set" }],
  ["nobody answers\nat all", { path: "update", what: "nobody answers\nat all" }],
])("what a check of ours said is told without Pulumi's words around it: %s", (said, fault) => {
  const text = `slipway-platform:index:Repository resource 'github-repository' has a problem: ${said}`;
  expect(explained([text], "staging")).toEqual([fault]);
});

test("several faults of one check are several", () => {
  const text =
    "slipway-platform:index:Repository resource 'x' has a problem: GITHUB_TOKEN: is not set\nslipway:github.a[0]: is nobody";
  expect(explained([text], "staging")).toEqual([
    { path: "GITHUB_TOKEN", what: "is not set" },
    { path: "slipway:github.a[0]", what: "is nobody" },
  ]);
});

test("the github plugin's word on a resource is told once, in GitHub's own words", () => {
  const said = "DELETE https://api.github.com/repos/a/b/rulesets/1: 401 Requires authentication";
  const urn =
    "urn:pulumi:s::slipway::slipway:index:Repository$github:index/repositoryRuleset:RepositoryRuleset::github-ruleset";
  const errors = [
    `  sdk-v2/provider2.go:571: sdk.helper_schema: ${said} []: provider=github@6.15.0`,
    `1 error occurred:\n\t* deleting ${urn}: 1 error occurred:\n\t* ${said} []\n\n`,
  ];
  expect(explained(errors, "staging")).toEqual([
    { path: "github-ruleset", what: said, cure: expect.stringContaining("GITHUB_TOKEN") },
  ]);
  const [conflict] = explained([errors[1]!.replace("401", "409")], "staging");
  expect(conflict).not.toHaveProperty("cure");
  const [gone] = explained([errors[1]!.replace("401", "404")], "staging");
  expect(gone!.cure).toContain("pulumi refresh --stack staging");
  // With no twin it is all that is known.
  expect(explained([errors[0]!], "staging")).toEqual([{ path: "update", what: errors[0] }]);
});

test.each([
  ["is down", 'Get "https://x": giving up after 4 attempt(s)', "Once GitHub answers"],
  ["does not know the token", "GET https://x: 401 Bad credentials []", "GITHUB_TOKEN"],
])("a GitHub that %s, as the plugin tells it", (_what, said, cure) => {
  const text = `1 error occurred:\n\t* failed to lookup organization "acme": ${said}\n\n`;
  expect(explained([text], "staging")).toEqual([
    {
      path: "slipway:github",
      what: `could not be looked at: ${said.replace(" []", "")}`,
      cure: expect.stringContaining(cure),
    },
  ]);
});

test("what a killed update was at is said in a line, not in a page", () => {
  const page =
    "Attempting to deploy or update resources with 1 pending operations from previous deployment.\n  * urn:pulumi:s::p::a$docker:index/container:Container::green-api, interrupted while creating\nThese resources are in an unknown state";
  expect(interruptedBefore(page, "staging")).toBe(
    "an earlier update was killed at green-api (creating). What it left is found and cleared; slipway abort -e staging makes the state forget it, too",
  );
  expect(interruptedBefore("something else", "staging")).toBe("something else");
});
