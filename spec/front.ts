import type { ReleaseContent } from "./types";

type Routed = Pick<ReleaseContent, "ingress" | "services">;

/** The service that is its slot's front door. */
export interface Front {
  service: string;
  port: number;
  healthPath: string;
}

/** The generated router, where no service is the front door; its health asks every routed service. */
export const ROUTER = { port: 80, healthPath: "/slipway/health" };

/** One service with one plain rule and a health path that the proxy can ask needs no router. */
export function frontService(content: Routed): Front | undefined {
  const { front } = frontDoor(content);
  return front;
}

/** What the traffic of a slot goes to, and why; no front = a generated router. */
export function frontDoor({ ingress, services }: Routed): { front?: Front; reason: string } {
  const [rule, ...more] = ingress;
  if (!rule) return { reason: "nothing takes requests" };
  const takers = [...new Set(ingress.map((one) => one.service))];
  if (takers.length > 1) {
    return { reason: `${takers.length} services take requests: ${takers.join(", ")}` };
  }
  if (more.length > 0) return { reason: `${rule.service} has ${ingress.length} rules` };
  if (rule.host || rule.path !== "/") {
    return { reason: `${rule.service} takes requests for a host or a path only` };
  }
  const http = services.find((service) => service.name === rule.service)?.health?.http;
  if (!http || http.port !== rule.port) {
    const line = `x-slipway: {health: {path: /, port: ${rule.port}}}`;
    return {
      reason: `${rule.service} has no HTTP health check on its port ${rule.port}; with ${line} it needs no router`,
    };
  }
  return {
    front: { service: rule.service, port: rule.port, healthPath: http.path },
    reason: `the one service that takes requests, with an HTTP health check on its port`,
  };
}
