import type { ObservedContainer } from "../spec/types";

/** What checks say, in the engine's words; none: there is no check. */
export type Check = (typeof BY_SEVERITY)[number];

const BY_SEVERITY = ["none", "healthy", "starting", "unhealthy"] as const;

/** The worst of what the containers' own checks say. */
export const worst = (containers: ObservedContainer[]): Check =>
  BY_SEVERITY[
    Math.max(0, ...containers.map(({ health }) => BY_SEVERITY.findIndex((one) => one === health)))
  ]!;
