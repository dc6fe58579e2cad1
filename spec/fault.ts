import { basename } from "node:path";

import type { Fault, Position } from "./types";

/** `path: what (given X; allowed Y). Cure` on one line. */
export function formatFault(fault: Fault): string {
  const facts = [
    fault.given === undefined ? undefined : `given: ${fault.given}`,
    fault.allowed === undefined ? undefined : `allowed: ${fault.allowed}`,
  ].filter((fact) => fact !== undefined);
  const detail = facts.length > 0 ? ` (${facts.join("; ")})` : "";
  return `${fault.path}: ${fault.what}${detail}${fault.cure ? `. ${fault.cure}` : ""}`;
}

/** `file:line:column`, as editors and terminals follow it. */
export const formatPosition = ({ file, line, column }: Position): string =>
  `${file}:${line}:${column}`;

/** The fault on one line, with the place where it stands before it. */
export function formatLocated(fault: Fault): string {
  if (fault.at === undefined) return formatFault(fault);
  const place = formatPosition(fault.at);
  // The fault of a file as a whole: its name stands there already.
  const whole = fault.path === basename(fault.at.file);
  return whole ? formatFault({ ...fault, path: place }) : `${place}: ${formatFault(fault)}`;
}

/** All faults of one run. Shown without a stack trace: the user's file is wrong, not our code. */
export class UserFaults extends Error {
  readonly faults: Fault[];

  constructor(faults: Fault[], title: string) {
    super(`${title}:\n${faults.map((fault) => `  - ${formatLocated(fault)}`).join("\n")}`);
    this.name = "UserFaults";
    this.faults = faults;
  }
}
