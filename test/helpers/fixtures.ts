import { join } from "node:path";

import { UserFaults, formatFault } from "../../spec/fault";
import { loadApplication, type Loaded } from "../../spec/load";
import { projectRoot } from "../../toolchain/paths";
import { KEY } from "./spec";

/** Compose files as people write them (test/fixtures/compose). */
export const FIXTURES = join(projectRoot, "test/fixtures/compose");

/** What the environment of whoever deploys holds. */
export const FIXTURE_ENVIRONMENT = { API_TOKEN_VALUE: "from-the-environment" };

/** What becomes of them. @throws UserFaults */
export function loadFixture(...files: string[]): Loaded {
  const config = { name: "shop", key: KEY, compose: JSON.stringify(files) };
  const all = Object.fromEntries(
    Object.entries(config).map(([key, value]) => [`slipway:${key}`, value]),
  );
  return loadApplication({
    directory: FIXTURES,
    stack: "test",
    config: { all, isSecret: (key) => key === "slipway:key" },
    environment: FIXTURE_ENVIRONMENT,
  });
}

/** Their faults, one line each; none when they load. */
export function fixtureFaults(...files: string[]): string[] {
  try {
    loadFixture(...files);
    return [];
  } catch (error) {
    if (!(error instanceof UserFaults)) throw error;
    return error.faults.map(formatFault);
  }
}

export interface Outcome {
  /** What is read: one file, or several that merge. */
  files: string[];
  /** "name:role" of each service that is deployed, by name; absent when it is refused. */
  services?: string;
  /** "port of the host -> service:port" */
  ports?: string;
  /** Beginnings of warnings that are told among others. */
  warned?: string[];
  /** Beginnings of all faults. */
  refused?: string[];
  /** Why Debian's docker-compose (1.29) cannot read it; absent when it can. */
  tooNew?: string;
}

