import { FAULTS_LIMIT } from "./defaults";
import { UserFaults } from "./fault";
import type { Fault } from "./types";

/** What reading finds wrong or worth saying, collected so that the user sees everything at once. */
export class Findings {
  readonly faults: Fault[] = [];
  private readonly said = new Set<string>();

  /** Said once, however often it is met. Returns undefined, so a reader can `return findings.fault(...)`. */
  fault(path: string, what: string, detail: Omit<Fault, "path" | "what"> = {}): undefined {
    if (this.full) return;
    const known = this.faults.some((fault) => fault.path === path && fault.what === what);
    if (!known) this.faults.push({ path, what, ...detail });
  }

  /** Nobody reads more. */
  get full(): boolean {
    return this.faults.length >= FAULTS_LIMIT;
  }

  warn(path: string, what: string): void {
    this.said.add(`${path}: ${what}`);
  }

  get warnings(): string[] {
    return [...this.said];
  }

  /** @throws UserFaults with all faults so far. */
  throwIfAny(): void {
    if (this.faults.length > 0) throw new UserFaults(this.faults);
  }
}
