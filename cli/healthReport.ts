import type { ObservedContainer, Slot } from "../spec/types";
import type { Finding } from "./report";
import type { Check } from "./worst";

/** What `health --json` prints. A key never changes its meaning; new ones may come. */
export interface HealthReport {
  format: 1;
  stack: string;
  /** When it was looked. ISO 8601. */
  at: string;
  /** It serves, and nothing of it is unhealthy; the exit code is 0 then, else 1. Warnings do not count. */
  ok: boolean;
  /** The last line. */
  summary: string;
  application?: string;
  host?: string;
  /** The slot that serves, and what. */
  active?: Slot;
  release?: string;
  version?: string;
  services: ServiceHealth[];
  addresses: AddressHealth[];
  certificates: CertificateHealth[];
  disk?: DiskHealth;
  warnings: string[];
  faults: Finding[];
}

export const VERDICTS = ["healthy", "warning", "unhealthy"] as const;
export type Verdict = (typeof VERDICTS)[number];

/** Something that was looked at. */
export interface Judged {
  verdict: Verdict;
  /** Why it is not healthy. */
  problems: string[];
}

export interface ServiceHealth extends Judged {
  service: string;
  role: ObservedContainer["role"];
  running: number;
  wanted: number;
  /** The worst of its containers, in the engine's words; none: it has no check. */
  check: Check;
  /** How often the platform has started its containers again. */
  restarts: number;
  outOfMemory?: true;
  /** Of one that does not run. */
  exitCode?: number;
  /** Of a database, cache or queue that is known by its image or port. */
  program?: string;
  /** Absent where there is nothing to ask, or no way to it from here. */
  answer?: ServiceAnswer;
}

/** The worst of its running containers. */
export interface ServiceAnswer {
  /** `GET :8080/health`, or `port 5432`. */
  asked: string;
  status?: number;
  /** Milliseconds. */
  took?: number;
  error?: string;
}

export interface AddressHealth extends Judged {
  url: string;
  status?: number;
  /** Milliseconds. */
  took?: number;
}

export interface CertificateHealth extends Judged {
  host: string;
  /** ISO 8601. */
  until?: string;
  /** Left; negative when it has expired. */
  days?: number;
}

export interface DiskHealth extends Judged {
  /** Bytes, for Docker. */
  free: number;
}

/** What makes something not healthy. */
export interface Problem {
  verdict: "warning" | "unhealthy";
  text: string;
}

export function judged(problems: Problem[]): Judged {
  const worst = Math.max(0, ...problems.map(({ verdict }) => VERDICTS.indexOf(verdict)));
  return { verdict: VERDICTS[worst]!, problems: problems.map(({ text }) => text) };
}

export const unhealthy = (text: string): Problem => ({ verdict: "unhealthy", text });
export const warning = (text: string): Problem => ({ verdict: "warning", text });

/** All that was looked at, by the name that people know it by. */
export function subjectsOf(report: HealthReport): [name: string, Judged][] {
  return [
    ...report.services.map((one): [string, Judged] => [nameOf(one), one]),
    ...report.addresses.map((one): [string, Judged] => [one.url, one]),
    ...report.certificates.map((one): [string, Judged] => [`certificate of ${one.host}`, one]),
    ...(report.disk ? [["the disk", report.disk] as [string, Judged]] : []),
  ];
}

/** A service of the user's may be called as parts of ours are. */
function nameOf({ service, role }: ServiceHealth): string {
  if (role === "edge") return "the edge";
  return role === "front" ? "the front door" : service;
}
