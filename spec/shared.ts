import { HTTP_PORT, HTTPS_PORT } from "./defaults";
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
  TlsSettings,
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
  const all = [...accessories, ...workers, ...edgeInTheWay, ...holders, ...observation.throwaways];
  return all.map((container) => container.id);
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
  // What is published for https stays until the stack names its ports: to close it would interrupt.
  const https = spec.tls !== undefined || (!spec.docker.ports && known?.https === true);
  const wanted = {
    image: spec.docker.proxyImage,
    bind: spec.docker.bind,
    ports,
    ...(https ? { https } : {}),
  };
  const settled = there && observation.settled[there.resource] === there.id ? there : undefined;
  const action = actionFor(settled, edgeLabel(wanted));
  const absent = needed.filter((port) => !publishedPorts(wanted).includes(port));
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
  if (spec.tls) faults.push(...tlsFaults(spec.tls, ports, needed));
  const open = known ? openPorts(known) : [];
  const opens = openPorts(wanted).filter((port) => !open.includes(port));
  return { edge: { action, ...wanted, ...(action === "change" ? { opens } : {}) }, faults };
}

/** All on which the edge takes plain HTTP. */
export const publishedPorts = ({ ports, https }: Pick<EdgePlan, "ports" | "https">): number[] => [
  ...new Set([...ports, ...(https ? [HTTP_PORT] : [])]),
];

export const openPorts = (edge: Pick<EdgePlan, "ports" | "https">): number[] => [
  ...publishedPorts(edge),
  ...(edge.https ? [HTTPS_PORT] : []),
];

/** A redirect leads to 443, where only the first port's routes are. */
function tlsFaults({ redirect }: TlsSettings, ports: number[], needed: number[]): Fault[] {
  const faults: Fault[] = [];
  if ([...ports, ...needed].includes(HTTPS_PORT)) {
    faults.push({
      path: "slipway:tls",
      what: `port ${HTTPS_PORT} is for https, and cannot be a port of plain HTTP as well`,
      cure: "Remove it from slipway:docker.ports and from the Compose file's ports: the edge speaks TLS, the service plain HTTP",
    });
  }
  if (redirect && needed.length > 1) {
    faults.push({
      path: "slipway:tls.redirect",
      what: `all of https is port ${HTTPS_PORT}: requests on port ${needed.slice(1).join(" and ")} would be redirected to another service`,
      given: needed.join(", "),
      cure: "Give the services x-slipway.ingress with a host or a path; or pulumi config set --path tls.redirect false",
    });
  }
  return faults;
}

type EdgeLook = Omit<EdgePlan, "action" | "opens">;

export const edgeLabel = (edge: EdgeLook) =>
  canonical({ image: edge.image, bind: edge.bind, ports: edge.ports, https: edge.https });

function edgeOf(container: ObservedContainer): EdgeLook | undefined {
  const label = container.labels[LABEL.spec];
  return label ? (JSON.parse(label) as EdgeLook) : undefined;
}

function settledOne(containers: ObservedContainer[], observation: Observation, service: string) {
  return containers.find((c) => c.service === service && observation.settled[c.resource] === c.id);
}

function actionFor(there: ObservedContainer | undefined, wanted: string): SharedAction {
  if (!there || !there.running) return "create";
  return there.labels[LABEL.spec] === wanted ? "keep" : "change";
}
