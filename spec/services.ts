import type { ServiceSpec } from "./types";

/** Those that others wait for come first; the description has no cycles (spec/validate). */
export function inOrder(services: ServiceSpec[]): ServiceSpec[] {
  const byName = new Map(services.map((service) => [service.name, service]));
  const ordered = new Set<ServiceSpec>();
  const visit = (service: ServiceSpec) => {
    for (const { service: name } of service.dependsOn) {
      const dependency = byName.get(name);
      if (dependency && !ordered.has(dependency)) visit(dependency);
    }
    ordered.add(service);
  };
  services.forEach(visit);
  return [...ordered];
}

/** Whether others wait for it to be healthy before they start. */
export const isWaitedFor = ({ name }: ServiceSpec, services: ServiceSpec[]): boolean =>
  services.some(({ dependsOn }) =>
    dependsOn.some(({ service, condition }) => service === name && condition === "healthy"),
  );

export const healthOf = (service: ServiceSpec) =>
  service.health ? { health: service.health } : {};
