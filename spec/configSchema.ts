import { z } from "zod";

import {
  COMPOSE_FILE,
  KEEP_BACKUPS,
  DEPLOY_TIMEOUT_SECONDS,
  DOCKER_BIND,
  DRAIN_TIMEOUT_SECONDS,
  PROXY_IMAGE,
  REGISTRY_IMAGE,
  REGISTRY_PORT,
  REPLICAS_LIMIT,
  RETAIN_RELEASES,
  ROUTER_IMAGE,
} from "./defaults";
import { APPLICATION_NAME, APPLICATION_NAME_ALLOWED, VERSION, VERSION_ALLOWED } from "./names";
import { BUILDS } from "./builds";
import { GITHUB } from "./githubSettings";
import { REGISTRIES, REGISTRY } from "./registrySettings";
import { MAINTENANCE } from "./maintenance";
import { count, matching, meaning, oneOf, port, text, textMap } from "./schema";
import { DOMAIN, TLS } from "./tls";
import { VERSION_PLACE, VERSION_PLACES } from "./version";

const IMAGE = matching(
  /^[a-z0-9][\w.:/@-]*$/,
  "an image reference",
  "registry/name:tag, name@sha256:...",
);

const CPUS = "must be a number of processors, for example 0.5";
const cpus = z
  .union(
    [
      z.number(),
      z
        .string()
        .regex(/^\d*\.?\d+$/)
        .transform(Number),
    ],
    { error: CPUS },
  )
  .refine((value) => value > 0 && value <= 1024, { error: CPUS });
const memory = matching(/^\d+(\.\d+)?[bkmgBKMG][bB]?$/, "a size with its unit", '"512m", "1g"');

/** Said, or read from where the project keeps it. */
const version = z.union(
  [
    matching(VERSION, "a version", VERSION_ALLOWED),
    z.strictObject({
      from: meaning(
        matching(VERSION_PLACE, "a place that has a version", VERSION_PLACES),
        "Where it is read from: a package.json, pyproject.toml, VERSION or *.py file, or git",
      ),
    }),
  ],
  { error: `must be a version in quotes (${VERSION_ALLOWED}), or {from: ${VERSION_PLACES}}` },
);

const SERVICE = z.strictObject({
  replicas: meaning(
    count(1, REPLICAS_LIMIT).optional(),
    "Containers of an app or worker. Default: Compose's deploy.replicas, else 1",
  ),
  env: meaning(textMap.optional(), "Variables that go before the Compose file's"),
  resources: meaning(
    z
      .strictObject({
        cpus: meaning(cpus.optional(), "Number of processors, for example 0.5"),
        memory: meaning(memory.optional(), "Size with its unit, for example 512m"),
      })
      .optional(),
    "Limits that go before Compose's",
  ),
  version: meaning(
    version.optional(),
    "Names the image that is built; files from its build context. Default: slipway:version, else the context's own",
  ),
});

const CANARY = z
  .array(
    z.strictObject({
      weight: meaning(count(1, 99), "Percent of the requests"),
      pause: meaning(count(0, 86400), "Seconds until the next step"),
    }),
    { error: "must be a list of {weight, pause}" },
  )
  .min(1)
  .refine((steps) => steps.every(({ weight }, i) => i === 0 || weight > steps[i - 1]!.weight), {
    error: "must rise: each step has a greater weight than the one before",
  });

const STRATEGY = z.strictObject({
  deployTimeout: meaning(
    count(1, 3600).default(DEPLOY_TIMEOUT_SECONDS),
    "Seconds that a candidate may take to become healthy",
    DEPLOY_TIMEOUT_SECONDS,
  ),
  drainTimeout: meaning(
    count(0, 3600).default(DRAIN_TIMEOUT_SECONDS),
    "Seconds that requests on the old slot may take to end after the flip",
    DRAIN_TIMEOUT_SECONDS,
  ),
  retain: meaning(
    count(1, 100).default(RETAIN_RELEASES),
    "Releases that served and stay possible to go back to",
    RETAIN_RELEASES,
  ),
  idle: meaning(
    oneOf(["keep", "empty"]).default("keep"),
    "The slot that was left: kept for a rollback that only moves the traffic, or emptied by the next update",
  ),
  canary: meaning(
    CANARY.optional(),
    "Steps in which a new release gets a share of the requests first; on Kubernetes with a gateway",
  ),
});

