import { honoured, refused, warned, type KeyTable } from "./keys";

/** Keys of a Compose service, by what they are about. */

const DEVELOPMENT = "it is for development";
const WINDOWS = "Leave it out: it is for Windows";
const SLOTS = "Leave it out: two releases run side by side";
const FARGATE = "Fargate has no such setting";
const POD = "a pod has no such setting";
const NEITHER = "neither a pod nor Fargate has such a setting";
const NODE = "it is a setting of the node";

const PROGRAM: KeyTable = {
  image: honoured(),
  build: honoured("", { elsewhere: "pushed to a registry" }),
  pull_policy: warned("an image is pulled when the engine does not have it", {
    elsewhere: "an image is pulled when the node does not have it",
  }),
  pull_refresh_after: warned("an image is pulled when the engine does not have it", {
    elsewhere: "an image is pulled when the node does not have it",
  }),
  platform: warned("images are those of the engine's own platform", {
    elsewhere: "images are those of the node's own platform",
  }),
  command: honoured(),
  entrypoint: honoured(),
  environment: honoured(),
  env_file: honoured(),
  working_dir: honoured(),
  user: honoured("", { elsewhere: "Kubernetes: as numbers" }),
  group_add: honoured("", { ecs: "refused", elsewhere: FARGATE }),
  init: honoured("", { kubernetes: "warned", elsewhere: POD }),
  tty: honoured(),
  stdin_open: honoured(),
  labels: honoured("", { elsewhere: "annotations on Kubernetes, tags on ECS" }),
  label_file: honoured(),
  annotations: warned("the Docker plugin has no annotations", {
    elsewhere: "labels become annotations on Kubernetes",
  }),
  container_name: warned("both slots run at once, so names carry the slot"),
  profiles: honoured(),
  extends: honoured(),
  develop: warned(DEVELOPMENT),
  attach: warned(DEVELOPMENT),
  use_api_socket: refused("Leave it out: a container with the engine's socket owns the host"),
  provider: refused("Run what it provides as a service"),
  models: refused("Run the model as a service"),
  credential_spec: refused(WINDOWS),
  isolation: refused(WINDOWS),
};

const LIFE: KeyTable = {
  depends_on: honoured(),
  healthcheck: honoured(),
  restart: honoured('"no" makes a task; what serves is always started again'),
  deploy: honoured(),
  scale: honoured(),
  stop_grace_period: honoured("", { elsewhere: "ECS: at most 120 s" }),
  stop_signal: honoured("", {
    kubernetes: "warned",
    ecs: "warned",
    elsewhere: "it is the image's STOPSIGNAL",
  }),
  post_start: refused("Use x-slipway.release, or the image's entrypoint"),
  pre_stop: refused("Handle the stop signal in the program"),
  logging: honoured("without it json-file, three files of 10 MB", {
    kubernetes: "warned",
    ecs: "warned",
    elsewhere: "the platform collects logs",
  }),
};

const NET: KeyTable = {
  ports: honoured("HTTP of an app goes over the edge; of an accessory, on the loopback"),
  expose: honoured(),
  networks: honoured("", {
    kubernetes: "warned",
    ecs: "warned",
    elsewhere: "one network for the application; aliases are kept",
  }),
  network_mode: refused("Use networks: slots are kept apart by them, and ports go over the edge"),
  hostname: honoured("", { ecs: "refused", elsewhere: FARGATE }),
  domainname: honoured("", { kubernetes: "warned", ecs: "refused", elsewhere: NEITHER }),
  dns: honoured("", { ecs: "refused", elsewhere: FARGATE }),
  dns_opt: honoured("", { ecs: "refused", elsewhere: FARGATE }),
  dns_search: honoured("", { ecs: "refused", elsewhere: FARGATE }),
  extra_hosts: honoured("", { ecs: "refused", elsewhere: FARGATE }),
  links: honoured("as depends_on, with a warning; an alias is refused"),
  external_links: refused("Leave it out: no container of another application can be reached"),
  mac_address: refused(SLOTS),
};

