import type { Settings } from "./config";
import type { Field } from "./field";
import type { Findings } from "./findings";
import { knownKeys } from "./keys";
import { checkKubernetes } from "./kubernetes";
import { PART_NAME, PART_NAME_ALLOWED } from "./names";
import { warnAboutInference } from "./risks";
import { checkScale } from "./scale";
import type { ServiceDraft } from "./service";
import { NETWORK_KEYS, VOLUME_KEYS } from "./topKeys";
import type { ApplicationSpec, IngressRule, Role } from "./types";

/** Rules about several parts of the description at once; each adds its faults and warnings. */
export function validate(
  drafts: ServiceDraft[],
  spec: ApplicationSpec,
  compose: Field,
  settings: Settings,
  findings: Findings,
): void {
  checkTopLevel(compose);
  checkConfigured(compose, settings, findings);
  for (const draft of drafts) {
    checkName(draft.field.path, draft.spec.name, findings);
    checkRole(draft);
    warnAboutInference(draft, drafts);
    checkDependencies(draft, drafts);
    checkReadOnly(draft);
    checkHealthTime(draft, spec.strategy.deployTimeout);
    checkScale(draft);
  }
  checkCycles(drafts, findings);
  checkIngress(drafts, spec, findings);
  checkHostPorts(drafts, spec);
  if (spec.platform === "kubernetes") checkKubernetes({ drafts, spec, settings, findings });
  for (const name of spec.volumes) checkName(`volumes.${name}`, name, findings);
  for (const network of spec.networks) {
    checkName(`networks.${network.name}`, network.name, findings);
  }
}

function checkTopLevel(compose: Field): void {
  for (const [, volume] of compose.at("volumes").entries()) {
    volume.checkKeys(knownKeys(VOLUME_KEYS));
    volume.at("driver").oneOf(["local"]);
  }
  for (const [, network] of compose.at("networks").entries()) {
    network.checkKeys(knownKeys(NETWORK_KEYS));
    network.at("driver").oneOf(["bridge"]);
  }
}

/** Settings for services that do not exist are slips of the finger. */
function checkConfigured(compose: Field, settings: Settings, findings: Findings): void {
  const known = compose
    .at("services")
    .entries()
    .map(([name]) => name);
  for (const key of ["services", "images"] as const) {
    for (const name of Object.keys(settings[key]).sort()) {
      if (known.includes(name) || (key === "images" && name === "from")) continue;
      findings.fault(`slipway:${key}.${name}`, "is no service of the Compose file", {
        allowed: known.join(", "),
      });
    }
  }
}

function checkName(path: string, name: string, findings: Findings): void {
  if (PART_NAME.test(name)) return;
  findings.fault(path, "the name cannot be used", { given: name, allowed: PART_NAME_ALLOWED });
}

const WITHOUT_PORTS: readonly Role[] = ["task", "worker"];

function checkRole({ spec, field, ingress, ports }: ServiceDraft): void {
  const { findings, path } = field;
  const say = (what: string, cure: string) => {
    findings.fault(path, what, { given: `${spec.role}: ${spec.reason}`, cure });
  };
  if (WITHOUT_PORTS.includes(spec.role) && ports.length > 0) {
    say(`a ${spec.role} takes no requests, so it has no ports`, "Remove ports, or make it an app");
  }
  if (spec.role !== "app" && ingress.length > 0) {
    say("only an app service has ingress", "Say x-slipway: {role: app}");
  }
  if (spec.role !== "app" && spec.smoke.length > 0) {
    say("only an app service has smoke checks", "Say x-slipway: {role: app}");
  }
  if (spec.release && spec.role !== "app" && spec.role !== "worker") {
    say("only an app or a worker has a release command", "Make the command a task of its own");
  }
  if (spec.replicas > 1 && (spec.role === "accessory" || spec.role === "task")) {
    say(`${spec.role} runs once, not ${spec.replicas} times`, "Remove replicas");
  }
  spec.smoke.forEach((check, index) => {
    if (check.port !== 0) return;
    findings.fault(
      `${path}.x-slipway.smoke[${index}].port`,
      "is needed: the service has no port",
      {},
    );
  });
  warnAboutRole({ spec, field, ingress, ports });
}

const TWO = "where that cannot be, say x-slipway: {role: accessory}";

function warnAboutRole({ spec, field, ports }: ServiceDraft): void {
  const { findings, path } = field;
  if (spec.privileged)
    findings.warn(`${path}.privileged`, "the container can do anything on the host");
  if (spec.role === "app" && spec.devices) {
    findings.warn(`${path}.devices`, `both slots hold it at once: ${TWO}`);
  }
  if (spec.role === "app" && spec.gpus) {
    findings.warn(`${path}.gpus`, `both slots hold them at once: ${TWO}`);
  }
  if (spec.role !== "accessory" || findings.platform !== "docker") return;
  for (const port of ports) {
    const loopback = ["127.0.0.1", "localhost", "[::1]"].includes(port.address ?? "");
    if (loopback || port.host === undefined) continue;
    findings.warn(
      port.field.path,
      `port ${port.host} of an accessory is published on 127.0.0.1 only`,
    );
  }
}

