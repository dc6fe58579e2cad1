import type { EngineEvent, StepEventMetadata } from "@pulumi/pulumi/automation";

import { plain } from "./update";

/** What people follow of an update, in the order in which it comes. */
const PHASES = [
  "build",
  "check",
  "push",
  "accessory",
  "empty",
  "task",
  "service",
  "gate",
  "traffic",
  "worker",
  "github",
  "remove",
] as const;
type Phase = (typeof PHASES)[number];

/** One line: a service, an image, the gate. */
export interface Step {
  phase: Phase;
  /** Service, accessory, slot; "" where the phase says it all. */
  subject: string;
  slot?: string;
  state: "running" | "done" | "failed";
  /** Milliseconds, by this machine's clock. */
  began: number;
  ended?: number;
  /** What its resource has last said of itself. */
  note?: string;
}

/** Resources of our types, of Docker's and GitHub's, by logical name (spec/names.ts); what is not named here is no step for people. */
const KNOWN: [type: RegExp, name: RegExp, phase: Phase][] = [
  [/:Image$/, /^build-(?<subject>.+)$/, "build"],
  [/:(Scan|Verify|Sign)$/, /^(scan|verify|sign)-(?<subject>.+)$/, "check"],
  [/:Push$/, /^push-(?<subject>.+)$/, "push"],
  [/:Container$/, /^accessory-(?<subject>.+)$/, "accessory"],
  [/:Sweep$/, /^sweep$/, "empty"],
  [/:Task$/, /^run-task-(?<slot>blue|green)-(?<subject>.+)$/, "task"],
  [/:Container$/, /^front-(?<slot>blue|green)$/, "service"],
  [/:Container$/, /^(?<slot>blue|green)-(?<subject>.+?)(\.\d+)?$/, "service"],
  [/:Gate$/, /^/, "gate"],
  [/:Traffic$/, /^/, "traffic"],
  [/:Container$/, /^worker-(?<subject>.+?)(\.\d+)?$/, "worker"],
  [/^github:|:(Labels|Ruleset|Variables)$/, /^github-(?<subject>.+)$/, "github"],
];

const REMOVALS = ["delete", "discard"];
/** Of a replacement only the making counts: what it replaces is gone by then, or goes unseen. */
const IDLE = ["same", "read", "refresh", "read-replacement", "replace", "delete-replaced"];

/** The steps of an update, from the engine's events as they come. */
export class Progress {
  /** What the program says it will do, a line each. */
  plan: string[] = [];
  private readonly byResource = new Map<string, Step>();
  private readonly byName = new Map<string, { step: Step; open: Set<string> }>();

  constructor(private readonly now: () => number = Date.now) {}

  /** In the order of the phases, then of their beginning. */
  steps(): Step[] {
    const rank = ({ phase }: Step) => PHASES.indexOf(phase);
    return [...this.byName.values()].map(({ step }) => step).sort((a, b) => rank(a) - rank(b));
  }

  /** Returns the steps that began or ended. */
  add(event: EngineEvent): Step[] {
    const { resourcePreEvent, resOutputsEvent, resOpFailedEvent, diagnosticEvent } = event;
    if (resourcePreEvent) {
      return isIdle(resourcePreEvent.metadata) ? [] : this.begin(resourcePreEvent.metadata);
    }
    if (resOutputsEvent) return this.end(resOutputsEvent.metadata.urn, "done");
    if (resOpFailedEvent) return this.end(resOpFailedEvent.metadata.urn, "failed");
    const said = diagnosticEvent?.severity === "info" && !diagnosticEvent.ephemeral;
    if (said && this.plan.length === 0) this.plan = plain(diagnosticEvent.message).split("\n");
    const step = diagnosticEvent?.urn ? this.byResource.get(diagnosticEvent.urn) : undefined;
    if (step && diagnosticEvent?.severity === "info") {
      step.note = plain(diagnosticEvent.message).split("\n")[0]!;
    }
    return [];
  }

  private begin({ op, urn, type }: { op: string; urn: string; type: string }): Step[] {
    const known = REMOVALS.includes(op) ? removal(type, urn) : named(type, urn);
    if (known === undefined) return [];
    const key = `${known.phase} ${known.slot ?? ""} ${known.subject}`;
    const there = this.byName.get(key);
    const step: Step = there?.step ?? { ...known, state: "running", began: this.now() };
    const open = there?.open ?? new Set();
    open.add(urn);
    this.byName.set(key, { step, open });
    this.byResource.set(urn, step);
    return there ? [] : [step];
  }

  /** Of several resources (replicas), the last one ends the step, and one that failed ends it so. */
  private end(urn: string, state: "done" | "failed"): Step[] {
    const step = this.byResource.get(urn);
    const entry = [...this.byName.values()].find((candidate) => candidate.step === step);
    if (!step || !entry?.open.delete(urn)) return [];
    if (state === "failed") step.state = "failed";
    if (entry.open.size > 0 && state === "done") return [];
    if (step.state === "running") step.state = "done";
    step.ended = this.now();
    return [step];
  }
}

/** A sweep that has nothing to remove is as good as none. */
function isIdle({ op, type, new: wanted }: StepEventMetadata): boolean {
  const isEmpty = type.endsWith(":Sweep") && wanted?.inputs?.remove?.length === 0;
  return IDLE.includes(op) || isEmpty;
}

const nameIn = (urn: string) => urn.split("::").pop()!;

function named(type: string, urn: string): Pick<Step, "phase" | "subject" | "slot"> | undefined {
  for (const [ofType, ofName, phase] of KNOWN) {
    const found = ofType.test(type) ? ofName.exec(nameIn(urn)) : null;
    if (found === null) continue;
    const { subject = phase === "service" ? "front door" : "", slot } = found.groups ?? {};
    return { phase, subject, ...(slot === undefined ? {} : { slot }) };
  }
  return undefined;
}

/** Of containers, and at GitHub, only: nobody misses a network. */
function removal(type: string, urn: string): ReturnType<typeof named> {
  if (!/:Container$|^github:|:(Ruleset|Variables)$/.test(type)) return undefined;
  return { phase: "remove", subject: nameIn(urn) };
}
