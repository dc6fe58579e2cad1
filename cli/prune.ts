import { InvalidArgumentError } from "commander";

import { engineAt, prune as remove, unneeded, type Unneeded } from "../provider/docker/prune";
import { ownCommand } from "./options";
import { printedPrune } from "./printPrune";
import { Registries, type PrunedRegistry, type RegistryOptions } from "./pruneRegistries";
import type { Finding } from "./report";
import { type Result, type Surroundings } from "./run";
import { namedStack, type NamedStack } from "./subject";

interface Options extends RegistryOptions {
  stack: string[];
  yes?: boolean;
  json?: boolean;
}

/** What `prune --json` prints. A key never changes its meaning; new ones may come. */
export interface PruneReport {
  format: 1;
  stacks: string[];
  /** Nothing is in the way; the exit code is 0 then, else 1. */
  ok: boolean;
  /** false: only looked. */
  removes: boolean;
  hosts: PrunedHost[];
  registries: PrunedRegistry[];
  /** Bytes that went from the hosts, or would go, at least. */
  frees: number;
  faults: Finding[];
}

export interface PrunedHost {
  host: string;
  applications: string[];
  images: PrunedImage[];
  /** References that are needed. */
  kept: number;
  frees: number;
}

export interface PrunedImage {
  reference: string;
  application: string;
  created: string;
  bytes: number;
  /** Of these, what no other image has too. */
  own: number;
  why: string;
  removed: boolean;
}

interface Place {
  host: string;
  applications: string[];
}

/** `slipway prune`: removes built images of these stacks' applications that nothing needs, from hosts and registries. */
export async function prune(argv: string[], around: Surroundings): Promise<Result> {
  const several = (name: string, before: string[] = []) => [...before, name];
  const command = ownCommand(
    "prune",
    "Says which built images of an application no container and no kept release needs; with --yes it removes them.",
    ["-e staging", "-e staging -e production --yes"],
  )
    .requiredOption("-e, --stack <name>", "the stack; may be said several times", several)
    .option("--yes", "remove them")
    .option("--older-than <hours>", "leave younger images in a registry alone", hours, 1)
    .option("--caches", "build caches in a registry may go, too")
    .option("--json", "print one JSON document")
    .parse(argv, { from: "user" });
  const options = command.opts<Options>();
  const report = await reportFor(options, around);
  const output = options.json
    ? JSON.stringify(report, undefined, 2)
    : printedPrune(report, around.colours, Date.now());
  return { output, code: report.ok ? 0 : 1 };
}

async function reportFor(options: Options, around: Surroundings): Promise<PruneReport> {
  const removes = options.yes === true;
  const stacks = [...new Set(options.stack)];
  const { places, named, faults } = placesOf(stacks, around);
  const looks: { place: Place; found: Unneeded }[] = [];
  for (const place of places) {
    const look = unneeded(engineAt(place.host), place.applications);
    await look.then(
      (found) => looks.push({ place, found }),
      (error: Error) => faults.push(unreadable(place.host, error)),
    );
  }
  // All of it is read before any of it is removed; hosts need nothing of what only a registry's other users know.
  const refused = faults.length > 0;
  const shared = new Registries(named, options, around.environment);
  let registries = refused ? [] : await shared.look();
  const hosts: PrunedHost[] = [];
  for (const { place, found } of looks) {
    hosts.push(removes && !refused ? await removed(place, found, faults) : looked(place, found));
  }
  if (removes && !refused) registries = await shared.remove(registries);
  faults.push(...shared.faults);
  const frees = hosts.reduce((sum, host) => sum + host.frees, 0);
  const ok = faults.length === 0;
  return { format: 1, stacks, ok, removes: removes && !refused, hosts, registries, frees, faults };
}

function hours(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a number of hours, for example 24.");
}

/** The hosts of the stacks, each with its applications. */
function placesOf(stacks: string[], around: Surroundings) {
  const places = new Map<string, Place>();
  const named: NamedStack[] = [];
  const faults: Finding[] = [];
  for (const name of stacks) {
    const { stack, faults: told } = namedStack(name, around);
    faults.push(...told);
    if (stack === undefined) continue;
    named.push(stack);
    const { spec } = stack;
    const { host } = spec.docker;
    const applications = places.get(host)?.applications ?? [];
    places.set(host, { host, applications: [...new Set([...applications, spec.name])] });
  }
  return faults.length > 0
    ? { places: [], named: [], faults }
    : { places: [...places.values()], named, faults };
}

const looked = ({ host, applications }: Place, { images, kept, frees }: Unneeded): PrunedHost => ({
  host,
  applications,
  images: images.map(({ id: _id, ...image }) => ({ ...image, removed: false })),
  kept,
  frees,
});

async function removed(place: Place, found: Unneeded, faults: Finding[]): Promise<PrunedHost> {
  const before = looked(place, found);
  if (found.images.length === 0) return before;
  try {
    const { removed: gone, freed, refused } = await remove(engineAt(place.host), found);
    faults.push(
      ...refused.map(({ reference, reason }) => ({
        path: reference,
        what: `it was not removed: ${reason}`,
      })),
    );
    const references = new Set(gone.map(({ reference }) => reference));
    const images = before.images.map((i) => ({ ...i, removed: references.has(i.reference) }));
    return { ...before, images, frees: freed };
  } catch (error) {
    faults.push(unreadable(place.host, error as Error));
    return { ...before, frees: 0 };
  }
}

const unreadable = (host: string, { message }: Error): Finding => ({
  path: host,
  what: `what is needed there cannot be read, so nothing was removed there: ${message}`,
});
