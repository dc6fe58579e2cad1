import { z } from "zod";

import {
  AUTOSCALE_CPU_PERCENT,
  HEALTH_INTERVAL_SECONDS,
  HEALTH_RETRIES,
  HEALTH_START_PERIOD_SECONDS,
  HEALTH_TIMEOUT_SECONDS,
  REPLICAS,
  REPLICAS_LIMIT,
  SMOKE_STATUS,
} from "./defaults";
import type { Field } from "./field";
import { ROLES } from "./roles";
import { isSchedule, SCHEDULE_ALLOWED } from "./schedule";
import { count, faultsOf, matching, meaning, oneOf, port, seconds, text } from "./schema";

const PATH = matching(/^\/[^\s?#]*$/, "a path", "/, /api");
const URL_PATH = matching(/^\/\S*$/, "a path", "/health, /items?limit=1");
const HOST = matching(
  /^(\*\.)?([a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)*[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/,
  "a host name",
  "example.com, *.example.com",
);

const INGRESS = z.strictObject(
  {
    host: meaning(HOST.optional(), "Host to match: example.com, *.example.com. Default: any"),
    path: meaning(PATH.default("/"), "Path prefix to match"),
    stripPrefix: meaning(
      z.boolean({ error: "must be true or false" }).default(false),
      "Whether the service gets requests without the prefix",
    ),
    port: meaning(port.optional(), "Port of the container. Default: its first port"),
  },
  { error: "must be a map with host, path, stripPrefix, port" },
);

const HEALTH = z.strictObject(
  {
    path: meaning(
      URL_PATH.optional(),
      "GET from outside by gate and proxy; 200 is healthy. Default: read from the healthcheck's URL, else /",
    ),
    port: meaning(port.optional(), "Port to ask. Default: the healthcheck's, else its first port"),
    interval: meaning(
      seconds(0.1, 3600).optional(),
      `Between two checks, in seconds. Default: Compose's, else ${HEALTH_INTERVAL_SECONDS}`,
    ),
    timeout: meaning(
      seconds(0.1, 3600).optional(),
      `That one check may take, in seconds. Default: Compose's, else ${HEALTH_TIMEOUT_SECONDS}`,
    ),
    retries: meaning(
      count(1, 100).optional(),
      `Failures in a row that make it unhealthy. Default: Compose's, else ${HEALTH_RETRIES}`,
    ),
    startPeriod: meaning(
      seconds(0, 3600).optional(),
      `In which failures do not count, in seconds. Default: Compose's, else ${HEALTH_START_PERIOD_SECONDS}`,
    ),
  },
  { error: "must be a map with path, port, interval, timeout, retries, startPeriod" },
);

const SMOKE = z.strictObject(
  {
    path: meaning(URL_PATH, "GET from the candidate, before it gets traffic"),
    port: meaning(
      port.optional(),
      "Port of the container. Default: that of its ingress, health check, or its first port",
    ),
    status: meaning(
      count(100, 599).default(SMOKE_STATUS),
      "Status that it must answer with",
      SMOKE_STATUS,
    ),
    contains: meaning(text.optional(), "Text that the answer holds"),
    maxLatency: meaning(count(1, 600000).optional(), "Milliseconds that the answer may take"),
  },
  { error: "must be a map with path, port, status, contains, maxLatency" },
);

const AUTOSCALE = z.strictObject(
  {
    min: meaning(count(1, REPLICAS_LIMIT).default(REPLICAS), "Pods at least", REPLICAS),
    max: meaning(count(1, REPLICAS_LIMIT), "Pods at most"),
    cpu: meaning(
      count(1, 1000).default(AUTOSCALE_CPU_PERCENT),
      "Percent of the processors that a pod requests: more pods above, fewer below",
      AUTOSCALE_CPU_PERCENT,
    ),
  },
  { error: "must be a map with min, max, cpu" },
);

/** `x-slipway` under a service. */
export const EXTENSION = z.strictObject({
  role: meaning(
    oneOf(ROLES).optional(),
    "app: blue/green, takes requests. worker: takes none, exchanged after the flip. task: runs to its end once a release. accessory: keeps data, shared by both slots. Default: inferred, see README.md",
  ),
  ingress: meaning(
    z
      .preprocess(
        (value) => (Array.isArray(value) || value === undefined ? value : [value]),
        z.array(INGRESS).optional(),
      )
      .optional(),
    "Which requests it gets; one rule, or a list. Default: all, on each of its published ports",
  ),
  health: meaning(HEALTH.optional(), "What gate and proxy take for healthy"),
  release: meaning(
    z.union([text, z.array(text).min(1)], { error: "must be a command" }).optional(),
    "One-off command with the new image, before its slot starts; of an app or a worker",
  ),
  smoke: meaning(
    z.array(SMOKE, { error: "must be a list" }).default([]),
    "Requests to the candidate, before it gets traffic; of an app",
  ),
  schedule: meaning(
    text
      .refine(isSchedule, { error: `must be a time as cron has it: ${SCHEDULE_ALLOWED}` })
      .optional(),
    "When it runs, in UTC; of a worker, on Kubernetes. One that still runs is not run again",
  ),
  autoscale: meaning(
    AUTOSCALE.optional(),
    "How many pods there are, by what they take; of an app, on Kubernetes with its metrics server",
  ),
});

export type Extension = z.infer<typeof EXTENSION>;
export type IngressWish = z.infer<typeof INGRESS>;
export type HealthWish = z.infer<typeof HEALTH>;

/** What `x-slipway` says; all empty after a fault in it. */
export function readExtension(field: Field): Extension {
  const plain = Object.fromEntries(field.entries().map(([key, entry]) => [key, entry.value]));
  const result = EXTENSION.safeParse(plain);
  if (result.success) return result.data;
  faultsOf(result.error, plain, EXTENSION, `${field.path}.`, field.findings);
  return { smoke: [] };
}
