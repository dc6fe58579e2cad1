import { isIP } from "node:net";

import type { Settings } from "./config";
import type { Findings } from "./findings";
import { checkObjectNames } from "./kubernetesNames";
import { portNumbers } from "./ports";
import type { ServiceDraft } from "./service";
import type { ApplicationSpec } from "./types";

/** What a description asks for that Kubernetes cannot do, or that is not done there; keys by themselves are in the tables. */

interface Described {
  drafts: ServiceDraft[];
  spec: ApplicationSpec;
  settings: Settings;
  findings: Findings;
}

export function checkKubernetes(described: Described): void {
  checkImages(described);
  checkElsewhere(described);
  checkReach(described);
  checkObjectNames(described.drafts, described.spec, described.findings);
  for (const draft of described.drafts) {
    checkUser(draft);
    checkSecurity(draft);
    checkGpus(draft);
    checkHosts(draft);
    checkKeys(draft);
    checkSysctls(draft);
    checkVolumes(draft);
    checkPublished(draft);
    checkKnown(draft, described.drafts);
    checkMode(draft);
  }
}

/** Nodes pull: what is built has to lie where they reach it. */
function checkImages({ spec, settings, findings }: Described): void {
  const cure = "pulumi config set --path slipway:registry.server ghcr.io/acme";
  if (settings.registry === "host") {
    findings.fault("slipway:registry", "is on a Docker host, where no node of a cluster pulls", {
      given: "host",
      allowed: "a registry that the nodes reach",
      cure,
    });
    return;
  }
  const built = spec.services.filter(({ image }) => image.kind === "build");
  if (built.length === 0 || spec.registry !== undefined) return;
  const names = built.map(({ name }) => name).join(", ");
  findings.fault("slipway:registry", `is needed to build ${names}: nodes pull from a registry`, {
    given: settings.registry === "none" ? "none" : "nothing",
    allowed: "a registry that the nodes reach",
    cure,
    stack: true,
  });
}

/** What the edge and the engine of a Docker host do. */
function checkElsewhere({ spec, settings, findings }: Described): void {
  if (settings.tls !== undefined) {
    findings.fault("slipway:tls", "is for the edge of a Docker host; here the Ingress has https", {
      cure: "pulumi config rm slipway:tls, and say kubernetes: {ingress: {tlsSecret: NAME, annotations: {cert-manager.io/cluster-issuer: ISSUER}}}",
    });
  }
  if (spec.maintenance !== undefined) {
    findings.fault("slipway:maintenance", "is not there on Kubernetes yet", {
      cure: "pulumi config rm slipway:maintenance",
    });
  }
  if (spec.backup.beforeDeploy) {
    findings.fault("slipway:backup.beforeDeploy", "is not there on Kubernetes yet", {
      given: "true",
      cure: "pulumi config rm --path slipway:backup.beforeDeploy, and dump the database by a task of your own",
    });
  }
  if (spec.supply.verified.length > 0) {
    findings.fault("slipway:builds.verify", "is not there on Kubernetes yet", {
      given: spec.supply.verified.join(", "),
      cure: "pulumi config rm --path slipway:builds.verify: the gate tries each candidate all the same",
    });
  }
}

/** How requests come from outside. */
function checkReach({ spec, settings, findings }: Described): void {
  const { expose, nodePort, ingress, gateway } = settings.kubernetes;
  const path = "slipway:kubernetes";
  if (nodePort !== undefined && expose !== "NodePort") {
    findings.fault(`${path}.nodePort`, `has no effect on a Service of type ${expose}`, {
      given: String(nodePort),
      cure: `pulumi config set --path slipway:kubernetes.expose NodePort, or pulumi config rm --path slipway:kubernetes.nodePort`,
    });
  }
  if (ingress?.tlsSecret !== undefined && spec.domains.length === 0) {
    findings.fault(`${path}.ingress.tlsSecret`, "is for names, and slipway:domain names none", {
      given: ingress.tlsSecret,
      cure: "pulumi config set slipway:domain app.example.com",
    });
  }
  if (ingress !== undefined && gateway !== undefined) {
    findings.fault(`${path}.gateway`, "takes the place of an Ingress, and both are named", {
      given: gateway.name,
      cure: "pulumi config rm --path slipway:kubernetes.ingress, or slipway:kubernetes.gateway",
    });
  }
  if (settings.strategy.canary !== undefined && gateway === undefined) {
    findings.fault("slipway:strategy.canary", "needs a Gateway, which spreads requests by weight", {
      cure: "pulumi config set --path slipway:kubernetes.gateway.name NAME, or pulumi config rm --path slipway:strategy.canary",
    });
  }
  const ports = [...new Set(spec.ingress.map(({ publishedPort }) => publishedPort))];
  const door = gateway === undefined ? ingress && "ingress" : "gateway";
  if (door !== undefined && ports.length > 1) {
    findings.warn(
      `${path}.${door}`,
      `leads to port ${ports[0]} alone: what is on ${ports.slice(1).join(" and ")} needs x-slipway.ingress with a host or a path`,
    );
  }
}

