import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import execa from "execa";

import type { Platform } from "../provider/platform";
import type { Observation, ObservedContainer } from "../spec/types";
import { Backend } from "./backend";
import type { EffectReport } from "./effect";
import type { Surroundings } from "./run";
import type { NamedStack } from "./subject";
import type { Update } from "./update";

interface Facts {
  platform: Platform;
  observation: Observation;
  update: Update;
  report: EffectReport;
  /** Of the update. */
  began: Date;
}

/** Lines of each container's log. */
const LOG_LINES = 500;
/** Shorter ones are words that everything is full of. */
const SHORTEST_SECRET = 4;

/**
 * Writes all that may tell why an update failed into one folder below `.slipway/diagnostics`, in CI one archive, and
 * returns its path. Values of secrets are masked; where they cannot be opened, no environment is written at all.
 */
export async function collectDiagnostics(
  stack: NamedStack,
  { environment }: Surroundings,
  facts: Facts,
): Promise<string> {
  const { directory } = stack.project;
  const secrets = await new Backend(directory, environment)
    .secrets(stack.name)
    .catch(() => undefined);
  const texts = { ...ofUpdate(facts), ...(await ofPlatform(facts, secrets !== undefined)) };
  const name = `${stack.project.stack}-${facts.began.toISOString().replace(/[:.]/g, "-")}`;
  const folder = join(directory, ".slipway/diagnostics", name);
  const hide = masking(Object.values(secrets ?? {}));
  for (const [file, text] of Object.entries(texts)) {
    const path = join(folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${hide(text).trimEnd()}\n`, { mode: 0o600 });
  }
  return environment.CI ? archived(folder) : folder;
}

function ofUpdate({ update, report, observation }: Facts): Record<string, string> {
  const faults = report.faults.map(({ path, what }) => `${path}: ${what}`);
  return {
    "error.txt": faults.join("\n\n"),
    "plan.txt": update.said.join("\n"),
    "pulumi.log": update.output,
    "report.json": JSON.stringify(report, undefined, 2),
    "observation.json": JSON.stringify(withoutRecords(observation), undefined, 2),
    "versions.json": JSON.stringify({ node: process.version, os: process.platform }, undefined, 2),
  };
}

/** What was configured is in the stack's files; here it would only hide what is there. */
function withoutRecords(observation: Observation) {
  const bare = (container: ObservedContainer) => ({ ...container, labels: {} });
  const { blue, green } = observation.slots;
  return {
    ...observation,
    slots: {
      blue: { ...blue, containers: blue.containers.map(bare) },
      green: { ...green, containers: green.containers.map(bare) },
    },
    records: observation.records.map(({ id, events, missingImages }) => ({
      id,
      events,
      missingImages,
    })),
  };
}

async function ofPlatform(
  { platform, observation, began }: Facts,
  withEnvironment: boolean,
): Promise<Record<string, string>> {
  const { slots, edge, accessories, workers } = observation;
  const all = [
    ...Object.values(slots).flatMap(({ containers }) => containers),
    ...accessories,
    ...workers,
  ];
  const containers = edge ? [...all, edge] : all;
  const logs = containers.map(
    async ({ id, name }) => [`logs/${name}.txt`, await platform.logs(id, LOG_LINES)] as const,
  );
  const [read, evidence] = await Promise.all([
    Promise.all(logs),
    platform.evidence(
      containers.map(({ id }) => id),
      began,
      withEnvironment,
    ),
  ]);
  return { ...Object.fromEntries(read), ...evidence };
}

function masking(secrets: readonly string[]): (text: string) => string {
  // As they stand, and as JSON and URLs write them.
  const forms = secrets
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]);
  const longest = [...new Set(forms)].sort((a, b) => b.length - a.length);
  return (text) => longest.reduce((masked, form) => masked.replaceAll(form, "[secret]"), text);
}

async function archived(folder: string): Promise<string> {
  const archive = `${folder}.tar.gz`;
  const name = folder.split("/").pop()!;
  await execa("tar", ["-czf", archive, "-C", dirname(folder), name]);
  rmSync(folder, { recursive: true });
  return archive;
}
