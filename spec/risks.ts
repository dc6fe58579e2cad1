import { keepsData } from "./roles";
import type { ServiceDraft } from "./service";

/** What is inferred from little, and would do harm if it were wrong: told with the line that decides it. */
export function warnAboutInference(draft: ServiceDraft, drafts: readonly ServiceDraft[]): void {
  const { spec, field } = draft;
  if (spec.role === "app") warnAboutApp(draft);
  const said = !field.at("x-slipway").at("role").absent;
  const doubt = said ? undefined : doubtOf(draft, drafts);
  if (doubt !== undefined) field.findings.warn(field.path, doubt.what, { cure: doubt.cure });
}

function doubtOf({ spec, field }: ServiceDraft, drafts: readonly ServiceDraft[]) {
  if (spec.role === "accessory" && !keepsData(field.at("image").text() ?? "")) {
    return {
      what: `taken for an accessory (${spec.reason}): one copy that both slots share, which a deploy does not exchange blue/green`,
      cure: "Write x-slipway: {role: accessory} if that is right, x-slipway: {role: app} if not",
    };
  }
  if (spec.role === "task" && (spec.health !== undefined || spec.expose.length > 0)) {
    return {
      what: `taken for a task (${spec.reason}), though it seems to serve others: a deploy waits for its end`,
      cure: "Write x-slipway: {role: task} if that is right, x-slipway: {role: app} if not",
    };
  }
  const asked = spec.expose.length > 0 || spec.health?.http !== undefined;
  const awaited = drafts.some((other) =>
    other.spec.dependsOn.some(({ service }) => service === spec.name),
  );
  if (spec.role === "app" && !asked && !awaited) {
    return {
      what: `taken for an app (${spec.reason}), though nothing shows that it takes requests: both slots run it at once`,
      cure: "Write x-slipway: {role: worker} if it takes none, x-slipway: {role: app} if this is right",
    };
  }
  return undefined;
}

/** Ports that are known for something else than HTTP. */
const OTHER_PROTOCOLS: Record<number, string> = {
  21: "FTP", 22: "SSH", 25: "SMTP", 53: "DNS", 110: "POP3", 143: "IMAP", 389: "LDAP", 465: "SMTP",
  587: "SMTP", 636: "LDAP", 993: "IMAP", 995: "POP3", 1025: "SMTP", 1433: "SQL Server", 1883: "MQTT",
  3306: "MySQL", 5432: "PostgreSQL", 5672: "AMQP", 6379: "Redis", 8883: "MQTT", 9042: "Cassandra",
  9092: "Kafka", 11211: "memcached", 27017: "MongoDB", 50051: "gRPC",
}; // prettier-ignore

function warnAboutApp({ spec, ports, field }: ServiceDraft): void {
  if (spec.health === undefined) {
    field.findings.warn(
      field.path,
      "no health check: a release counts as healthy as soon as its container runs",
      {
        cure: `Write x-slipway: {health: {path: /, port: ${spec.expose[0] ?? "PORT"}}}, or a healthcheck`,
      },
    );
  }
  if (spec.volumes.length > 0) {
    const names = spec.volumes.map((mount) => mount.volume).join(", ");
    field.findings.warn(
      field.path,
      `volume ${names} is attached to both slots: two releases write to it at once`,
      { cure: "Write x-slipway: {role: accessory} if only one copy may have it" },
    );
  }
  for (const { container, field: port } of ports) {
    const protocol = OTHER_PROTOCOLS[container];
    if (protocol === undefined) continue;
    field.findings.warn(
      port.path,
      `port ${container} is known for ${protocol}, and the edge hands on HTTP only`,
      { cure: "Remove it from ports, or write x-slipway: {role: accessory}" },
    );
  }
}
