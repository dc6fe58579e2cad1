import { ROUTER } from "../../spec/front";
import type { ReleaseContent, ServiceSpec } from "../../spec/types";
import { ROUTER_CONFIG_PATH, routerConfig } from "../router";

/** Services that no Compose file names: what Slipway itself needs in a slot. */

/** nginx, which spreads requests over the slot's services by host, port and path. */
export function routerOf(content: ReleaseContent): ServiceSpec {
  const http = { path: ROUTER.healthPath, port: ROUTER.port };
  return {
    ...NOTHING,
    name: "front",
    image: { kind: "reference", reference: content.routerImage },
    files: [{ path: ROUTER_CONFIG_PATH, content: routerConfig(content, "fixed"), mode: "0444" }],
    expose: [ROUTER.port],
    health: { http, interval: 1, timeout: 5, retries: 2, startPeriod: 60 },
  };
}

/** A double of a worker: its image with nothing else of it, so that it does no work. */
export const doubleOf = ({ name, image }: ServiceSpec): ServiceSpec => ({
  ...NOTHING,
  name,
  image,
  entrypoint: [NO_COMMAND],
});

/** No image has it: what is started with it ends before it has begun. */
const NO_COMMAND = "/slipway-trial";

/** A service with nothing of its own. */
const NOTHING: Omit<ServiceSpec, "name" | "image"> = {
  role: "app",
  reason: "",
  environment: {},
  files: [],
  volumes: [],
  tmpfs: [],
  networks: [],
  ports: [],
  expose: [],
  dependsOn: [],
  resources: {},
  replicas: 1,
  stopGracePeriod: 10,
  capAdd: [],
  capDrop: [],
  extraHosts: [],
  sysctls: {},
  ulimits: [],
  labels: {},
  smoke: [],
};