const BACKUP = z.strictObject({
  keep: meaning(
    count(1, 1000).default(KEEP_BACKUPS),
    "Dumps of each database that stay; the oldest beyond go with a new one",
    KEEP_BACKUPS,
  ),
  beforeDeploy: meaning(
    z.boolean({ error: "must be true or false" }).default(false),
    "Each deploy begins with a dump; one that fails ends it before anything is changed",
    false,
  ),
});

export const HOST_ADDRESS = /^(unix:\/\/\/.+|tcp:\/\/[^/]+:\d+|ssh:\/\/[^/]+)$/;
export const HOSTS_ALLOWED = "unix:///path, ssh://user@host, tcp://127.0.0.1:port";

const DOCKER = z.strictObject({
  host: meaning(
    matching(HOST_ADDRESS, "the address of an engine", HOSTS_ALLOWED).optional(),
    `The engine: ${HOSTS_ALLOWED}. Default: DOCKER_HOST, else the local socket`,
  ),
  bind: meaning(
    matching(/^[0-9a-fA-F.:]+$/, "an IP address", "0.0.0.0, 127.0.0.1").default(DOCKER_BIND),
    "Where the edge publishes its ports",
  ),
  ports: meaning(
    z.array(port, { error: "must be a list of ports" }).min(1).optional(),
    "Ports of the edge; a change is a run of its own. Default: the HTTP ports of the first release",
  ),
  proxyImage: meaning(IMAGE.default(PROXY_IMAGE), "The edge; a change is a run of its own"),
  registryImage: meaning(
    IMAGE.default(REGISTRY_IMAGE),
    "The registry on the Docker host, where slipway:registry names no other",
  ),
  registryPort: meaning(
    port.default(REGISTRY_PORT),
    "Its port on the host's loopback: one for all applications there",
    REGISTRY_PORT,
  ),
  routerImage: meaning(IMAGE.default(ROUTER_IMAGE), "The generated router; part of the release"),
});

const KUBERNETES = z.strictObject({
  context: meaning(text.optional(), "Of the kubeconfig. Default: its current one"),
  namespace: meaning(
    matching(
      /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
      "the name of a namespace",
      "a-z, 0-9 and -, a letter or digit at both ends, at most 63 characters",
    ).optional(),
    "Made when it is not there, never removed. Default: the application's name",
  ),
  expose: meaning(
    oneOf(["ClusterIP", "NodePort", "LoadBalancer"]).default("ClusterIP"),
    "Type of the one Service that takes the traffic",
  ),
  nodePort: meaning(
    count(1, 65535).optional(),
    "With NodePort, of its first port. Default: the cluster chooses",
  ),
  ingress: meaning(
    z
      .strictObject({
        class: meaning(text.optional(), "Ingress class. Default: the cluster's"),
        annotations: meaning(
          textMap.default({}),
          "For the controller, or cert-manager: cert-manager.io/cluster-issuer",
        ),
        tlsSecret: meaning(
          text.optional(),
          "Secret with the certificate for the names in slipway:domain",
        ),
      })
      .optional(),
    "An Ingress before that Service, for the names in slipway:domain. Default: none",
  ),
  gateway: meaning(
    z
      .strictObject({
        name: meaning(text, "Of the Gateway"),
        namespace: meaning(text.optional(), "Where it is. Default: the application's own"),
        section: meaning(text.optional(), "Its listener. Default: each that takes the names"),
      })
      .optional(),
    "An HTTPRoute at this Gateway (Gateway API v1), in place of an Ingress, for the names in slipway:domain",
  ),
  storageClass: meaning(text.optional(), "Of volume claims. Default: the cluster's"),
  storage: meaning(
    matching(/^\d+(\.\d+)?(Ki|Mi|Gi|Ti|k|M|G|T)?$/, "a size", "8Gi").default("8Gi"),
    "Size of each volume claim",
  ),
});

