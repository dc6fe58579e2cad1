import type { KnownKeys } from "./field";

const DEVELOPMENT = "not used: it is for development";
const OWN_WAY = "not used: Slipway's own deployment takes its place";
const ISOLATION = "Leave it out, or run this service outside Slipway";

/** Keys of a Compose service. */
export const SERVICE_KEYS: KnownKeys = {
  supported: [
    "image", "build", "command", "entrypoint", "environment", "env_file", "ports", "expose", "volumes",
    "tmpfs", "networks", "depends_on", "healthcheck", "deploy", "scale", "cpus", "mem_limit", "restart",
    "user", "working_dir", "hostname", "init", "read_only", "privileged", "cap_add", "cap_drop",
    "extra_hosts", "shm_size", "sysctls", "ulimits", "labels", "stop_grace_period", "stop_signal",
    "secrets", "configs", "profiles",
  ], // prettier-ignore
  ignored: {
    container_name: "not used: both slots run at once, so names carry the slot",
    logging: "not used: logs stay with the engine, with a size limit",
    develop: DEVELOPMENT,
    attach: DEVELOPMENT,
    tty: DEVELOPMENT,
    stdin_open: DEVELOPMENT,
    pull_policy: "not used: an image is pulled when the engine does not have it",
    annotations: "not used",
  },
  refused: {
    extends: "Use a YAML anchor, or several files in slipway:compose",
    network_mode: "Use networks: slots are kept apart by them",
    links: "Use the service's name: it is known on its networks",
    external_links: "Use networks",
    volumes_from: "Name the volumes",
    devices: ISOLATION,
    gpus: ISOLATION,
    pid: ISOLATION,
    ipc: ISOLATION,
    security_opt: ISOLATION,
    userns_mode: ISOLATION,
    cgroup_parent: ISOLATION,
    dns: ISOLATION,
    platform: "Images are those of the engine's platform",
    mem_reservation: "Use deploy.resources.limits.memory",
    memswap_limit: "Use deploy.resources.limits.memory",
    pids_limit: "Use deploy.resources.limits",
    cpu_shares: "Use deploy.resources.limits.cpus",
    cpuset: "Use deploy.resources.limits.cpus",
    group_add: "Set the groups in the image",
    post_start: "Use x-slipway.release, or the image's entrypoint",
    pre_stop: "Handle the stop signal in the program",
  },
};

export const DEPLOY_KEYS: KnownKeys = {
  supported: ["replicas", "resources", "mode"],
  ignored: {
    update_config: OWN_WAY,
    rollback_config: OWN_WAY,
    restart_policy: OWN_WAY,
    labels: "not used: they are for Swarm services",
    endpoint_mode: "not used: it is for Swarm",
    placement: "not used: it is for Swarm",
  },
};

export const RESOURCES_KEYS: KnownKeys = {
  supported: ["limits"],
  ignored: { reservations: "not used: a Docker host has no scheduler" },
};

export const LIMITS_KEYS: KnownKeys = {
  supported: ["cpus", "memory"],
  refused: { pids: "Leave it out", devices: ISOLATION },
};
