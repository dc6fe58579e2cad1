import { z } from "zod";

import { SMOKE_STATUS } from "./defaults";
import type { Field } from "./field";
import { ROLES } from "./roles";
import { count, faultsOf, matching, oneOf, port, seconds, text } from "./schema";

const PATH = matching(/^\/[^\s?#]*$/, "a path", "/, /api");
const URL_PATH = matching(/^\/\S*$/, "a path", "/health, /items?limit=1");
const HOST = matching(
  /^(\*\.)?([a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)*[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/,
  "a host name",
  "example.com, *.example.com",
);

const INGRESS = z.strictObject(
  {
    host: HOST.optional(),
    path: PATH.default("/"),
    stripPrefix: z.boolean({ error: "must be true or false" }).default(false),
    port: port.optional(),
  },
  { error: "must be a map with host, path, stripPrefix, port" },
);

const HEALTH = z.strictObject(
  {
    path: URL_PATH.optional(),
    port: port.optional(),
    interval: seconds(0.1, 3600).optional(),
    timeout: seconds(0.1, 3600).optional(),
    retries: count(1, 100).optional(),
    startPeriod: seconds(0, 3600).optional(),
  },
  { error: "must be a map with path, port, interval, timeout, retries, startPeriod" },
);

const SMOKE = z.strictObject(
  {
    path: URL_PATH,
    port: port.optional(),
    status: count(100, 599).default(SMOKE_STATUS),
    contains: text.optional(),
    maxLatency: count(1, 600000).optional(),
  },
  { error: "must be a map with path, port, status, contains, maxLatency" },
);

/** `x-slipway` under a service. */
export const EXTENSION = z.strictObject({
  role: oneOf(ROLES).optional(),
  ingress: z
    .preprocess(
      (value) => (Array.isArray(value) || value === undefined ? value : [value]),
      z.array(INGRESS).optional(),
    )
    .optional(),
  health: HEALTH.optional(),
  release: z.union([text, z.array(text).min(1)], { error: "must be a command" }).optional(),
  smoke: z.array(SMOKE, { error: "must be a list" }).default([]),
});

export type Extension = z.infer<typeof EXTENSION>;
export type IngressWish = z.infer<typeof INGRESS>;
export type HealthWish = z.infer<typeof HEALTH>;

const LATER = ["autoscale", "schedule"];

/** What `x-slipway` says; all empty after a fault in it. */
export function readExtension(field: Field): Extension {
  const given = Object.fromEntries(
    field.entries().filter(([key, entry]) => {
      if (!LATER.includes(key)) return true;
      entry.findings.fault(entry.path, "comes with a later version");
      return false;
    }),
  );
  const plain = Object.fromEntries(Object.entries(given).map(([key, entry]) => [key, entry.value]));
  const result = EXTENSION.safeParse(plain);
  if (result.success) return result.data;
  faultsOf(result.error, plain, EXTENSION, `${field.path}.`, field.findings);
  return { smoke: [] };
}
