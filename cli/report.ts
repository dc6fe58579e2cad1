import { relative } from "node:path";

import { present } from "../spec/field";
import type { Findings } from "../spec/findings";
import type { Read } from "../spec/load";
import { frontDoor } from "../spec/front";
import type { ServiceDraft } from "../spec/service";
import type { ApplicationSpec, Fault, Git, IngressRule, Role, ServiceSpec } from "../spec/types";
import { builtVersion, NO_GIT } from "../spec/version";

/** What `check --json` prints. A key never changes its meaning; new ones may come. docs/check.md shows it. */
export interface Report {
  format: 1;
  /** As given, or as the stack's config names them. */
  files: string[];
  stack?: string;
  platform: string;
  /** Whether it can be deployed; the exit code is 0 then, else 1. */
  ok: boolean;
  /** The last line. */
  summary: string;
  application?: string;
  services: ReportedService[];
  /** Services that could not be read: the faults say why. */
  unread: string[];
  traffic?: { front: string; reason: string; rules: ReportedRule[] };
  /** What one release cannot have for itself. */
  shared: { kind: "accessory" | "worker" | "volume"; name: string; detail: string }[];
  warnings: Finding[];
  faults: Finding[];
}

export interface ReportedService {
  name: string;
  role: Role;
  reason: string;
  image: string;
  /** Of an image that is built, where one is known. */
  version?: string;
  replicas: number;
  health: { kind: "http" | "command" | "none"; check: string; from: string };
  volumes: { volume: string; path: string; readOnly: boolean }[];
}

export interface ReportedRule {
  url: string;
  service: string;
  port: number;
  stripPrefix: boolean;
}

/** A fault or a warning; file, line and column where it has a place. */
export interface Finding extends Omit<Fault, "at" | "stack"> {
  file?: string;
  line?: number;
  column?: number;
}

export interface Subject {
  files: string[];
  stack?: string;
  platform: string;
  /** Folder that paths are told from. */
  base: string;
  /** @default it knows nothing */
  git?: Git;
}

export function reportOf(
  { findings, found, names = [] }: Pick<Read, "findings"> & Partial<Read>,
  subject: Subject,
): Report {
  const { files, stack, platform, base, git = NO_GIT } = subject;
  const faults = asFindings(findings, "faults");
  const warnings = asFindings(findings, "warnings");
  const ok = faults.length === 0;
  const services = (found?.drafts ?? []).map((draft) => reported(draft, base, git));
  return {
    format: 1,
    files,
    ...(stack === undefined ? {} : { stack }),
    platform,
    ok,
    summary: summaryOf(subject, names.length, faults.length, warnings.length),
    ...(found === undefined ? {} : { application: found.spec.name }),
    services,
    unread: names.filter((name) => !services.some((service) => service.name === name)),
    ...(found === undefined ? {} : { traffic: trafficOf(found.spec) }),
    shared: found === undefined ? [] : sharedOf(found.spec.services),
    warnings,
    faults,
  };
}

/** As they stand in the files; what has no place comes first. */
export function asFindings(findings: Findings, kind: "faults" | "warnings"): Finding[] {
  const compare = (a: Finding, b: Finding) =>
    (a.file ?? "").localeCompare(b.file ?? "") ||
    (a.line ?? 0) - (b.line ?? 0) ||
    (a.column ?? 0) - (b.column ?? 0);
  const found = findings.located(findings[kind]);
  return found.map(({ at, stack: _stack, ...fault }) => ({ ...fault, ...at })).sort(compare);
}

const counted = (count: number, word: string) => `${count} ${word}${count === 1 ? "" : "s"}`;

function summaryOf(
  { files, stack, platform }: Subject,
  services: number,
  faults: number,
  warnings: number,
): string {
  const parts = [
    ...(services > 0 ? [counted(services, "service")] : []),
    counted(faults, "fault"),
    counted(warnings, "warning"),
  ];
  const verdict = faults === 0 ? "can be deployed" : "cannot be deployed";
  const whole = `${verdict} to ${platform}${stack === undefined ? "" : ` as stack ${stack}`}`;
  return [files.join(" + "), parts.join(", "), whole].filter(Boolean).join(": ");
}

function reported({ spec, field }: ServiceDraft, base: string, git: Git): ReportedService {
  const { name, role, reason, replicas, volumes } = spec;
  const image = imageOf(spec, base);
  const version = spec.image.kind === "build" ? builtVersion(spec.image, git) : undefined;
  const wish = field.at("x-slipway").at("health");
  const isWished = !wish.at("path").absent || !wish.at("port").absent;
  return present({ name, role, reason, image, version, replicas, health: health(), volumes });

  function health(): ReportedService["health"] {
    const { http, test } = spec.health ?? {};
    if (http) {
      const from = isWished ? "x-slipway.health" : "the URL in healthcheck.test";
      return { kind: "http", check: `GET :${http.port}${http.path}`, from };
    }
    if (test) return { kind: "command", check: test.slice(1).join(" "), from: "healthcheck.test" };
    return { kind: "none", check: "its container runs", from: "nothing here" };
  }
}

function imageOf({ image }: ServiceSpec, base: string): string {
  if (image.kind === "reference") return image.reference;
  const folder = relative(base, image.context);
  const file = image.dockerfile === "Dockerfile" ? "" : ` (${image.dockerfile})`;
  return `build ${folder === "" ? "." : folder}${file}`;
}

function trafficOf(spec: ApplicationSpec): Report["traffic"] {
  const { front, reason } = frontDoor(spec);
  return {
    front: front?.service ?? "router",
    reason,
    rules: spec.ingress.map((rule) => ({
      url: urlOf(rule),
      service: rule.service,
      port: rule.port,
      stripPrefix: rule.stripPrefix,
    })),
  };
}

function urlOf({ host, publishedPort, path }: IngressRule): string {
  return `http://${host ?? "<host>"}${publishedPort === 80 ? "" : `:${publishedPort}`}${path}`;
}

function sharedOf(services: readonly ServiceSpec[]): Report["shared"] {
  const shared = services.flatMap(({ name, role, volumes }): Report["shared"] => {
    const mounted = volumes.map(({ volume, path }) => `${volume} at ${path}`).join(", ");
    if (role === "accessory") {
      const detail = mounted === "" ? "keeps nothing in a volume" : `volume ${mounted}`;
      return [{ kind: "accessory", name, detail }];
    }
    if (role === "worker") {
      return [{ kind: "worker", name, detail: "one at a time, exchanged after the traffic moved" }];
    }
    return [];
  });
  const mounting = services.filter(({ role }) => role !== "accessory");
  const volumes = [...new Set(mounting.flatMap((one) => one.volumes.map((mount) => mount.volume)))];
  return [
    ...shared,
    ...volumes.sort().map((name): Report["shared"][number] => {
      const by = mounting.filter((one) => one.volumes.some((mount) => mount.volume === name));
      const users = by.map((one) => one.name).join(", ");
      // Workers are exchanged one for one; of all else both releases run for a while.
      const twice = by.some(({ role }) => role !== "worker");
      const detail = twice ? "old and new release use it at once" : "kept from release to release";
      return { kind: "volume", name, detail: `of ${users}: ${detail}` };
    }),
  ];
}
