import { STOP_GRACE_SECONDS } from "./defaults";
import { readVariables, type EnvironmentContext } from "./environment";
import { isMap, present, sortedMap, type Field } from "./field";
import { knownKeys } from "./keys";
import { LABEL_PREFIX } from "./names";
import { DEVICE_KEYS, LOGGING_KEYS, ULIMIT_KEYS } from "./partKeys";
import type { Device, HostEntry, Logging, ServiceSpec } from "./types";

/** How the process runs, key by key as in Compose. */
export function readProcess(field: Field, context: EnvironmentContext) {
  return {
    stopGracePeriod: field.at("stop_grace_period").duration() ?? STOP_GRACE_SECONDS,
    stopSignal: field.at("stop_signal").text(),
    user: field.at("user").text(),
    workingDir: field.at("working_dir").text(),
    hostname: field.at("hostname").text(),
    domainname: field.at("domainname").text(),
    init: field.at("init").boolean(),
    tty: field.at("tty").boolean(),
    stdinOpen: field.at("stdin_open").boolean(),
    readOnly: field.at("read_only").boolean(),
    privileged: field.at("privileged").boolean(),
    capAdd: field.at("cap_add").texts().sort(),
    capDrop: field.at("cap_drop").texts().sort(),
    groupAdd: given(field.at("group_add").texts().sort()),
    securityOpt: given(field.at("security_opt").list().flatMap(readSecurityOption)),
    runtime: field.at("runtime").text(),
    ipc: readIpc(field.at("ipc")),
    devices: given(field.at("devices").list().flatMap(readDevice)),
    dns: given(field.at("dns").texts()),
    dnsSearch: given(field.at("dns_search").texts()),
    dnsOptions: given(field.at("dns_opt").texts()),
    extraHosts: readHosts(field.at("extra_hosts")),
    shmSize: field.at("shm_size").bytes(),
    storageOpt: givenMap(field.at("storage_opt").textMap()),
    sysctls: field.at("sysctls").textMap(),
    ulimits: readUlimits(field.at("ulimits")),
    logging: readLogging(field.at("logging")),
    labels: readLabels(field, context),
  };
}

/** Later keys are absent unless given: an empty one would change the id of every release. */
const given = <T>(list: T[]): T[] | undefined => (list.length > 0 ? list : undefined);
const givenMap = (map: Record<string, string>) =>
  Object.keys(map).length > 0 ? sortedMap(map) : undefined;

const SECURITY_OPTION =
  /^(no-new-privileges([:=](true|false))?|label[:=]\S+|apparmor[:=]\S+|seccomp[:=]unconfined|systempaths[:=]unconfined)$/;

function readSecurityOption(entry: Field): string[] {
  const text = entry.text();
  if (text === undefined) return [];
  if (!SECURITY_OPTION.test(text)) {
    const allowed = "no-new-privileges:true, label:..., apparmor:..., seccomp:unconfined";
    return entry.refuse("is not supported", { allowed }) ?? [];
  }
  if (text.endsWith("unconfined")) entry.warn("takes a protection of the host away");
  return [text];
}

const OWN_IPC = ["private", "shareable"] as const;

function readIpc(field: Field): ServiceSpec["ipc"] {
  const text = field.text();
  const known = OWN_IPC.find((mode) => mode === text);
  if (text === undefined || known) return known;
  return field.refuse("would share memory outside its slot", {
    allowed: OWN_IPC.join(", "),
    cure: "For more shared memory say shm_size: 1g",
  });
}

const PERMISSIONS = "rwm";

function readDevice(entry: Field): Device[] {
  const long = isMap(entry.value);
  if (long) entry.checkKeys(knownKeys(DEVICE_KEYS));
  const [host, container = host, permissions = PERMISSIONS] = long
    ? ["source", "target", "permissions"].map((key) => entry.at(key).text())
    : (entry.text()?.split(":") ?? []);
  if (!host?.startsWith("/dev/") || !container?.startsWith("/")) {
    return entry.refuse("is no device of the host", { allowed: "/dev/x, /dev/x:/dev/y:rw" }) ?? [];
  }
  if (!/^[rwm]{1,3}$/.test(permissions)) {
    return entry.refuse("has strange permissions", { allowed: "r, w, m" }) ?? [];
  }
  return [{ host, container, permissions }];
}

/** Names with their addresses. */
export function readHosts(field: Field): HostEntry[] {
  return field.entries().flatMap(([host, entry]) => {
    const addresses = Array.isArray(entry.value) ? entry.texts() : [entry.text() ?? ""];
    return addresses.map((ip) => ({ host, ip }));
  });
}

function readLabels(service: Field, context: EnvironmentContext): Record<string, string> {
  const labels = new Map<string, string>();
  for (const file of service.at("label_file").list()) {
    for (const [name, text] of readVariables(file, context)) {
      if (typeof text === "string") labels.set(name, text);
      else file.refuse("holds a secret, which would be kept in plain sight", { given: name });
    }
  }
  const field = service.at("labels");
  for (const [name, value] of Object.entries(field.textMap())) labels.set(name, value);
  for (const name of labels.keys()) {
    if (name.startsWith(LABEL_PREFIX)) {
      field.at(name).refuse(`labels that begin with ${LABEL_PREFIX} are taken`);
    }
    // A proxy of the user's own that reads labels knows nothing of slots.
    if (/^traefik\.(http|tcp|udp)\.|^caddy\b|^VIRTUAL_HOST$/.test(name)) {
      field
        .at(name)
        .warn("a proxy that follows it sends requests to both slots: use x-slipway.ingress");
    }
  }
  return sortedMap(Object.fromEntries(labels));
}

function readUlimits(field: Field): ServiceSpec["ulimits"] {
  return field.entries().flatMap(([name, entry]) => {
    if (isMap(entry.value)) entry.checkKeys(knownKeys(ULIMIT_KEYS));
    const single = typeof entry.value === "object" ? undefined : entry.integer(-1);
    const soft = single ?? entry.at("soft").integer(-1);
    const hard = single ?? entry.at("hard").integer(-1);
    if (soft !== undefined && hard !== undefined) return [{ name, soft, hard }];
    entry.refuse("must be a number, or soft and hard");
    return [];
  });
}

function readLogging(field: Field): Logging | undefined {
  if (field.absent) return undefined;
  field.checkKeys(knownKeys(LOGGING_KEYS));
  const driver = field.at("driver").text();
  if (driver === "none") field.warn("errors cannot quote the log of a failed release");
  return present({ driver, options: sortedMap(field.at("options").textMap()) });
}
