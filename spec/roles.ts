import type { Role } from "./types";

export const ROLES = ["app", "worker", "task", "accessory"] as const satisfies readonly Role[];

/** What a service's role is decided by. */
export interface RoleFacts {
  /** `x-slipway.role` */
  explicit?: Role;
  build: boolean;
  /** `image:`, before any override. */
  image?: string;
  entrypoint?: string[];
  command?: string[];
  restart?: string;
  publishes: boolean;
  mountsVolume: boolean;
  /** Some service waits for it with `service_completed_successfully`. */
  completes: boolean;
  /** `x-slipway.schedule` says when. */
  scheduled?: boolean;
}

/** Repositories (last part of the name) of well-known programs that keep data or cannot run twice. */
const STATEFUL = [
  "postgres", "postgresql", "postgis", "pgvector", "timescaledb", "timescaledb-ha", "mysql",
  "mysql-server", "mariadb", "percona", "percona-server", "mongo", "mongodb",
  "mongodb-community-server", "redis", "redis-stack", "redis-stack-server", "valkey", "keydb",
  "dragonfly", "memcached", "chroma", "chromadb", "qdrant", "weaviate", "milvus", "rabbitmq", "nats",
  "kafka", "cp-kafka", "cp-zookeeper", "zookeeper", "eclipse-mosquitto", "emqx", "pulsar", "redpanda", "activemq-classic", "minio", "elasticsearch",
  "opensearch", "solr", "meilisearch", "typesense", "neo4j", "cassandra", "scylla", "couchdb",
  "couchbase", "influxdb", "clickhouse", "clickhouse-server", "cockroach", "etcd", "consul", "vault",
  "registry",
]; // prettier-ignore

const WORKER_COMMANDS: [RegExp, string][] = [
  [/\bcelery\b.*\b(worker|beat)\b/, "celery"],
  [/\bsidekiq\b/, "sidekiq"],
  [/\b(rq|rqworker)\s+worker\b|\brqworker\b/, "rq"],
  [/\bdramatiq\b/, "dramatiq"],
  [/\barq\s/, "arq"],
  [/\bhuey_consumer\b|\brun_huey\b/, "huey"],
  [/\bqcluster\b/, "django-q"],
  [/\bartisan\s+(queue:work|horizon|schedule:work)\b/, "artisan"],
  [/\bmessenger:consume\b/, "messenger"],
  [/\b(resque:work|solid_queue:start|good_job\s+start)\b/, "rails"],
];

/** The role of a service, and why. */
export function roleOf(facts: RoleFacts): { role: Role; reason: string } {
  if (facts.explicit) return { role: facts.explicit, reason: "x-slipway.role says so" };
  if (facts.scheduled) return { role: "worker", reason: "x-slipway.schedule says when it runs" };
  if (facts.completes) {
    return {
      role: "task",
      reason: "another service waits for it with service_completed_successfully",
    };
  }
  if (facts.restart === "no" && !facts.publishes) {
    return { role: "task", reason: 'restart: "no" and no published port' };
  }
  const line = [...(facts.entrypoint ?? []), ...(facts.command ?? [])].join(" ");
  const known = WORKER_COMMANDS.find(([pattern]) => pattern.test(line));
  if (known && !facts.publishes) {
    return { role: "worker", reason: `its command is a ${known[1]} worker` };
  }
  if (facts.build) return { role: "app", reason: "it is built here" };
  if (keepsData(facts.image ?? "")) {
    return { role: "accessory", reason: `${repositoryName(facts.image ?? "")} keeps data` };
  }
  if (facts.mountsVolume) {
    return { role: "accessory", reason: "an image that is not built here, with a named volume" };
  }
  return { role: "app", reason: "nothing makes it anything else" };
}

/** Whether it is the image of a well-known program that keeps data. */
export const keepsData = (reference: string): boolean =>
  STATEFUL.includes(repositoryName(reference));

/** "registry:5000/bitnami/redis:7@sha256:.." -> "redis" */
export function repositoryName(reference: string): string {
  return (reference.split("@")[0].split("/").pop() ?? "").split(":")[0];
}
