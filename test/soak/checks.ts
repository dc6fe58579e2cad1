import { readFileSync } from "fs";
import type { TestStack } from "../helpers/stack";
import type { Ledger } from "./clients";

export interface Usage {
  /** Bytes of the writable layers and logs of our containers. */
  containers: number;
  /** Of the application's own. */
  images: number;
  /** Resident bytes of the edge. */
  edge: number;
}

/** Growth that ten minutes of logs and connections may cause. */
const MEGABYTE = 2 ** 20;
const ALLOWED = { containers: 50 * MEGABYTE, edge: 100 * MEGABYTE };

/** Throws with everything that is not as it has to be. */
export async function checkEnd(
  stack: TestStack,
  ledger: Ledger,
  disrupted: { from: number; to: number }[],
  before: Usage,
): Promise<void> {
  const faults = [
    ...(await writes(stack, ledger)),
    ...ours(ledger, disrupted),
    ...(await agreement(stack)),
    ...(await growth(stack, before)),
  ];
  if (faults.length > 0) throw new Error(`\n- ${faults.join("\n- ")}`);
}

/** Each confirmed write is there exactly once, and nothing that nobody sent. */
async function writes(stack: TestStack, ledger: Ledger): Promise<string[]> {
  const db = (await stack.containers()).find((c) => c.service === "db")!;
  const query = "SELECT text FROM messages WHERE author = 'soak'";
  const user = ["-U", "helloagents", "-d", "helloagents"];
  const { output } = await stack.transport.exec(db.id, ["psql", ...user, "-Atc", query]);
  const rows = output.split("\n").filter(Boolean);
  const found = new Set(rows);
  const sent = new Set([...ledger.confirmed, ...ledger.unknown]);
  const lost = ledger.confirmed.filter((text) => !found.has(text)).length;
  const foreign = rows.filter((text) => !sent.has(text)).length;
  const faults: string[] = [];
  if (lost > 0) faults.push(`${lost} of ${ledger.confirmed.length} confirmed writes are lost`);
  if (rows.length !== found.size) faults.push(`${rows.length - found.size} writes are there twice`);
  if (foreign > 0) faults.push(`${foreign} rows were never sent`);
  return faults;
}

/** Failed requests while nothing was taken away: those are the deployment's own. */
function ours({ failures }: Ledger, disrupted: { from: number; to: number }[]): string[] {
  const own = failures.filter(
    ({ at }) => !disrupted.some(({ from, to }) => at >= from && at <= to),
  );
  const first = own[0] ? `, first: ${own[0].what} at ${new Date(own[0].at).toISOString()}` : "";
  return own.length === 0 ? [] : [`${own.length} requests failed without a reason${first}`];
}

/** A plain up finds nothing to do, nor does one that refreshes first; no process of ours is left. */
async function agreement(stack: TestStack): Promise<string[]> {
  await stack.deploy();
  const faults: string[] = [];
  for (const more of [[], ["--refresh"]]) {
    const run = await stack.up(...more);
    const touched = Object.keys(run.changes).filter((change) => change !== "unchanged");
    if (!run.ok || touched.length > 0)
      faults.push(`up ${more.join(" ")} at the end: ${run.ok ? touched.join(", ") : run.output}`);
  }
  const containers = await stack.containers();
  const edges = containers.filter((c) => c.role === "edge").length;
  if (edges !== 1) faults.push(`${edges} edges`);
  const perSlot = new Map<string, number>();
  for (const { slot, service, role } of containers) {
    if (!slot || role !== "app") continue;
    const key = `${slot} ${service}`;
    perSlot.set(key, (perSlot.get(key) ?? 0) + 1);
  }
  for (const [key, count] of perSlot) if (count !== 1) faults.push(`${count} containers of ${key}`);
  return faults;
}

export async function usage(stack: TestStack): Promise<Usage> {
  const listed = await stack.transport.docker.listContainers({
    all: true,
    size: true,
    filters: { label: [`slipway.application=${stack.name}`] },
  } as object);
  const sizes = listed.map((info) => (info as { SizeRw?: number }).SizeRw ?? 0);
  const images = (await stack.transport.docker.listImages()).filter((image) =>
    (image.RepoTags ?? []).some((tag) => tag.startsWith(`${stack.name}-`)),
  );
  const edge = (await stack.containers()).find((c) => c.role === "edge")!;
  const { State } = await stack.transport.docker.getContainer(edge.id).inspect();
  return {
    containers: sizes.reduce((sum, size) => sum + size, 0),
    images: images.length,
    edge: residentBytes(State.Pid),
  };
}

async function growth(stack: TestStack, before: Usage): Promise<string[]> {
  const after = await usage(stack);
  const faults: string[] = [];
  if (after.images > before.images) faults.push(`images: ${before.images} -> ${after.images}`);
  for (const what of ["containers", "edge"] as const) {
    const grown = after[what] - before[what];
    if (grown > ALLOWED[what]) faults.push(`${what}: grown by ${Math.round(grown / MEGABYTE)} MiB`);
  }
  const retained = (stack.outputs().records as unknown[]).length;
  if (retained > 4) faults.push(`${retained} releases are retained, with retain: 3 and one beside`);
  return faults;
}

function residentBytes(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(line?.[1] ?? 0) * 1024;
}
