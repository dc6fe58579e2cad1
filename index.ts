import * as pulumi from "@pulumi/pulumi";
import { Environment } from "./components/environment";
import { onGithub } from "./components/onGithub";
import { observe } from "./components/observe";
import { outputs, show, tellPresent } from "./components/outputs";
import { promoted } from "./components/promotion";
import { gitOf } from "./git";
import { asAdopted } from "./spec/adopt";
import { promotedFrom } from "./spec/config";
import { UserFaults } from "./spec/fault";
import { loadApplication } from "./spec/load";
import { makePlan } from "./spec/plan";
import { releaseOf } from "./spec/release";

const secretKeys = JSON.parse(process.env.PULUMI_CONFIG_SECRET_KEYS ?? "[]") as string[];
const isSecretKey = (key: string) => secretKeys.includes(key);

/** description -> release -> what is there -> plan -> resources. Each step is a file of its name. */
async function main() {
  // Of Pulumi.yaml: this program may be a package of somebody's project.
  const directory = pulumi.getRootDirectory();
  const git = gitOf(directory);
  const config = { all: pulumi.runtime.allConfig(), isSecret: isSecretKey };
  const { spec, secrets, located } = loadApplication({
    directory,
    stack: pulumi.getStack(),
    config,
    promoted: await promoted(promotedFrom(config)),
    git,
    environment: process.env,
  });
  const observation = asAdopted(spec, await observe(spec, secrets));
  const plan = makePlan(spec, releaseOf(spec), observation);
  show(plan);
  if (plan.kind === "refused")
    throw new UserFaults(located(plan.faults), "This cannot be deployed");
  tellPresent(spec, plan, observation);
  const repository = await onGithub(spec, secrets);
  const environment = new Environment(spec.name, { spec, plan, observation, secrets, git });
  repository?.after(environment.traffic);
  return outputs(spec, plan, environment);
}

export = async () => {
  try {
    return await main();
  } catch (error) {
    // A fault of the user's files needs no stack trace of ours; anything else is our own bug.
    const { message, stack } = error as Error;
    const shown = new pulumi.RunError(error instanceof UserFaults ? message : (stack ?? message));
    // Pulumi inspects an error that has a stack, with all that hangs on it: 30 s for one line of text.
    shown.stack = "";
    throw shown;
  }
};
