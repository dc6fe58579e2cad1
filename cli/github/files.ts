import { ci } from "./ci";
import { deploy } from "./deploy";
import { e2e } from "./e2e";
import type { Facts } from "./facts";
import { images } from "./images";
import { load } from "./load";
import { preview } from "./preview";
import { rollback } from "./rollback";
import { security } from "./security";
import { textOf, type Workflow } from "./workflow";

/** From the repository's root. */
export const FOLDER = ".github/workflows";
/** Files of a project's own have other names; the folder is shared. */
export const PREFIX = "slipway-";

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

/** File -> text, of all that the project has use for. */
export const workflowFiles = (facts: Facts): Record<string, string> =>
  Object.fromEntries(
    Object.entries(WORKFLOWS).flatMap(([name, make]) => {
      const workflow = make(facts);
      return workflow === undefined ? [] : [[`${PREFIX}${name}.yml`, textOf(workflow)]];
    }),
  );
