import type { Client } from "./client";
import { type ContainerStatus, pathOf, type Workload } from "./workload";
import { hopeless, podsOfWorkload } from "./unit";

/** Milliseconds between two looks. */
const POLL = 300;

/** Seconds that an image may take to come. */
const PULL_TIMEOUT = 600;

/** Has the image of a Job pulled, which was made suspended and cannot start. Throws what keeps the image from coming. */
export async function tryImage(client: Client, id: string): Promise<void> {
  const path = pathOf(client, id);
  await client.patch(path, { spec: { suspend: false } });
  const end = Date.now() + PULL_TIMEOUT * 1000;
  try {
    for (;;) {
      const pods = await podsOfWorkload(client, await client.get<Workload>(path));
      const states = pods.flatMap(({ status }) => status?.containerStatuses ?? []);
      const cannotStart = ["RunContainerError", "CreateContainerError"];
      const isThere = ({ state }: ContainerStatus) =>
        state?.terminated !== undefined || cannotStart.includes(state?.waiting?.reason ?? "");
      if (states.some(isThere)) return;
      const stuck = hopeless(states);
      if (stuck !== undefined) throw new Error(stuck);
      if (Date.now() > end) throw new Error(`its image has not come within ${PULL_TIMEOUT} s`);
      await new Promise((resolve) => setTimeout(resolve, POLL));
    }
  } finally {
    await client.patch(path, { spec: { suspend: true } }).catch(() => {});
  }
}

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
