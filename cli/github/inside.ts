import type { Code } from "./languages";
import type { Step } from "./workflow";

/** A step in a folder with code: from the repository's root, wherever Pulumi.yaml is. */
export const inside = ({ folder }: Code, run: string, rest: Step = {}): Step => ({
  ...rest,
  run,
  "working-directory": `\${{ github.workspace }}${folder === "." ? "" : `/${folder}`}`,
});

/** Each says its own faults: the ones after it run, too. */
export const check = (code: Code, run: string): Step => inside(code, run, { if: "!cancelled()" });
