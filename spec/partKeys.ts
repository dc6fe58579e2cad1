import { honoured, refused, warned, type KeyTable } from "./keys";

/** Keys of the maps inside a Compose service. */

const HASH = "the hash of the context decides what is built";
const LEAVE = "Leave it out: the builder has no such setting here";

export const BUILD_KEYS: KeyTable = {
  context: honoured("a folder; of a repository, a checkout"),
  dockerfile: honoured(),
  dockerfile_inline: honoured(),
  args: honoured(),
  target: honoured(),
  additional_contexts: honoured(
    "folders, and docker-image://; the engine's builder must know them (Docker 23)",
  ),
  secrets: honoured("from file, environment or slipway:secrets"),
  labels: honoured(),
  network: honoured("default, host or none"),
  extra_hosts: honoured(),
  platforms: warned("images are built for the engine's own platform"),
  cache_from: warned("the builder's own cache is"),
  cache_to: warned("the builder's own cache is"),
  no_cache: warned(HASH),
  pull: warned(HASH),
  tags: warned("the image gets a tag of its own"),
  provenance: warned("the image is loaded into the engine without attestations"),
  sbom: warned("the image is loaded into the engine without attestations"),
  ssh: refused("Vendor what the build needs, or hand a token over in build.secrets"),
  shm_size: refused(LEAVE),
  ulimits: refused(LEAVE),
  privileged: refused(LEAVE),
  entitlements: refused(LEAVE),
  isolation: refused("Leave it out: it is for Windows"),
};

const OWN_WAY = "Slipway's own deployment takes its place";
const SWARM = "it is for Swarm";

export const DEPLOY_KEYS: KeyTable = {
  replicas: honoured(),
  resources: honoured(),
  mode: honoured("replicated, or global: one on the one host", {
    elsewhere: "global is one pod, with a warning",
  }),
  restart_policy: honoured("its condition"),
  update_config: warned(`${OWN_WAY}: slipway:strategy has its times`),
  rollback_config: warned(`${OWN_WAY}: slipway:strategy has its times`),
  labels: warned("they are for Swarm services"),
  endpoint_mode: warned(SWARM),
  placement: warned(SWARM),
};

export const RESOURCES_KEYS: KeyTable = { limits: honoured(), reservations: honoured() };

export const LIMITS_KEYS: KeyTable = {
  cpus: honoured(),
  memory: honoured(),
  pids: warned("the Docker plugin has no such limit: ulimits: {nproc: N} is near to it", {
    elsewhere: "it is a setting of the node",
  }),
};

const REQUESTED = "what a pod requests of its node";
const SCHEDULER = "a Docker host has no scheduler";
export const RESERVATIONS_KEYS: KeyTable = {
  devices: honoured("GPUs", { ecs: "refused", elsewhere: "Fargate has no GPUs" }),
  cpus: warned(SCHEDULER, { kubernetes: "honoured", ecs: "honoured", elsewhere: REQUESTED }),
  memory: warned(SCHEDULER, { kubernetes: "honoured", ecs: "honoured", elsewhere: REQUESTED }),
  generic_resources: warned(SWARM),
};

/** Of `gpus`, and of `deploy.resources.reservations.devices`. */
export const GPU_KEYS: KeyTable = {
  capabilities: honoured("gpu"),
  count: honoured("a number, or all"),
  device_ids: honoured(),
  driver: honoured("nvidia"),
  options: warned("the Docker plugin has no such setting"),
};

const ALWAYS = "what serves is started again without end";
export const RESTART_POLICY_KEYS: KeyTable = {
  condition: honoured("none, without ports, makes a task"),
  delay: warned(ALWAYS),
  max_attempts: warned(ALWAYS),
  window: warned(ALWAYS),
};

export const HEALTH_KEYS: KeyTable = {
  test: honoured(),
  interval: honoured("without it 2 s"),
  timeout: honoured("without it 5 s"),
  retries: honoured(),
  start_period: honoured("without it 30 s"),
  start_interval: warned("checks run at `interval` from the start"),
  disable: honoured(),
};

export const DEPENDENCY_KEYS: KeyTable = {
  condition: honoured(),
  required: honoured(),
  restart: warned("a slot is replaced as a whole"),
};

const BY_NAME = "Use the service's name: two releases run side by side, so no address is fixed";
export const ATTACHMENT_KEYS: KeyTable = {
  aliases: honoured(),
  priority: warned("every network is joined at once"),
  gw_priority: warned("every network is joined at once"),
  ipv4_address: refused(BY_NAME),
  ipv6_address: refused(BY_NAME),
  link_local_ips: refused(BY_NAME),
  mac_address: refused(BY_NAME),
  interface_name: refused("Leave it out: the engine names interfaces"),
  driver_opts: refused("Leave it out: networks are plain bridges"),
};

export const PORT_KEYS: KeyTable = {
  target: honoured(),
  published: honoured(),
  protocol: honoured("udp of accessories alone"),
  host_ip: honoured("of accessories the loopback alone; slipway:docker.bind decides for apps"),
  mode: honoured("host and ingress are the same on one host"),
  name: honoured("a name for people"),
  app_protocol: honoured("a word for people: the edge takes HTTP"),
};

export const MOUNT_KEYS: KeyTable = {
  type: honoured("volume, bind of files, tmpfs"),
  source: honoured(),
  target: honoured(),
  read_only: honoured(),
  tmpfs: honoured(),
  bind: warned("only content travels"),
  volume: honoured("nocopy is warned about, subpath refused"),
  consistency: warned("it is for Docker Desktop"),
  image: refused("Copy the content into the image"),
};

export const TMPFS_KEYS: KeyTable = { size: honoured(), mode: honoured() };

export const VOLUME_MOUNT_KEYS: KeyTable = {
  nocopy: warned("an empty volume is filled from the image"),
  labels: warned("volumes have Slipway's own labels"),
  subpath: refused("Mount the whole volume"),
};

export const GRANT_KEYS: KeyTable = {
  source: honoured(),
  target: honoured(),
  mode: honoured("readable by all, or executable by all"),
  uid: warned("the file belongs to root"),
  gid: warned("the file belongs to root"),
};

/** Of a secret in a build: where it is found, and under which name the Dockerfile mounts it. */
export const BUILD_SECRET_KEYS: KeyTable = {
  ...GRANT_KEYS,
  mode: warned("the Dockerfile's --mount says it"),
};

export const ENV_FILE_KEYS: KeyTable = {
  path: honoured(),
  required: honoured(),
  format: honoured("raw"),
};

export const EXTENDS_KEYS: KeyTable = { service: honoured(), file: honoured() };

export const ULIMIT_KEYS: KeyTable = { soft: honoured(), hard: honoured() };

export const LOGGING_KEYS: KeyTable = {
  driver: honoured("of any kind that the engine has"),
  options: honoured("those of json-file get the limits that they lack"),
};

export const DEVICE_KEYS: KeyTable = {
  source: honoured(),
  target: honoured(),
  permissions: honoured(),
};