/** Every file of the folder, and what becomes of it. */
export const OUTCOMES: readonly Outcome[] = [
  {
    files: ["web-db-cache.yaml"],
    services: "cache:accessory db:accessory web:app",
    ports: "8080->web:3000",
  },
  {
    files: ["short-forms.yaml"],
    services: "db:accessory web:app",
    ports: "8080->web:3000 9000->web:9000",
    warned: [
      "services.web.ports[1]: address 127.0.0.1 is not used",
      "services.web: volume data is attached to both slots",
    ],
  },
  {
    files: ["long-forms.yaml"],
    services: "db:accessory web:app",
    ports: "8080->web:3000 9000->web:9000",
    tooNew: "env_file with a path",
  },
  { files: ["anchors.yaml"], services: "jobs:worker web:app", ports: "80->web:8000" },
  {
    files: ["variables.yaml"],
    services: "web:app",
    ports: "8080->web:80",
    tooNew: "env_file with a path",
  },
  {
    files: ["frontends.yaml"],
    services: "admin:app api:app docs:app shop:app",
    ports: "3000->shop:3000 3001->admin:3000 3002->docs:80",
  },
  {
    files: ["nginx-front.yaml"],
    services: "api:app db:accessory proxy:app web:app",
    ports: "80->proxy:80",
  },
  {
    files: ["config-folder.yaml"],
    services: "web:app",
    ports: "8080->web:80",
    warned: ["services.web.volumes[0]: 2 files travel in the release"],
  },
  {
    files: ["init-services.yaml"],
    services: "db:accessory migrate:task seed:task web:app",
    ports: "8080->web:3000",
  },
  {
    files: ["several-ports.yaml"],
    services: "api:app minio:accessory",
    ports: "8000->api:8000 8001->api:8001 8002->api:8002 9090->api:9090",
    warned: ["services.minio.ports[0]: port 9000 of an accessory is published on 127.0.0.1"],
  },
  {
    files: ["monitoring.yaml"],
    services: "api:app grafana:accessory prometheus:accessory",
    ports: "8000->api:8000",
    warned: ["services.grafana.volumes[0]: one file travels in the release"],
  },
  {
    files: ["monitoring-host.yaml"],
    refused: [
      "services.cadvisor.volumes[0]: a socket of this machine cannot travel",
      "services.node-exporter.network_mode: is not supported yet",
      "services.node-exporter.pid: is not supported yet",
      "services.node-exporter.volumes[0]: option rslave is not supported yet",
    ],
  },
  {
    files: ["rabbitmq-workers.yaml"],
    services: "api:app beat:worker queue:accessory worker:worker",
    ports: "8000->api:8000",
  },
  {
    files: ["kafka.yaml"],
    services: "api:app consumer:worker kafka:accessory zookeeper:accessory",
    ports: "8000->api:8000",
  },
  { files: ["wordpress.yaml"], refused: ["services: has no app service"] },
  {
    files: ["wordpress-app.yaml"],
    services: "db:accessory wordpress:app",
    ports: "80->wordpress:80",
    warned: ["services.wordpress: volume wp is attached to both slots"],
  },
  {
    files: ["traefik.yaml"],
    refused: ["services.traefik.volumes[0]: a socket of this machine cannot travel"],
  },
  {
    files: ["dev-source.yaml"],
    refused: [
      "services.web.volumes[0]: a folder of this machine cannot travel",
      "services.web.volumes[1]: has no name, so its data would be lost",
    ],
  },
  {
    files: ["dev-source.yaml", "dev-source.prod.yaml"],
    services: "web:app",
    ports: "3000->web:3000",
    tooNew: "!override",
  },
  {
    files: ["php-fpm.yaml"],
    refused: [
      "services.nginx.volumes[0]: a folder of this machine cannot travel",
      "services.nginx.volumes[1]: a file can only be mounted read-only",
      "services.php.volumes[0]: a folder of this machine cannot travel",
    ],
  },
  {
    files: ["extends.yaml"],
    services: "admin:app web:app",
    ports: "8080->web:3000 8081->admin:3000",
    tooNew: "extends as a text, !override",
  },
  {
    files: ["include.yaml"],
    services: "db:accessory jobs:worker web:app",
    ports: "8080->web:3000",
    tooNew: "include",
  },
  {
    files: ["secrets-configs.yaml"],
    services: "web:app",
    ports: "80->web:8000",
    tooNew: "content of configs",
  },
  {
    files: ["hardened.yaml"],
    services: "web:app",
    ports: "80->web:8080",
    warned: ["services.web.pids_limit: not used: the Docker plugin has no such limit"],
  },
  {
    files: ["resources.yaml"],
    services: "web:app",
    ports: "80->web:8080",
    tooNew: "pids",
    warned: [
      "services.web.deploy.update_config: not used: Slipway's own deployment takes its place",
      "services.web.deploy.restart_policy.max_attempts: not used",
      "services.web.deploy.resources.reservations.memory: not used: a Docker host has no scheduler",
    ],
  },
  {
    files: ["profiles.yaml"],
    services: "web:app",
    ports: "80->web:8080",
    warned: [
      "services.adminer.profiles: adminer is left out",
      "services.mail.profiles: mail is left out",
    ],
  },
  {
    files: ["gpu.yaml"],
    services: "chat:app ollama:accessory",
    ports: "3000->chat:8080",
    warned: ["services.chat.gpus: both slots hold them at once"],
    tooNew: "gpus",
  },
  {
    files: ["elastic.yaml"],
    services: "elasticsearch:accessory kibana:app logstash:worker",
    ports: "5601->kibana:5601",
  },
  {
    files: ["networks.yaml"],
    services: "api:app db:accessory web:app",
    ports: "80->web:8080",
    warned: ["networks.front.name: not used: each slot has networks of its own"],
  },
  {
    files: ["fixed-addresses.yaml"],
    refused: [
      "services.web.networks.lan.ipv4_address: is not supported yet",
      "networks.lan.ipam: is not supported yet",
    ],
  },
  {
    files: ["external.yaml"],
    refused: [
      "volumes.media.external: is not supported yet",
      "networks.proxy.external: is not supported yet",
    ],
  },
  {
    files: ["django.yaml"],
    services:
      "backend:app celery:worker db:accessory flower:app frontend:app proxy:app redis:accessory",
    ports: "80->proxy:80 5555->flower:5555",
  },
  { files: ["host-network.yaml"], refused: ["services.app.network_mode: is not supported yet"] },
  {
    files: ["legacy.yaml"],
    services: "db:accessory web:app",
    ports: "80->web:8080",
    warned: [
      "services.web.container_name: not used: both slots run at once",
      "services.web.restart: not used",
      "services.web.links[0]: not needed: db is known by its name",
    ],
  },
  {
    files: ["builds.yaml"],
    services: "api:app inline:app web:app",
    ports: "80->web:8080",
    warned: ["services.web.build.platforms: not used", "services.web.build.cache_from: not used"],
    tooNew: "additional_contexts",
  },
  {
    files: ["logging.yaml"],
    services: "quiet:app web:app",
    ports: "80->web:8080",
    warned: ["services.quiet.logging: errors cannot quote the log"],
  },
  {
    files: ["dns-server.yaml"],
    refused: ["services.dns.ports[0]: an app service can only take HTTP, over TCP"],
  },
  {
    files: ["mern.yaml"],
    services: "client:app mongo:accessory mongo-express:app server:app",
    ports: "3000->client:80 5000->server:5000 8081->mongo-express:8081",
    warned: ["services.mongo.ports[0]: port 27017 of an accessory is published on 127.0.0.1"],
    tooNew: "label_file",
  },
  {
    files: ["broken.yaml"],
    refused: [
      "services.db.healthcheck.test: is no test",
      "services.web.enviroment: unknown key",
      "services.web.imagee: unknown key",
      "services.web.ports[0]: is no port",
      "services.web: has neither image nor build",
      "services.web.depends_on.dbb: waits for a service that does not exist",
    ],
  },
];
