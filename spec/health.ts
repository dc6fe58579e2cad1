import {
  HEALTH_INTERVAL_SECONDS,
  HEALTH_RETRIES,
  HEALTH_START_PERIOD_SECONDS,
  HEALTH_TIMEOUT_SECONDS,
  HTTP_PORT,
} from "./defaults";
import type { HealthWish } from "./extension";
import { present, type Field } from "./field";
import { knownKeys } from "./keys";
import { HEALTH_KEYS } from "./partKeys";
import type { HealthCheck } from "./types";

/** The health check from Compose's `healthcheck` and `x-slipway.health`, which goes first. */
export function readHealth(
  compose: Field,
  wish: HealthWish | undefined,
  ports: number[],
): HealthCheck | undefined {
  compose.checkKeys(knownKeys(HEALTH_KEYS));
  const test = readTest(compose);
  if (test === "disabled" && wish === undefined) return undefined;
  const command = test === "disabled" ? undefined : test;
  const derived = command && httpOf(command);
  const http = wish?.path === undefined && wish?.port === undefined ? derived : httpWish();
  if (command === undefined && http === undefined) {
    if (!compose.absent && compose.at("test").absent && test !== "disabled") {
      compose.refuse("has no test");
    }
    return undefined;
  }
  return present({
    test: command,
    http,
    interval: wish?.interval ?? positive(compose.at("interval")) ?? HEALTH_INTERVAL_SECONDS,
    timeout: wish?.timeout ?? positive(compose.at("timeout")) ?? HEALTH_TIMEOUT_SECONDS,
    retries: wish?.retries ?? compose.at("retries").integer(1, 100) ?? HEALTH_RETRIES,
    startPeriod:
      wish?.startPeriod ?? compose.at("start_period").duration() ?? HEALTH_START_PERIOD_SECONDS,
  });

  function httpWish(): HealthCheck["http"] {
    const port = wish?.port ?? derived?.port ?? ports[0];
    if (port !== undefined) return { path: wish?.path ?? derived?.path ?? "/", port };
    return compose.findings.fault(
      compose.path.replace(/healthcheck$/, "x-slipway.health"),
      "has no port to ask",
      { cure: "Say health.port" },
    );
  }
}

/** Docker takes 0 for "the default". */
function positive(field: Field): number | undefined {
  return field.duration() || undefined;
}

function readTest(compose: Field): string[] | "disabled" | undefined {
  if (compose.at("disable").boolean()) return "disabled";
  const field = compose.at("test");
  if (field.absent) return undefined;
  if (typeof field.value === "string") return ["CMD-SHELL", field.value];
  const test = field.texts();
  if (test[0] === "NONE") return "disabled";
  if (["CMD", "CMD-SHELL"].includes(test[0]) && test.length > 1) return test;
  return field.refuse("is no test", {
    allowed: 'a line, ["CMD", ...], ["CMD-SHELL", line], ["NONE"]',
  });
}

const LOCAL_URL =
  /\bhttp:\/\/(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::(\d+))?(\/[^\s"'`|;&)\]>\\]*)?(?=$|[\s"'`|;&)\]>\\])/;

/** The same without a scheme, which only these programs understand. */
const BARE_URL =
  /\b(?:curl|wget)\b.*?\s(?:localhost|127\.0\.0\.1)(?::(\d+))?(\/[^\s"'`|;&)\]>\\]*)?(?=$|[\s"'`|;&)\]>\\])/;

/** The request that a test makes to its own container, so that the proxy can make it too. */
export function httpOf(test: string[]): HealthCheck["http"] {
  const line = test.slice(1).join(" ");
  const match = LOCAL_URL.exec(line) ?? BARE_URL.exec(line);
  if (!match || match[2]?.includes("$")) return undefined;
  return { path: match[2] ?? "/", port: match[1] === undefined ? HTTP_PORT : Number(match[1]) };
}