const STORAGE: KeyTable = {
  volumes: honoured(),
  volumes_from: refused("Name the volumes, and mount them in both services"),
  tmpfs: honoured("", { ecs: "refused", elsewhere: FARGATE }),
  secrets: honoured(),
  configs: honoured(),
  shm_size: honoured("", { ecs: "refused", elsewhere: FARGATE }),
  storage_opt: honoured("needs a storage driver with quotas", {
    kubernetes: "warned",
    ecs: "refused",
    elsewhere: NEITHER,
  }),
  read_only: honoured("without files that travel: Docker puts none on a read-only root"),
};

const RIGHTS: KeyTable = {
  privileged: honoured("with a warning", { ecs: "refused", elsewhere: FARGATE }),
  cap_add: honoured("", { ecs: "refused", elsewhere: "Fargate adds SYS_PTRACE alone" }),
  cap_drop: honoured(),
  security_opt: honoured("no-new-privileges, label, apparmor and seccomp by name", {
    ecs: "refused",
    elsewhere: "Kubernetes: no-new-privileges and seccomp. Fargate has no such setting",
  }),
  devices: honoured("with a warning for an app: both slots hold it", {
    kubernetes: "refused",
    ecs: "refused",
    elsewhere: "Leave it out: a cluster hands devices out by plugins of its own. For GPUs say gpus",
  }),
  device_cgroup_rules: refused("Use devices"),
  gpus: honoured("with a warning for an app: both slots hold them", {
    ecs: "refused",
    elsewhere: "Kubernetes: a number, by NVIDIA's device plugin. Fargate has none",
  }),
  runtime: honoured("", {
    kubernetes: "refused",
    ecs: "refused",
    elsewhere: "Leave it out: it is the node's. For GPUs say gpus",
  }),
  ipc: honoured("private or shareable: no container of ours may share the host's", {
    kubernetes: "warned",
    ecs: "refused",
    elsewhere: "each pod has its own",
  }),
  pid: refused("Leave it out, or run this service outside Slipway: it sees the host's processes"),
  uts: refused("Leave it out, or run this service outside Slipway: it shares the host's name"),
  userns_mode: refused("Set up user namespaces in the engine (userns-remap)"),
  cgroup: refused("Leave it out, or run this service outside Slipway"),
  cgroup_parent: refused("Leave it out, or run this service outside Slipway"),
};

const LIMITS_WAY = "Use deploy.resources.limits.cpus";
const LIMITS: KeyTable = {
  cpus: honoured(),
  mem_limit: honoured(),
  memswap_limit: honoured("", { kubernetes: "warned", ecs: "warned", elsewhere: "no swap there" }),
  cpu_shares: honoured("", {
    kubernetes: "warned",
    ecs: "warned",
    elsewhere: "use deploy.resources",
  }),
  cpuset: honoured("", {
    kubernetes: "refused",
    ecs: "refused",
    elsewhere: "Use deploy.resources.limits.cpus",
  }),
  ulimits: honoured("", {
    kubernetes: "warned",
    elsewhere: "they are the node's on Kubernetes; on Fargate nofile alone",
  }),
  sysctls: honoured(),
  mem_reservation: warned("a Docker host has no scheduler", {
    kubernetes: "honoured",
    ecs: "honoured",
    elsewhere: "what a pod requests of its node",
  }),
  pids_limit: warned("the Docker plugin has no such limit: ulimits: {nproc: N} is near to it", {
    elsewhere: NODE,
  }),
  mem_swappiness: warned("the Docker plugin has no such setting", { elsewhere: NODE }),
  oom_kill_disable: refused("Leave it out: a container that cannot be killed blocks the host"),
  oom_score_adj: warned("the Docker plugin has no such setting", { elsewhere: NEITHER }),
  cpu_quota: refused(LIMITS_WAY),
  cpu_period: refused(LIMITS_WAY),
  cpu_rt_period: refused(LIMITS_WAY),
  cpu_rt_runtime: refused(LIMITS_WAY),
  cpu_count: refused(LIMITS_WAY),
  cpu_percent: refused(LIMITS_WAY),
  blkio_config: refused("Use deploy.resources.limits: the Docker plugin cannot set it"),
};

export const SERVICE_KEYS: KeyTable = {
  ...PROGRAM,
  ...LIFE,
  ...NET,
  ...STORAGE,
  ...RIGHTS,
  ...LIMITS,
};
