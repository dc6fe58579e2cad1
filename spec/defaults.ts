/** Every default and limit of the description, named with its unit. */

/** Compose file that is read when `slipway:compose` names none. */
export const COMPOSE_FILE = "compose.yaml";
/** Names that Compose looks for when that one is not there. */
export const COMPOSE_FILES = ["compose.yml", "docker-compose.yml", "docker-compose.yaml"];

/** Seconds that a candidate may take to become healthy (Kamal's deploy_timeout). */
export const DEPLOY_TIMEOUT_SECONDS = 30;
/** Seconds that requests on the old slot may take to end after the flip (Kamal's drain_timeout). */
export const DRAIN_TIMEOUT_SECONDS = 30;
/** Served releases that stay possible to roll back to. */
export const RETAIN_RELEASES = 5;

/** Dumps of each database that are kept. */
export const KEEP_BACKUPS = 5;

/** The engine that `docker` itself talks to when nothing names another. */
export const DOCKER_HOST = "unix:///var/run/docker.sock";
/** Address that the edge publishes its ports on: all, as Compose does. */
export const DOCKER_BIND = "0.0.0.0";
/** The edge proxy. */
export const PROXY_IMAGE = "basecamp/kamal-proxy:v0.9.2";
/** The registry on a Docker host. */
export const REGISTRY_IMAGE = "registry:2.8";
/** Where it listens on the host's loopback: a port that nobody asks for, below those of outgoing connections. */
export const REGISTRY_PORT = 24500;
/** The generated router of a slot with several routes. */
export const ROUTER_IMAGE = "nginx:1.28-alpine";

/** Seconds between two health checks; Docker's 30 would make every deploy wait for the second one. */
export const HEALTH_INTERVAL_SECONDS = 2;
/** Seconds that one health check may take. */
export const HEALTH_TIMEOUT_SECONDS = 5;
/** Failures in a row, after the start period, that make a container unhealthy (Docker's). */
export const HEALTH_RETRIES = 3;
/** Seconds after the start in which a failure does not count; Docker's 0 condemns what starts slowly. */
export const HEALTH_START_PERIOD_SECONDS = 30;
/** Port of a URL that names none. */
export const HTTP_PORT = 80;

/** Status that a smoke check expects. */
export const SMOKE_STATUS = 200;
/** Seconds between the stop signal and the kill (Compose's). */
export const STOP_GRACE_SECONDS = 10;
/** Containers of one service. */
export const REPLICAS = 1;
/** Port that clients use when explicit ingress rules are all there is. */
export const PUBLISHED_PORT = 80;

/** Port of https at the edge. */
export const HTTPS_PORT = 443;

/** Where Compose puts secrets. */
export const SECRETS_FOLDER = "/run/secrets";
/** Mode of a mounted file (Compose's for configs and secrets). */
export const FILE_MODE = "0444";
/** Mode of a mounted file that is executable in the source folder. */
export const EXECUTABLE_MODE = "0555";

/** Bytes of one Compose file: more is a mistake or an attack. */
export const COMPOSE_LIMIT_BYTES = 256 * 1024;
/** Maps and lists inside each other, in a Compose file. */
export const COMPOSE_LIMIT_DEPTH = 60;
/** Values in a Compose file, each alias counted as what it stands for. */
export const COMPOSE_LIMIT_VALUES = 100_000;
/** Services of one Compose file. */
export const COMPOSE_LIMIT_SERVICES = 500;
/** Variables inside the defaults of others. */
export const VARIABLE_LIMIT_DEPTH = 20;
/** Faults that one run tells. */
export const FAULTS_LIMIT = 200;
/** Uses of YAML anchors in one file, as the yaml library counts them (against "billion laughs"). */
export const YAML_ALIAS_LIMIT = 500;
/** Bytes of one file that travels in a release. */
export const MOUNTED_FILE_LIMIT_BYTES = 256 * 1024;
/** Containers of one service: more is a slip of the finger. */
/** Of what a pod requests: above it autoscaled services get more pods. */
export const AUTOSCALE_CPU_PERCENT = 70;
export const REPLICAS_LIMIT = 100;
/** Ports in one range of `ports` or `expose`: more is a slip of the finger. */
export const PORT_RANGE_LIMIT = 64;
/** Files, and bytes of all of them, of one folder that travels in a release. */
export const MOUNTED_FOLDER_LIMIT_FILES = 100;
export const MOUNTED_FOLDER_LIMIT_BYTES = 512 * 1024;
/** Files that a description may bring in by include and extends, each as often as it is named. */
export const INCLUDE_LIMIT_FILES = 500;
/** What BuildKit itself takes to make a bill of materials. */
export const SBOM_GENERATOR = "docker/buildkit-syft-scanner:stable-1";
/** Characters of `slipway:key`: 24 random bytes in base64. */
export const KEY_MINIMUM_CHARACTERS = 32;
/** GiB free for Docker below which a deploy warns. */
export const DISK_WARNING_GIB = 2;
/** GiB free for Docker below which nothing new is deployed: what runs, a database too, writes to the same disk. */
export const DISK_MINIMUM_GIB = 0.5;
/** MiB that Docker demands at least for a container. */
export const MEMORY_MINIMUM_MIB = 6;