/** Slots start after accessories, workers after the traffic has moved: nobody waits against that order. */
function checkDependencies({ spec, field }: ServiceDraft, drafts: ServiceDraft[]): void {
  const { findings } = field;
  for (const { service, condition } of spec.dependsOn) {
    const target = drafts.find((draft) => draft.spec.name === service)?.spec;
    if (target === undefined) continue;
    const path = `${field.path}.depends_on.${service}`;
    if (spec.role === "accessory" && target.role !== "accessory") {
      findings.fault(
        path,
        `an accessory is there before any ${target.role}: it cannot wait for one`,
        {
          given: target.reason,
          cure: `Remove it, or say x-slipway.role for ${spec.name} or ${service}`,
        },
      );
    } else if (target.role === "worker" && spec.role !== "worker") {
      findings.fault(path, "a worker starts after the traffic has moved: nothing can wait for it", {
        given: target.reason,
        cure: `Remove it, or say x-slipway.role for ${service}`,
      });
    } else if (condition === "completed" && target.role !== "task") {
      findings.fault(path, `waits for the end of a service that does not end`, {
        given: `${target.role}: ${target.reason}`,
        cure: "Use service_healthy, or x-slipway: {role: task}",
      });
    } else if (condition === "healthy" && target.health === undefined) {
      findings.warn(path, `${service} has no healthcheck here: its image must have one`);
    }
  }
}

/** The engine puts files into a container that is made, and refuses where its root is read-only. */
function checkReadOnly({ spec, field }: ServiceDraft): void {
  if (field.findings.platform !== "docker") return;
  if (!spec.readOnly || spec.files.length === 0) return;
  field.findings.fault(`${field.path}.read_only`, "files cannot be put on a read-only root", {
    given: spec.files.map((file) => file.path).join(", "),
    cure: "Copy them into the image, hand secrets over in environment, or leave read_only out",
  });
}

/** Docker asks first after one interval: a long one alone can use up the deploy's time. */
function checkHealthTime({ spec, field }: ServiceDraft, deployTimeout: number): void {
  if (field.findings.platform !== "docker") return;
  if (spec.role === "accessory" || spec.health === undefined) return;
  if (spec.health.interval < deployTimeout) return;
  field.findings.warn(
    `${field.path}.healthcheck.interval`,
    `the first check comes after ${spec.health.interval} s, slipway:strategy.deployTimeout is ${deployTimeout} s: ` +
      "say a shorter x-slipway.health.interval, or a longer deployTimeout",
  );
}

function checkCycles(drafts: ServiceDraft[], findings: Findings): void {
  const waits = new Map(
    drafts.map(({ spec }) => [spec.name, spec.dependsOn.map((d) => d.service)]),
  );
  const done = new Set<string>();
  const visit = (name: string, path: string[]): void => {
    if (path.includes(name)) {
      const cycle = [...path.slice(path.indexOf(name)), name].join(" -> ");
      findings.fault(`services.${name}.depends_on`, "services wait for each other", {
        given: cycle,
        cure: "Remove one of these depends_on",
      });
    } else if (!done.has(name)) {
      for (const next of waits.get(name) ?? []) visit(next, [...path, name]);
    }
    done.add(name);
  };
  for (const name of waits.keys()) visit(name, []);
}

function checkIngress(drafts: ServiceDraft[], spec: ApplicationSpec, findings: Findings): void {
  const seen = new Map<string, string>();
  for (const rule of spec.ingress) {
    const key = `${rule.host ?? "any host"}, path ${rule.path}, port ${rule.publishedPort}`;
    const first = seen.get(key);
    if (first !== undefined) {
      findings.fault(placeOf(rule, drafts), "takes the same requests as another rule", {
        given: key,
        allowed: `one rule; services.${first} has it`,
        cure: "Give them different ports, or x-slipway.ingress with host or path",
      });
    } else seen.set(key, rule.service);
  }
}

/** The entry in `ports` that a rule comes from, where it comes from one. */
function placeOf({ service, publishedPort, port }: IngressRule, drafts: ServiceDraft[]): string {
  const draft = drafts.find(({ spec }) => spec.name === service);
  const entries = (draft?.ingress.length === 0 ? draft.ports : []).filter(
    ({ host, container }) => container === port && (host ?? container) === publishedPort,
  );
  return entries.at(-1)?.field.path ?? `services.${service}`;
}

/** An accessory's port on the host must be its own. */
function checkHostPorts(drafts: ServiceDraft[], spec: ApplicationSpec): void {
  if (spec.platform !== "docker") return;
  const edge = [...spec.ingress.map((rule) => rule.publishedPort), ...(spec.docker.ports ?? [])];
  const taken = new Map(edge.map((port) => [`${port}/tcp`, "the application's own traffic"]));
  for (const { spec: service, ports } of drafts) {
    if (service.role !== "accessory") continue;
    for (const { host, protocol, field } of ports) {
      if (host === undefined) continue;
      const key = `${host}/${protocol}`;
      const owner = taken.get(key);
      if (owner !== undefined) field.refuse(`port ${key} of the host is taken by ${owner}`);
      taken.set(key, service.name);
    }
  }
}
