import type { Slot } from "../spec/types";
import type { Flip, UnitLine } from "./follow";
import type { Colours } from "./print";
import { titleOf } from "./units";

/** Told apart on dark and on light grounds. */
const COLOURS = ["cyan", "yellow", "green", "magenta", "blue", "red"] as const;

export interface Form {
  /** Services in a fixed order: each has its colour. */
  names: readonly string[];
  /** Characters of the longest title. */
  width: number;
  withSlot: boolean;
  timestamps: boolean;
  colours: Colours;
}

export function printedLine({ unit, at, text }: UnitLine, form: Form): string {
  const { names, width, withSlot, timestamps, colours } = form;
  const place = Math.max(0, names.indexOf(unit.name));
  const colour = colours[COLOURS[place % COLOURS.length]!];
  const time = timestamps ? `${colours.dim(at)} ` : "";
  return `${colour(`${titleOf(unit, withSlot).padEnd(width)} |`)} ${time}${text}`;
}

export function printedFlip({ from, to, release }: Flip, { bold }: Colours): string {
  const what = release === undefined ? "" : ` (release ${release})`;
  return bold(`--- the traffic moved from ${from ?? "nothing"} to ${to ?? "nothing"}${what} ---`);
}

/** What `logs --json` prints, one a line: what a container wrote, or that the traffic moved. */
export type LogReport =
  | {
      /** ISO 8601, UTC. */
      at: string;
      service: string;
      replica?: number;
      slot?: Slot;
      stream: "stdout" | "stderr";
      text: string;
    }
  | { at: string; flip: Omit<Flip, "at"> };

export const lineJson = ({ unit, at, source, text }: UnitLine): string => {
  const { name: service, replica, slot } = unit;
  const report = { at, service, replica, slot, stream: source, text } as LogReport;
  return JSON.stringify(report);
};

export const flipJson = ({ at, ...flip }: Flip): string =>
  JSON.stringify({ at, flip } satisfies LogReport);
