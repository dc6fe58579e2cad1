import { ci } from "./ci";
import { dependabot } from "./dependabot";
import { deploy } from "./deploy";
import { e2e } from "./e2e";
import type { Facts } from "./facts";
import { images } from "./images";
import { load } from "./load";
import { FOLDER, PREFIX } from "./paths";
import { preview } from "./preview";
import { rollback } from "./rollback";
import { security } from "./security";
import { textOf, type Workflow } from "./workflow";

const WORKFLOWS: Record<string, (facts: Facts) => Workflow | undefined> = {
  ci,
  deploy,
  e2e,
  images,
  load,
  preview,
  rollback,
  security,
};

/** File, from the repository's root -> text, of all that the project has use for. */
export const workflowFiles = (facts: Facts, forDependabot: string): Record<string, string> => ({
  [forDependabot]: textOf(dependabot(facts)),
  ...Object.fromEntries(
    Object.entries(WORKFLOWS).flatMap(([name, make]) => {
      const workflow = make(facts);
      return workflow === undefined ? [] : [[`${FOLDER}/${PREFIX}${name}.yml`, textOf(workflow)]];
    }),
  ),
});