/** An image keeps its users' numbers to itself. */
function checkUser({ spec, field }: ServiceDraft): void {
  const isNumber = (text: string) => /^\d+$/.test(text);
  if (spec.user !== undefined && !spec.user.split(":").every(isNumber)) {
    field.at("user").refuse("must be numbers: a pod knows no names of users", {
      given: spec.user,
      allowed: '"1000", "1000:1000"',
      cure: "docker run --rm --entrypoint id IMAGE NAME tells them",
    });
  }
  const names = (spec.groupAdd ?? []).filter((group) => !isNumber(group));
  if (names.length === 0) return;
  field.at("group_add").refuse("must be numbers: a pod knows no names of groups", {
    given: names.join(", "),
  });
}

function checkSecurity({ spec, field }: ServiceDraft): void {
  const known = /^(no-new-privileges([:=]true)?|seccomp[:=]unconfined)$/;
  const others = (spec.securityOpt ?? []).filter((option) => !known.test(option));
  if (others.length === 0) return;
  field.at("security_opt").refuse("is not supported on Kubernetes", {
    given: others.join(", "),
    allowed: "no-new-privileges:true, seccomp:unconfined",
    cure: "Leave the others out there, with !reset in a file of its own (slipway:compose)",
  });
}

function checkGpus({ spec, field }: ServiceDraft): void {
  if (spec.gpus === undefined || /^\d+$/.test(spec.gpus)) return;
  field.findings.fault(`${field.path}.gpus`, "must be a number: the cluster chooses which", {
    given: spec.gpus,
    allowed: "[{count: 1}]",
  });
}

function checkHosts({ spec, field }: ServiceDraft): void {
  for (const { host, ip } of spec.extraHosts) {
    if (isIP(ip) !== 0) continue;
    field.at("extra_hosts").refuse(`${host} must be an address: a pod has no host of its own`, {
      given: ip,
      allowed: "an IP address",
      cure: "Hand the name over in environment, or leave it out",
    });
  }
}

/** A label is an annotation there, a variable the key of a ConfigMap or Secret. */
function checkKeys({ spec, field }: ServiceDraft): void {
  for (const name of Object.keys(spec.environment)) {
    if (/^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(name)) continue;
    field.findings.fault(`${field.path}.environment.${name}`, "is no name on Kubernetes", {
      allowed: "letters, digits, - _ and ., not beginning with a digit",
    });
  }
  for (const name of Object.keys(spec.labels)) {
    if (ANNOTATION.test(name)) continue;
    field.findings.fault(`${field.path}.labels.${name}`, "cannot become an annotation", {
      allowed: "letters, digits, - _ and ., at most 63; a domain and / may stand before",
      cure: "Leave it out there, with !reset in a file of its own (slipway:compose)",
    });
  }
}

const ANNOTATION =
  /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[a-zA-Z0-9]([a-zA-Z0-9._-]{0,61}[a-zA-Z0-9])?$/;

/** What the kubelet lets through by itself. */
const SAFE =
  /^(kernel\.shm_rmid_forced|net\.ipv4\.(ip_local_port_range|tcp_syncookies|ping_group_range|ip_unprivileged_port_start|ip_local_reserved_ports|tcp_keepalive_(time|intvl|probes)|tcp_fin_timeout|tcp_[rw]mem))$/;

function checkSysctls({ spec, field }: ServiceDraft): void {
  for (const name of Object.keys(spec.sysctls)) {
    if (SAFE.test(name)) continue;
    field.findings.warn(
      `${field.path}.sysctls.${name}`,
      "nodes refuse the pod, unless their kubelet has it in --allowed-unsafe-sysctls",
    );
  }
}

/** A claim is attached to one node at a time. */
function checkVolumes({ spec, field }: ServiceDraft): void {
  if (spec.volumes.length === 0 || spec.role === "accessory") return;
  if (spec.role !== "app" && spec.replicas === 1) return;
  const who = spec.role === "app" ? "both slots" : "its pods";
  field
    .at("volumes")
    .warn(`${who} mount it at once: on several nodes the claim attaches to one alone`);
}

function checkPublished({ spec, ports }: ServiceDraft): void {
  if (spec.role !== "accessory") return;
  for (const { host, field } of ports) {
    if (host === undefined) continue;
    field.warn(
      `port ${host} of an accessory is not published on Kubernetes: kubectl port-forward leads there`,
    );
  }
}

/** A name leads to a service by a Service, which lists its ports. */
function checkKnown({ spec, field }: ServiceDraft, drafts: ServiceDraft[]): void {
  if (spec.role !== "app" || portNumbers(spec).length > 0) return;
  const others = drafts.filter((draft) =>
    draft.spec.dependsOn.some(({ service }) => service === spec.name),
  );
  if (others.length === 0) return;
  const names = others.map((draft) => draft.spec.name).join(", ");
  field.warn(`no port of it is known, so ${names} cannot reach it: declare it under expose`);
}

function checkMode({ field }: ServiceDraft): void {
  const mode = field.at("deploy").at("mode");
  if (mode.value === "global") mode.warn("one pod, not one on each node");
}
