import { LABEL } from "../../spec/names";
import type { TrafficTable } from "../platform";
import type { Client, KubernetesObject } from "./client";
import { podsOf, type Pod } from "./workload";

interface EndpointSlice extends KubernetesObject {
  endpoints?: { conditions?: { ready?: boolean }; targetRef?: { name?: string } }[];
}

/** Milliseconds between two looks, and until the endpoints have to follow. */
const POLL = 100;
const ENDPOINTS_TIMEOUT = 30_000;

const sleep = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** One write: the selector of the one Service. Then its endpoints follow, then requests under way may end. */
export async function flip(client: Client, application: string, table: TrafficTable) {
  const [front] = table.targets;
  const path = client.path(`services/${application}`);
  const before = await endpointsOf(client, application);
  await client.patch(`${path}?fieldManager=slipway`, {
    metadata: { annotations: { [LABEL.reach]: table.reach.hosts.join(",") } },
    spec: { selector: { [LABEL.application]: application, [LABEL.front]: front } },
  });
  const begin = Date.now();
  while (!(await follows(client, application, front!))) {
    if (Date.now() - begin > ENDPOINTS_TIMEOUT) {
      throw new Error(`the endpoints of Service ${application} do not follow its selector`);
    }
    await sleep(POLL);
  }
  // No proxy of ours counts requests, so it is waited in full; not for pods that stay, nor where there were none.
  if (before.length > 0 && !table.keepsLeft) await sleep(table.drainTimeout * 1000);
}

export async function unselect(client: Client, application: string): Promise<void> {
  const selector = { [LABEL.front]: null, [LABEL.application]: null };
  await client
    .patch(`${client.path(`services/${application}`)}?fieldManager=slipway`, { spec: { selector } })
    .catch(() => {});
}

/** All that take requests are pods of this front door, and there is one at least. */
async function follows(client: Client, application: string, front: string): Promise<boolean> {
  const [ready, pods] = await Promise.all([
    endpointsOf(client, application),
    podsOf(client, application),
  ]);
  const isFront = ({ metadata }: Pod) => metadata?.labels?.[LABEL.front] === front;
  const fronts = new Set(pods.filter(isFront).map(({ metadata }) => metadata?.name));
  return ready.length > 0 && ready.every((name) => fronts.has(name));
}

async function endpointsOf(client: Client, application: string): Promise<(string | undefined)[]> {
  const slices = await client.list<EndpointSlice>(
    client.path("endpointslices", "discovery.k8s.io/v1"),
    `kubernetes.io/service-name=${application}`,
  );
  return slices
    .flatMap(({ endpoints }) => endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready !== false)
    .map(({ targetRef }) => targetRef?.name);
}
