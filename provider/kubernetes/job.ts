import type { Client } from "./client";
import { pathOf, type Workload } from "./workload";
import { hopeless, podsOfWorkload } from "./unit";

/** Milliseconds between two looks. */
const POLL = 300;

/** Lets a Job that was made suspended run to its end. Suspends it again after `timeout` seconds, and throws. */
export async function runJob(
  client: Client,
  id: string,
  timeout: number,
): Promise<{ exitCode: number }> {
  const path = pathOf(client, id);
  await client.patch(path, { spec: { suspend: false } });
  const end = Date.now() + timeout * 1000;
  for (;;) {
    const job = await client.get<Workload>(path);
    if ((job.status?.succeeded ?? 0) > 0) return { exitCode: 0 };
    const pods = await podsOfWorkload(client, job);
    const states = pods.flatMap(({ status }) => status?.containerStatuses ?? []);
    const stuck = hopeless(states);
    if (stuck !== undefined || Date.now() > end) {
      await client.patch(path, { spec: { suspend: true } });
    }
    if (stuck !== undefined) throw new Error(stuck);
    if ((job.status?.failed ?? 0) > 0) {
      const ended = states.map(({ state }) => state?.terminated?.exitCode).find((code) => code);
      return { exitCode: ended ?? 1 };
    }
    if (Date.now() > end) throw new Error(`it did not end: no answer within ${timeout} s`);
    await new Promise((resolve) => setTimeout(resolve, POLL));
  }
}
