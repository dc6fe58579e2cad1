import type { PlatformComponents } from "../platform";
import { accessories } from "./accessory";
import { Host, type DockerHost } from "./host";
import { DockerSlot, type DockerSlotParts } from "./slot";
import { workers } from "./worker";

/** The Docker platform: one engine, local or by ssh. */
export const docker: PlatformComponents = {
  host: (run, options) => new Host(run, options).parts,
  accessories: (run, host, options) => accessories(run, host as DockerHost, options),
  slot: (run, host, args, options) => new DockerSlot(run, host as DockerHost, args, options).parts,
  workers: (run, host, target, traffic, options) =>
    workers(run, host as DockerHost, target as DockerSlotParts, traffic, options),
};
