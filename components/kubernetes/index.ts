import type { PlatformComponents } from "../platform";
import { accessories } from "./accessory";
import { Host, type KubernetesHost } from "./host";
import { KubernetesSlot, type KubernetesSlotParts } from "./slot";
import { workers } from "./worker";

/** The Kubernetes platform: one namespace of one cluster. */
export const kubernetes: PlatformComponents = {
  host: (run, options) => new Host(run, options).parts,
  accessories: (run, host, options) => accessories(run, host as KubernetesHost, options),
  slot: (run, host, args, options) =>
    new KubernetesSlot(run, host as KubernetesHost, args, options).parts,
  workers: (run, host, target, traffic, options) =>
    workers(run, host as KubernetesHost, target as KubernetesSlotParts, traffic, options),
};
