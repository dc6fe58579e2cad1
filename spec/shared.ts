import { LABEL } from "./names";
import { canonical, fingerprint } from "./release";
import type {
  ApplicationSpec,
  EdgePlan,
  Fault,
  Observation,
  ObservedContainer,
  ReleaseContent,
  ServiceSpec,
  SharedAction,
} from "./types";

/** What both slots share is touched only when the user's own keys ask for it. */

/** The user's own keys of an accessory; how we render them does not count. */
export function accessoryFingerprint({ reason: _reason, image, ...service }: ServiceSpec): string {
  return fingerprint({ ...service, image: image.reference });
}

/** What is described, and what is described no more but still named by a release that is kept. */
export function accessoryActions(
  spec: ApplicationSpec,
  observation: Observation,
  kept: { content: ReleaseContent }[],
): Record<string, SharedAction> {
  const described = spec.services.filter((service) => service.role === "accessory");
  const wanted = new Set(kept.flatMap(({ content }) => Object.keys(content.accessories)));
  const actions = described.map((service): [string, SharedAction] => {
    const there = settledOne(observation.accessories, observation, service.name);
    return [service.name, actionFor(there, accessoryFingerprint(service))];
  });
  const dropped = observation.accessories
    .filter(({ service }) => wanted.has(service) && !described.some((d) => d.name === service))
    .filter((container) => observation.settled[container.resource] === container.id)
    .map(({ service }): [string, SharedAction] => [service, "keep"]);
  return Object.fromEntries([...actions, ...dropped]);
}

/** Containers of shared parts that stand in the way: orphans of killed runs, and what was stopped by hand. */
export function inTheWay(
  observation: Observation,
  actions: Record<string, SharedAction>,
  edge: EdgePlan,
): string[] {
  const accessories = observation.accessories.filter(
    (container) =>
      actions[container.service] !== undefined &&
      (observation.settled[container.resource] !== container.id ||
        actions[container.service] === "create"),
  );
  // The orphan of a killed run would do a worker's work twice, and no state knows of it.
  const workers = observation.workers.filter(
    (container) => observation.settled[container.resource] !== container.id,
  );
  const edgeInTheWay = observation.edge && edge.action === "create" ? [observation.edge] : [];
  const holders = holderIsKnown(observation) ? [] : observation.holders;
  return [...accessories, ...workers, ...edgeInTheWay, ...holders].map((container) => container.id);
}

/** Each part that is settled had to wait for the holder: before the first one it may be a killed run's. */
export const holderIsKnown = ({ holders, settled }: Observation) =>
  holders.length > 0 && Object.keys(settled).length > 0;

/** The edge's image, address and ports are fixed in stack config; a deploy never changes them. */
export function edgePlan(
  spec: ApplicationSpec,
  observation: Observation,
  content: ReleaseContent,
): { edge: EdgePlan; faults: Fault[] } {
  const there = observation.edge;
  const known = there ? edgeOf(there) : undefined;
  const needed = [...new Set(content.ingress.map((rule) => rule.publishedPort))].sort(
    (a, b) => a - b,
  );
  const ports = spec.docker.ports ?? known?.ports ?? needed;
  const wanted = { image: spec.docker.proxyImage, bind: spec.docker.bind, ports };
  const settled = there && observation.settled[there.resource] === there.id ? there : undefined;
  const action = actionFor(settled, edgeLabel(wanted));
  const absent = needed.filter((port) => !ports.includes(port));
  const faults: Fault[] =
    absent.length === 0
      ? []
      : [
          {
            path: "slipway:docker.ports",
            what: `the release needs port ${absent.join(" and ")}, which the edge does not publish`,
            given: ports.join(", "),
            cure: `Changing the edge is a run of its own, and interrupts it for a moment: write \`docker: {ports: [${[...ports, ...absent].join(", ")}]}\` and run once with the release that serves now`,
          },
        ];
  return { edge: { action, ...wanted }, faults };
}

export const edgeLabel = (edge: Omit<EdgePlan, "action">) =>
  canonical({ image: edge.image, bind: edge.bind, ports: edge.ports });

function edgeOf(container: ObservedContainer): Omit<EdgePlan, "action"> | undefined {
  const label = container.labels[LABEL.spec];
  return label ? (JSON.parse(label) as Omit<EdgePlan, "action">) : undefined;
}

function settledOne(containers: ObservedContainer[], observation: Observation, service: string) {
  return containers.find((c) => c.service === service && observation.settled[c.resource] === c.id);
}

function actionFor(there: ObservedContainer | undefined, wanted: string): SharedAction {
  if (!there || !there.running) return "create";
  return there.labels[LABEL.spec] === wanted ? "keep" : "change";
}
