import type { Fault } from "./types";

/** `path: what (given X; allowed Y). Cure` on one line. */
export function formatFault(fault: Fault): string {
  const facts = [
    fault.given === undefined ? undefined : `given: ${fault.given}`,
    fault.allowed === undefined ? undefined : `allowed: ${fault.allowed}`,
  ].filter((fact) => fact !== undefined);
  const detail = facts.length > 0 ? ` (${facts.join("; ")})` : "";
  return `${fault.path}: ${fault.what}${detail}${fault.cure ? `. ${fault.cure}` : ""}`;
}

/** All faults of one run. Shown without a stack trace: the user's file is wrong, not our code. */
export class UserFaults extends Error {
  readonly faults: Fault[];

  constructor(faults: Fault[], title = "The application cannot be deployed as described") {
    super(`${title}:\n${faults.map((fault) => `  - ${formatFault(fault)}`).join("\n")}`);
    this.name = "UserFaults";
    this.faults = faults;
  }
}