/** All keys of the namespace that mean something now. Editors' JSON schema comes from here. */
export const CONFIG = z.strictObject({
  compose: meaning(
    z
      .union([text.transform((file) => [file]), z.array(text).min(1)], {
        error: "must be a path or a list of paths",
      })
      .default([COMPOSE_FILE]),
    "Compose files, laid over each other as Compose does, from the project folder",
    COMPOSE_FILE,
  ),
  name: meaning(
    matching(APPLICATION_NAME, "a name", APPLICATION_NAME_ALLOWED).optional(),
    "Fixed prefix of everything on the platform; a change is refused. Default: Compose's name, else its folder",
  ),
  platform: meaning(
    oneOf(["docker", "kubernetes", "ecs"]).default("docker"),
    "Where the application runs; ecs is refused for now",
  ),
  profiles: meaning(
    z.array(text, { error: "must be a list of profiles" }).optional(),
    "Compose profiles to activate. Default: COMPOSE_PROFILES",
  ),
  version: meaning(
    version.optional(),
    "What people call the release; a new version is a new release. Files from the project folder",
  ),
  release: meaning(
    matching(VERSION, "a release id or a version", VERSION_ALLOWED).optional(),
    "Go back to this retained release: its id, or a version that exactly one served release bears",
  ),
  force: meaning(
    matching(/^[0-9a-f]{12}$/, "a release id", "12 hex digits").optional(),
    "A held release that shall be deployed all the same",
  ),
  adopt: meaning(
    text.optional(),
    "Claim to take over when a state is lost for good; the refusal prints it",
  ),
  maintenance: meaning(
    MAINTENANCE.optional(),
    "Every request is answered with 503 and this text, while releases are deployed as ever",
  ),
  images: meaning(
    z
      .object({
        from: meaning(
          matching(
            /^[\w.-]+(\/[\w.-]+){0,2}$/,
            "the name of a stack",
            "staging, organization/project/stack",
          ).optional(),
          "A stack whose active release's images are taken instead of building them",
        ),
      })
      .catchall(IMAGE)
      .default({}),
    "Service -> image to run instead of building, or of the one named; from: a stack to promote from",
  ),
  mirrors: meaning(
    z.record(z.string(), IMAGE).default({}),
    "Public image -> image to take instead, in image, FROM and COPY --from",
  ),
  registry: meaning(
    REGISTRY,
    "Where built images are pushed to, and pulled from by the host; host: a registry on the Docker host itself. Default: none, they stay on its engine",
  ),
  registries: meaning(REGISTRIES, "Logins at further registries, for images to pull"),
  builds: meaning(
    BUILDS,
    "How images are built. Default: by the engine, for itself, with its own cache",
  ),
  services: meaning(z.record(z.string(), SERVICE).default({}), "Settings of services, by name", {}),
  secrets: meaning(
    z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String))
      .default({}),
    "Values that the Compose file names as ${NAME} or under secrets; encrypted: pulumi config set --secret --path slipway:secrets.NAME",
  ),
  key: meaning(
    text.optional(),
    "Needed with secrets, encrypted: pulumi config set --secret slipway:key $(openssl rand -base64 32)",
  ),
  strategy: meaning(STRATEGY.prefault({}), "How a deploy waits, drains and keeps"),
  backup: meaning(BACKUP.prefault({}), "Dumps of PostgreSQL accessories: slipway backup"),
  domain: meaning(DOMAIN.default([]), "Host names under which the edge takes requests"),
  tls: meaning(TLS, "Https at the edge: true, or a map of its settings"),
  docker: meaning(DOCKER.prefault({}), "Settings of the Docker platform"),
  kubernetes: meaning(KUBERNETES.prefault({}), "Settings of the Kubernetes platform"),
  github: meaning(
    GITHUB,
    "A repository on GitHub: this stack's environment there, secrets, protection. Default: GitHub is left alone",
  ),
});

export type Settings = z.infer<typeof CONFIG>;
