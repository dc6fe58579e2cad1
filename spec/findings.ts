import { relative } from "node:path";

import { FAULTS_LIMIT } from "./defaults";
import type { FormFault } from "./form";
import { UserFaults } from "./fault";
import type { Fault, PlatformKind, Position } from "./types";

type Detail = Omit<Fault, "path" | "what">;

/** What reading finds wrong or worth saying, collected so that the user sees everything at once. */
export class Findings {
  readonly faults: Fault[] = [];
  /** What the form of the files lacks; told at the end, as far as no reader has said it better. */
  readonly form: FormFault[] = [];
  private readonly said: Fault[] = [];
  /** What becomes of a key differs between platforms; known once the settings are read. */
  platform: PlatformKind = "docker";
  /** Where a path stands in the user's files, by absolute name. */
  locate: (path: string) => Position | undefined = () => undefined;

  /** `base`: the folder that files are named from. */
  constructor(private readonly base = process.cwd()) {}

  /** Said once, however often it is met. Returns undefined, so a reader can `return findings.fault(...)`. */
  fault(path: string, what: string, detail: Detail = {}): undefined {
    if (this.full) return;
    addOnce(this.faults, { path, what, ...detail });
  }

  /** Nobody reads more. */
  get full(): boolean {
    return this.faults.length >= FAULTS_LIMIT;
  }

  warn(path: string, what: string, detail: Detail = {}): void {
    addOnce(this.said, { path, what, ...detail });
  }

  get warnings(): readonly Fault[] {
    return this.said;
  }

  /** Without a stack: what only its config can mend is a warning. */
  leaveToStack(): void {
    const left = this.faults.filter((fault) => fault.stack);
    for (const { path, what, ...detail } of left) this.warn(path, what, detail);
    this.faults.splice(0, Infinity, ...this.faults.filter((fault) => !fault.stack));
  }

  /** Where a path stands, with the file's name as the user knows it. */
  place(path: string): Position | undefined {
    return this.named(this.locate(path));
  }

  /** The same with the places where they stand. */
  located(found: readonly Fault[]): Fault[] {
    return found.map((fault) => {
      const at = fault.at ? this.named(fault.at) : this.place(fault.path);
      return at === undefined ? fault : { ...fault, at };
    });
  }

  private named(at: Position | undefined): Position | undefined {
    return at && { ...at, file: relative(this.base, at.file) };
  }

  /** @throws UserFaults with all faults so far. */
  throwIfAny(title: string): void {
    if (this.faults.length > 0) throw new UserFaults(this.located(this.faults), title);
  }
}

function addOnce(list: Fault[], fault: Fault): void {
  if (!list.some(({ path, what }) => path === fault.path && what === fault.what)) list.push(fault);
}
