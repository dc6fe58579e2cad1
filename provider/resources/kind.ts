import type { Life } from "../life";
import type { Place, Platform } from "../platform";

/** What a resource gets to work with. */
export interface Context {
  platform: Platform;
  /** The same, as it was when the run began: what its look has answered is not asked again. */
  seen: Platform;
  life: Life;
  /** Shows a line under the resource while it works. */
  say(line: string): void;
  /** A line that stays, also when the run ends early. */
  tell(line: string): void;
  /** The same, as a warning. */
  warn(line: string): void;
}

/** What a check gets. */
export interface CheckContext extends Context {
  /** Known of those kinds only whose resources tell it. */
  isPreview: boolean;
}

export interface Diff {
  changes: boolean;
  replaces?: string[];
}

/**
 * One resource type. Inputs arrive as plain values: secrets opened, unknowns as the symbol `unknown`.
 * Outputs are the inputs and what `create` and `update` return. A read returns the state as it is where a kind has
 * none: reality is asked in diff, which the engine always calls.
 */
export interface Kind<I extends Place> {
  /** What it does changes no answer that another resource's diff asks for. */
  isApart?: true;
  /** A fault that can be seen before anything is done, also in a preview. */
  check?(inputs: I, olds: Partial<I>, context: CheckContext): Promise<string | undefined>;
  diff(olds: I, news: I, context: Context): Promise<Diff>;
  /** Returns the resource's id. */
  create(inputs: I, context: Context): Promise<string>;
  update?(olds: I, news: I, context: Context): Promise<void>;
  delete?(state: I, context: Context): Promise<void>;
  /** For a refresh: what is otherwise than the state has it. */
  read?(state: I, context: Context): Promise<Partial<I>>;
}

export const now = () => new Date().toISOString();
export const sleep = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
