import { formatPosition } from "../spec/fault";
import type { ServiceDraft } from "../spec/service";
import { builtVersion } from "../spec/version";
import { givenBy, type Effective, type Known } from "./origin";

/** A value of a service: where it may be said, the last word first. */
interface Row {
  key: string;
  value: unknown;
  /** Below `slipway:`. */
  config?: string;
  /** Below `services.<name>.` */
  compose?: string[];
  /** Why it is so when nobody says it. */
  inferred?: string;
}

/** What a service gets from the stack, `x-slipway`, Compose and the defaults. */
export function decided(draft: ServiceDraft, known: Known): Effective[] {
  const { spec, field } = draft;
  const { name } = spec;
  return rowsOf(draft, known).map((row) => {
    const key = `services.${name}.${row.key}`;
    const given = row.config === undefined ? undefined : givenBy(row.config, known);
    if (given) return { key, value: row.value, ...given };
    for (const path of row.compose ?? []) {
      const entry = path.split(".").reduce((one, part) => one.at(part), field);
      if (entry.absent) continue;
      const place = known.read.findings.place(entry.path);
      const from = path.startsWith("x-slipway") ? "x-slipway" : "Compose";
      return { key, value: row.value, from, ...(place ? { detail: formatPosition(place) } : {}) };
    }
    if (row.inferred !== undefined) {
      return { key, value: row.value, from: "inferred", detail: row.inferred };
    }
    return { key, value: row.value, from: "default" };
  });
}

function rowsOf({ spec, versionFrom }: ServiceDraft, known: Known): Row[] {
  const { name, health, resources } = spec;
  const config = `services.${name}`;
  const limits = "deploy.resources.limits";
  const rules = (known.read.found?.spec.ingress ?? []).filter((rule) => rule.service === name);
  const image = spec.image.kind === "reference" ? spec.image.reference : "built";
  const checked = (key: string, compose: string): Row => ({
    key: `health.${key}`,
    value: health?.[key as keyof typeof health],
    compose: [`x-slipway.health.${key}`, `healthcheck.${compose}`],
  });
  const http = (key: "path" | "port"): Row => ({
    key: `health.${key}`,
    value: health?.http?.[key],
    compose: [`x-slipway.health.${key}`],
    inferred: health?.test ? "the URL in healthcheck.test" : "its first port, path /",
  });
  const rows: Row[] = [
    { key: "role", value: spec.role, compose: ["x-slipway.role"], inferred: spec.reason },
    { key: "image", value: image, config: `images.${name}`, compose: ["build", "image"] },
    {
      key: "version",
      value: spec.image.kind === "build" ? builtVersion(spec.image, known.git) : undefined,
      config: `${config}.version`,
      inferred: versionFrom ?? "git describe",
    },
    {
      key: "replicas",
      value: spec.replicas,
      config: `${config}.replicas`,
      compose: ["deploy.replicas", "scale"],
    },
    {
      key: "resources.cpus",
      value: resources.cpus,
      config: `${config}.resources.cpus`,
      compose: [`${limits}.cpus`, "cpus"],
    },
    {
      key: "resources.memory",
      value: resources.memory === undefined ? undefined : `${resources.memory}m`,
      config: `${config}.resources.memory`,
      compose: [`${limits}.memory`, "mem_limit"],
    },
    ...(health?.http ? [http("path"), http("port")] : []),
    ...(health?.test ? [checked("test", "test")] : []),
    ...(health
      ? [
          checked("interval", "interval"),
          checked("timeout", "timeout"),
          checked("retries", "retries"),
          checked("startPeriod", "start_period"),
        ]
      : []),
    {
      key: "ingress",
      value:
        rules.length > 0 ? rules.map((rule) => `:${rule.publishedPort}${rule.path}`) : undefined,
      compose: ["x-slipway.ingress", "ports"],
    },
    { key: "release", value: spec.release, compose: ["x-slipway.release"] },
    {
      key: "smoke",
      value: spec.smoke.length > 0 ? spec.smoke.map((check) => check.path) : undefined,
      compose: ["x-slipway.smoke"],
    },
    { key: "stopGracePeriod", value: spec.stopGracePeriod, compose: ["stop_grace_period"] },
  ];
  return rows.filter((row) => row.value !== undefined);
}
