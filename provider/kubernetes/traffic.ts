import { canaryService, LABEL } from "../../spec/names";
import type { TrafficTable } from "../platform";
import type { Client, KubernetesObject } from "./client";
import { podsOf, type Pod } from "./workload";

/** Percent that the note on the one Service tells. */
export const canaryOf = ({ metadata }: KubernetesObject) =>
  Number(metadata?.annotations?.[LABEL.canary] ?? 0);

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
  const service = await client.patch<KubernetesObject>(`${path}?fieldManager=slipway`, {
    metadata: { annotations: { [LABEL.reach]: table.reach.hosts.join(",") } },
    spec: { selector: { [LABEL.application]: application, [LABEL.front]: front } },
  });
  await endpointsFollow(client, application, application, front!);
  // Both lead to the same now: whichever a request takes.
  if (canaryOf(service) > 0) await weigh(client, application, front!, 0);
  // No proxy of ours counts requests, so it is waited in full; not for pods that stay, nor where there were none.
  if (before.length > 0 && !table.keepsLeft) await sleep(table.drainTimeout * 1000);
}

async function endpointsFollow(
  client: Client,
  application: string,
  service: string,
  front: string,
): Promise<void> {
  const end = Date.now() + ENDPOINTS_TIMEOUT;
  while (!(await follows(client, application, service, front))) {
    if (Date.now() > end) {
      throw new Error(`the endpoints of Service ${service} do not follow its selector`);
    }
    await sleep(POLL);
  }
}

export async function unselect(client: Client, application: string): Promise<void> {
  const selector = { [LABEL.front]: null, [LABEL.application]: null };
  await client
    .patch(`${client.path(`services/${application}`)}?fieldManager=slipway`, { spec: { selector } })
    .catch(() => {});
}

/** All that take requests are pods of this front door, and there is one at least. */
async function follows(
  client: Client,
  application: string,
  service: string,
  front: string,
): Promise<boolean> {
  const [ready, pods] = await Promise.all([
    endpointsOf(client, service),
    podsOf(client, application),
  ]);
  const isFront = ({ metadata }: Pod) => metadata?.labels?.[LABEL.front] === front;
  const fronts = new Set(pods.filter(isFront).map(({ metadata }) => metadata?.name));
  return ready.length > 0 && ready.every((name) => fronts.has(name));
}

async function endpointsOf(client: Client, service: string): Promise<(string | undefined)[]> {
  const slices = await client.list<EndpointSlice>(
    client.path("endpointslices", "discovery.k8s.io/v1"),
    `kubernetes.io/service-name=${service}`,
  );
  return slices
    .flatMap(({ endpoints }) => endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready !== false)
    .map(({ targetRef }) => targetRef?.name);
}

interface Route extends KubernetesObject {
  spec?: { rules?: { backendRefs?: { name?: string; weight?: number }[] }[] };
}

/**
 * A share of the requests for a front door that has not the traffic yet: a second Service leads to it, and the HTTPRoute spreads
 * requests over both. What is about to be, or is, is noted on the one Service, for a run that may be killed.
 */
export async function weigh(
  client: Client,
  application: string,
  front: string,
  percent: number,
): Promise<void> {
  const name = canaryService(application);
  const note = (value: string | null) =>
    client.patch(client.path(`services/${application}`), {
      metadata: { annotations: { [LABEL.canary]: value } },
    });
  if (percent > 0) {
    await note(String(percent));
    await client.patch(client.path(`services/${name}`), {
      spec: { selector: { [LABEL.application]: application, [LABEL.front]: front } },
    });
    await endpointsFollow(client, application, name, front);
  }
  const path = client.path(`httproutes/${application}`, "gateway.networking.k8s.io/v1");
  const route = await client.get<Route>(path);
  const weightOf = (ref?: string) => (ref === name ? percent : 100 - percent);
  const rules = (route.spec?.rules ?? []).map((rule) => ({
    ...rule,
    backendRefs: (rule.backendRefs ?? []).map((ref) => ({ ...ref, weight: weightOf(ref.name) })),
  }));
  await client.patch(path, { spec: { rules } });
  if (percent === 0) await note(null);
}
