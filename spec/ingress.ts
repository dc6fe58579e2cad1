import { PUBLISHED_PORT } from "./defaults";
import type { Findings } from "./findings";
import { present } from "./field";
import type { ServiceDraft } from "./service";
import type { IngressRule } from "./types";

/**
 * Which requests go where (`complete`: every service could be read). A service says it (`x-slipway.ingress`, on the application's one port), or
 * its Compose ports do (all requests on each of them).
 */
export function readIngress(
  drafts: ServiceDraft[],
  configured: number[] | undefined,
  complete: boolean,
  findings: Findings,
): IngressRule[] {
  const apps = drafts.filter((draft) => draft.spec.role === "app");
  const said = apps.filter((draft) => draft.ingress.length > 0);
  const byPorts = apps
    .filter((draft) => draft.ingress.length === 0)
    .flatMap((draft) => rulesOfPorts(draft, findings));
  const published = mainPort(said, byPorts, configured);
  const rules = [...byPorts, ...said.flatMap((draft) => rulesSaid(draft, published, findings))];
  if (!complete) return rules;
  if (apps.length === 0) {
    findings.fault("services", "has no app service, so there is nothing to send requests to", {
      cure: "Say x-slipway: {role: app} for the service that takes them",
    });
  } else if (rules.length === 0 && said.length === 0) {
    findings.fault("services", "publishes no HTTP port of an app service", {
      given: apps.map((draft) => draft.spec.name).join(", "),
      cure: "Give one of them ports, or x-slipway.ingress: {port: ...}",
    });
  }
  return rules.sort(order);
}

function rulesOfPorts(draft: ServiceDraft, findings: Findings): IngressRule[] {
  return draft.ports.flatMap(({ container, host, protocol, address, field }) => {
    if (protocol === "udp") {
      findings.fault(field.path, "an app service can only take HTTP, over TCP", {
        given: `${container}/udp`,
        cure: "Make it an accessory: x-slipway: {role: accessory}",
      });
      return [];
    }
    if (host === undefined) {
      findings.warn(field.path, `names no port of the host: ${container} is published`);
    }
    if (address !== undefined) {
      findings.warn(field.path, `address ${address} is not used: slipway:docker.bind decides`);
    }
    const service = draft.spec.name;
    return [
      { service, port: container, path: "/", stripPrefix: false, publishedPort: host ?? container },
    ];
  });
}

/**
 * The port for rules that do not come from ports: that of "/", else the first one that is published;
 * one of the edge's, when the stack says which it has.
 */
function mainPort(
  said: ServiceDraft[],
  byPorts: IngressRule[],
  configured: number[] | undefined,
): number {
  const root = said.find((draft) => draft.ingress.some((wish) => wish.path === "/" && !wish.host));
  const candidates = [
    ...(root ? hostPorts(root) : []),
    ...byPorts.map((rule) => rule.publishedPort).sort((a, b) => a - b),
    ...said.flatMap(hostPorts),
  ];
  if (configured) return candidates.find((port) => configured.includes(port)) ?? configured[0];
  return candidates[0] ?? PUBLISHED_PORT;
}

function hostPorts(draft: ServiceDraft): number[] {
  const wanted = draft.ingress.map((wish) => wish.port);
  const ports = draft.ports.filter((port) => port.protocol === "tcp");
  const first = ports.filter((port) => wanted.includes(port.container));
  return [...first, ...ports].flatMap((port) => port.host ?? []);
}

function rulesSaid(draft: ServiceDraft, published: number, findings: Findings): IngressRule[] {
  const { name, ports, expose, health } = draft.spec;
  const path = `${draft.field.path}.x-slipway.ingress`;
  for (const { field, host } of draft.ports) {
    if (host !== undefined && host !== published) {
      findings.warn(field.path, `is not published: x-slipway.ingress goes over port ${published}`);
    }
  }
  return draft.ingress.flatMap((wish, index) => {
    const port = wish.port ?? ports[0]?.container ?? expose[0] ?? health?.http?.port;
    if (port === undefined) {
      findings.fault(`${path}[${index}].port`, "is needed: the service has no port of its own");
      return [];
    }
    const { host, stripPrefix } = wish;
    const rule = {
      service: name,
      port,
      host: host?.toLowerCase(),
      path: trimmed(wish.path),
      stripPrefix,
    };
    return [present({ ...rule, publishedPort: published })];
  });
}

const trimmed = (path: string) => (path.length > 1 ? path.replace(/\/+$/, "") || "/" : path);

/** By port, host (any host last), longest path, service. */
function order(a: IngressRule, b: IngressRule): number {
  const host = (rule: IngressRule) => rule.host ?? "\uffff";
  const compare = (x: string, y: string) => (x < y ? -1 : x > y ? 1 : 0);
  return (
    a.publishedPort - b.publishedPort ||
    compare(host(a), host(b)) ||
    b.path.length - a.path.length ||
    compare(a.path, b.path) ||
    compare(a.service, b.service)
  );
}
