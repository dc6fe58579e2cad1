import { repositoryName } from "./roles";

/** A database, cache or queue, and the port that it takes connections on. */
export interface Store {
  name: string;
  port: number;
}

/** Name, port, and repositories (last part of the name). */
const STORES: [name: string, port: number, repositories: string[]][] = [
  ["PostgreSQL", 5432, ["postgres", "postgresql", "postgis", "pgvector", "timescaledb", "timescaledb-ha"]],
  ["MySQL", 3306, ["mysql", "mysql-server", "percona", "percona-server"]],
  ["MariaDB", 3306, ["mariadb"]],
  ["MongoDB", 27017, ["mongo", "mongodb", "mongodb-community-server"]],
  ["Redis", 6379, ["redis", "redis-stack", "redis-stack-server"]],
  ["Valkey", 6379, ["valkey"]],
  ["KeyDB", 6379, ["keydb"]],
  ["Dragonfly", 6379, ["dragonfly"]],
  ["Memcached", 11211, ["memcached"]],
  ["RabbitMQ", 5672, ["rabbitmq"]],
  ["NATS", 4222, ["nats"]],
  ["Kafka", 9092, ["kafka", "cp-kafka", "redpanda"]],
  ["Elasticsearch", 9200, ["elasticsearch"]],
  ["OpenSearch", 9200, ["opensearch"]],
  ["ClickHouse", 9000, ["clickhouse", "clickhouse-server"]],
  ["Cassandra", 9042, ["cassandra", "scylla"]],
  ["Neo4j", 7687, ["neo4j"]],
  ["InfluxDB", 8086, ["influxdb"]],
  ["Qdrant", 6333, ["qdrant"]],
  ["MinIO", 9000, ["minio"]],
]; // prettier-ignore

/** Ports that are as good as a name; others are used by all kinds of programs. */
const TELLING = ["PostgreSQL", "MySQL", "MongoDB", "Redis", "Memcached", "RabbitMQ"];

/**
 * What an accessory is by its image, else by a port that it listens on. A port that is described goes before
 * the usual one.
 */
export function storeOf(image: string | undefined, ports: readonly number[]): Store | undefined {
  const repository = image === undefined ? "" : repositoryName(image);
  const named = STORES.find(([, , repositories]) => repositories.includes(repository));
  if (named) {
    const [name, usual] = named;
    return { name, port: ports.includes(usual) ? usual : (ports[0] ?? usual) };
  }
  const told = STORES.find(([name, port]) => TELLING.includes(name) && ports.includes(port));
  return told && { name: told[0], port: told[1] };
}
