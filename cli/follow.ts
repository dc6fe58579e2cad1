import type { LogAsked, LogLine, Platform } from "../provider/places";
import type { Slot } from "../spec/types";
import { merged } from "./merged";
import type { Running } from "./running";
import { namedUnits, selected, titleOf, type Asked, type NamedUnit } from "./units";

export interface UnitLine extends LogLine {
  unit: NamedUnit;
}

export interface Flip {
  at: string;
  from?: Slot;
  to?: Slot;
  /** Id of the release that serves now. */
  release?: string;
}

export interface Listener {
  /** In order. */
  lines(lines: UnitLine[]): Promise<void>;
  flip(flip: Flip): Promise<void>;
  /** Something of it cannot be read. */
  fault(text: string): void;
}

/** Milliseconds in which lines of several containers are put in order. */
const ORDERING = 100;
/** Lines that are handed over at once. */
const BATCH = 500;

const earlier = (one: UnitLine, other: UnitLine) => one.at < other.at;

/** Reads the logs of what is asked for, now and as containers come and go. */
export class Follow {
  /** By container: when its last line was written. */
  private readonly last = new Map<string, string>();
  private readonly open = new Map<string, AbortController>();
  private waiting: UnitLine[] = [];
  private readonly platform: Platform;
  private serving: Slot | undefined;

  constructor(
    { platform, serving }: Running,
    private readonly asked: Asked & Omit<LogAsked, "follow">,
    private readonly listener: Listener,
    private readonly signal: AbortSignal,
  ) {
    this.platform = platform;
    this.serving = serving;
  }

  /** What was written until now. */
  async history(units: readonly NamedUnit[]): Promise<void> {
    const sequences: AsyncIterable<UnitLine>[] = [];
    for (const unit of units) {
      const lines = await this.linesOf(unit, { ...this.range, follow: false }, this.signal);
      if (lines) sequences.push(lines);
    }
    let batch: UnitLine[] = [];
    for await (const line of merged(sequences, earlier)) {
      this.last.set(line.unit.container.id, line.at);
      batch.push(line);
      if (batch.length < BATCH) continue;
      await this.listener.lines(batch);
      batch = [];
    }
    await this.listener.lines(batch);
  }

  /** What is written from then on, until the signal. */
  async live(): Promise<void> {
    const timer = setInterval(() => void this.flush(), ORDERING);
    try {
      for await (const _ of this.platform.changes(this.signal)) await this.look();
    } finally {
      clearInterval(timer);
      await this.flush();
    }
  }

  /** Takes up what is there now, and lets go what is not meant any more. */
  private async look(): Promise<void> {
    // An engine that is gone for a moment is asked again with the next beat.
    const found = await this.platform.whatRuns().catch(() => undefined);
    if (found === undefined || this.signal.aborted) return;
    const { slot, release } = found.serving;
    if (slot !== this.serving) {
      await this.flush();
      const [from, to] = [this.serving && { from: this.serving }, slot && { to: slot }];
      const at = new Date().toISOString();
      await this.listener.flip({ at, ...from, ...to, ...(release ? { release } : {}) });
    }
    this.serving = slot;
    const units = selected(namedUnits(found.units), this.asked, slot);
    const meant = new Set(units.map(({ container }) => container.id));
    for (const [id, end] of this.open) if (!meant.has(id)) end.abort();
    for (const unit of units) {
      const { id, running } = unit.container;
      if (running && !this.open.has(id)) await this.take(unit);
    }
  }

  private async take(unit: NamedUnit): Promise<void> {
    const { id } = unit.container;
    const end = new AbortController();
    this.open.set(id, end);
    const since = this.last.get(id);
    const range = since === undefined ? this.range : { since };
    const signal = AbortSignal.any([this.signal, end.signal]);
    const lines = await this.linesOf(unit, { ...range, follow: true }, signal);
    const read = async () => {
      for await (const line of lines ?? []) {
        if (line.at <= (since ?? "")) continue;
        this.last.set(id, line.at);
        this.waiting.push(line);
      }
    };
    void read()
      .catch((error: Error) => this.faultOf(unit, error))
      .finally(() => this.open.delete(id));
  }

  private async flush(): Promise<void> {
    const lines = this.waiting.sort((a, b) => (earlier(a, b) ? -1 : earlier(b, a) ? 1 : 0));
    this.waiting = [];
    if (lines.length > 0) await this.listener.lines(lines);
  }

  private get range(): Omit<LogAsked, "follow"> {
    const { lines, since } = this.asked;
    return { ...(lines === undefined ? {} : { lines }), ...(since === undefined ? {} : { since }) };
  }

  private async linesOf(
    unit: NamedUnit,
    asked: LogAsked,
    signal: AbortSignal,
  ): Promise<AsyncIterable<UnitLine> | undefined> {
    try {
      return labelled(unit, await this.platform.openLog(unit.container.id, asked, signal));
    } catch (error) {
      return this.faultOf(unit, error as Error);
    }
  }

  private faultOf(unit: NamedUnit, { message }: Error): undefined {
    if (!this.signal.aborted) {
      this.listener.fault(`the log of ${titleOf(unit, true)} cannot be read: ${message}`);
    }
  }
}

async function* labelled(unit: NamedUnit, lines: AsyncIterable<LogLine>): AsyncIterable<UnitLine> {
  for await (const line of lines) yield { ...line, unit };
}
