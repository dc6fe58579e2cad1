import { awsLogins, ecrOf, ROLE } from "./aws";
import type { Environment } from "./facts";
import { RUNNER } from "./steps";
import { action, type Job, type Step } from "./workflow";

/**
 * Signs what a deploy has pushed, by the digests that the registry told: by cosign, with the run's own identity, which
 * GitHub vouches for. There is no key. The one job with the right to that identity, and it runs no code of the project.
 */
export const signed = (one: Environment, registry: string, job: string): Job => {
  const host = registry.replace(/\/.*$/, "");
  const { condition, steps, isGithub } = loginAt(one, host);
  const only = condition === undefined ? {} : { if: condition };
  return {
    name: `sign what ${one.name} runs`,
    needs: [job],
    "runs-on": RUNNER,
    "timeout-minutes": 10,
    permissions: {
      contents: "read",
      "id-token": "write",
      ...(isGithub ? { packages: "write" as const } : {}),
    },
    steps: [
      ...steps,
      { ...only, uses: action("sigstore/cosign-installer") },
      {
        name: "Sign each by its digest",
        ...only,
        env: { IMAGES: `\${{ needs.${job}.outputs.images }}`, REGISTRY: registry },
        run: SIGN,
      },
    ],
  };
};

interface Login {
  /** Where nobody has said as whom, nothing is signed, and the deploy goes on. */
  condition?: string;
  steps: Step[];
  isGithub: boolean;
}

function loginAt(one: Environment, host: string): Login {
  if (ecrOf(host)) return { condition: ROLE, steps: awsLogins([one]), isGithub: false };
  const isGithub = host === "ghcr.io";
  const or = (token: string) => (isGithub ? ` || github.${token}` : "");
  const condition: { if?: string } = isGithub ? {} : { if: "vars.REGISTRY_USERNAME != ''" };
  const login: Step = {
    ...condition,
    uses: action("docker/login-action"),
    with: {
      registry: host,
      username: `\${{ vars.REGISTRY_USERNAME${or("actor")} }}`,
      password: `\${{ secrets.REGISTRY_PASSWORD${or("token")} }}`,
    },
  };
  return {
    ...(condition.if === undefined ? {} : { condition: condition.if }),
    steps: [login],
    isGithub,
  };
}

/** Each platform's own image, too: that is what a node asks for. */
const SIGN = `if [ -z "$IMAGES" ]; then echo "::notice::nothing was pushed"; exit 0; fi
jq -r --arg registry "$REGISTRY/" '.[] | select(startswith($registry))' <<< "$IMAGES" | sort -u \\
  | xargs -r -n 1 cosign sign --yes --recursive
`;
