import type { Client } from "./client";
import { eventsAbout, logsOf, podsOfWorkload } from "./unit";
import { partsOf, pathOf, type Workload } from "./workload";

const LINES = 500;

/** All that the cluster knows of these units, as files. Values of Secrets are not in it. */
export async function evidence(client: Client, ids: string[]): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const id of new Set(ids)) {
    const { kind, name: object } = partsOf(id);
    const name = `${kind}-${object}`;
    const workload = await client.find<Workload>(pathOf(client, id));
    if (!workload) continue;
    const pods = kind === "service" ? [] : await podsOfWorkload(client, workload);
    files[`inspect/${name}.json`] = JSON.stringify({ workload, pods }, undefined, 2);
    files[`logs/${name}.log`] = await logsOf(client, id, LINES);
    const names = [workload, ...pods].map(({ metadata }) => metadata!.name!);
    const events = (await eventsAbout(client, names)).map(
      ({ lastTimestamp = "", reason, message }) => `${lastTimestamp} ${reason}: ${message}`,
    );
    if (events.length > 0) files[`events/${name}.txt`] = events.join("\n");
  }
  return files;
}
