import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { formatFault, UserFaults } from "../../spec/fault";
import { loadApplication, type Loaded } from "../../spec/load";
import type { ApplicationSpec, Git, Promoted, ServiceSpec } from "../../spec/types";

/** A complete service: an app on port 8000. */
export function service(overrides: Partial<ServiceSpec> = {}): ServiceSpec {
  return {
    name: "api",
    role: "app",
    reason: "it is built here",
    image: { kind: "reference", reference: "api:1" },
    environment: {},
    files: [],
    volumes: [],
    tmpfs: [],
    networks: [{ name: "default", aliases: [] }],
    ports: [{ container: 8000, host: 8000, protocol: "tcp" }],
    expose: [8000],
    health: {
      http: { path: "/health", port: 8000 },
      interval: 2,
      timeout: 5,
      retries: 3,
      startPeriod: 30,
    },
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
    ...overrides,
  };
}

/** A complete application: one app service, everything on port 8000 goes to it. */
export function application(overrides: Partial<ApplicationSpec> = {}): ApplicationSpec {
  return {
    name: "shop",
    environment: "test",
    platform: "docker",
    docker: {
      host: "unix:///var/run/docker.sock",
      bind: "127.0.0.1",
      proxyImage: "basecamp/kamal-proxy:v0.9.2",
      routerImage: "nginx:1.28-alpine",
    },
    domains: [],
    strategy: { deployTimeout: 30, drainTimeout: 30, retain: 5, idle: "keep" },
    backup: { keep: 5, beforeDeploy: false },
    services: [service()],
    ingress: [{ service: "api", port: 8000, path: "/", stripPrefix: false, publishedPort: 8000 }],
    volumes: [],
    networks: [{ name: "default", internal: false }],
    secrets: {},
    availableSecrets: {},
    mirrors: {},
    logins: [],
    supply: { verified: [] },
    warnings: [],
    ...overrides,
  };
}

const folders: string[] = [];
afterAll(() => folders.forEach((root) => rmSync(root, { recursive: true, force: true })));

/** A folder with these files in it; it goes with the test file at the latest. */
export function folder(files: Record<string, string> = {}): string {
  const root = mkdtempSync(join(tmpdir(), "slipway-"));
  folders.push(root);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

export interface Described {
  /** Without the `slipway:` prefix (another namespace with its own); structures as they are. `key` and `secrets` count as secret. */
  config?: Record<string, unknown>;
  environment?: Record<string, string>;
  /** Files beside the Compose file. */
  files?: Record<string, string>;
  /** Names of config keys that are secret. @default key, secrets */
  secretKeys?: string[];
  git?: Git;
  /** What another stack runs. */
  promoted?: Promoted;
}

/** A key as `openssl rand -base64 32` makes it. */
export const KEY = "m9Xb0Zr2c4V6n8Q1w3E5r7T9y1U3i5O7p9A1s3D5f7G=";

/** What becomes of a Compose file (YAML, or an object). */
export function load(compose: string | object, described: Described = {}): Loaded {
  const { config = {}, environment = {}, files = {}, git, promoted } = described;
  const { secretKeys = ["key", "secrets"] } = described;
  const text = typeof compose === "string" ? compose : JSON.stringify(compose);
  const raw = Object.entries({ name: "shop", ...config })
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => {
      const full = key.includes(":") ? key : `slipway:${key}`;
      return [full, typeof value === "string" ? value : JSON.stringify(value)];
    });
  const directory = folder({ "compose.yaml": text, ...files });
  const isSecret = (key: string) => secretKeys.includes(key.replace("slipway:", ""));
  const all = Object.fromEntries(raw) as Record<string, string>;
  try {
    const source = { all, isSecret };
    return loadApplication({
      directory,
      stack: "test",
      config: source,
      git,
      promoted,
      environment,
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** A Compose file with an app service `api` that has these keys, and these other services. */
export const compose = (api: object = {}, rest: object = {}, topLevel: object = {}): object => ({
  services: { api: { image: "api:1", ports: ["8000:8000"], ...api }, ...rest },
  ...topLevel,
});

/** The faults of a Compose file, one line each; none when it loads. */
export function faults(text: string | object, described: Described = {}): string[] {
  try {
    load(text, described);
    return [];
  } catch (error) {
    if (!(error instanceof UserFaults)) throw error;
    return error.faults.map(formatFault);
  }
}
