import { basename, dirname, resolve } from "node:path";
import { parse } from "yaml";

import { readCompose } from "./compose";
import { dockerHost, readSettings, type ConfigSource, type Settings } from "./config";
import { COMPOSE_FILE, COMPOSE_FILES } from "./defaults";
import { readIfFile, statOf } from "./disk";
import { withDotenv } from "./dotenv";
import { formatFault } from "./fault";
import { isMap, present, sortedMap, type Field } from "./field";
import { Findings } from "./findings";
import { tellForm } from "./form";
import { readGithub } from "./github";
import { readIngress } from "./ingress";
import { plainValue, type Lookup } from "./interpolate";
import { mirrored } from "./mirrors";
import { APPLICATION_NAME, APPLICATION_NAME_ALLOWED } from "./names";
import { Positions } from "./position";
import { activeProfiles, inactiveServices } from "./profiles";
import { fingerprints, Secrets } from "./secrets";
import { readService, type ServiceContext, type ServiceDraft } from "./service";
import { readTls } from "./tls";
import { imageParts, readBuilds } from "./builds";
import { isAt } from "./registry";
import { readLogins, registryFor } from "./registrySettings";
import { readSupplyChain } from "./supplyChain";
import type { ApplicationSpec, Fault, Git, Promoted, ServiceSpec } from "./types";
import { validate } from "./validate";
import { NO_GIT, settledVersion } from "./version";

export type { ConfigSource } from "./config";

export interface LoadInput {
  /** The project folder. */
  directory: string;
  stack: string;
  config: ConfigSource;
  /** false: build contexts are not read, for those who need no release. @default true */
  hashes?: boolean;
  /** Images to take instead of building; absent = what `slipway:images.from` says is not known here. */
  promoted?: Promoted;
  /** Folder that files are named from in faults. @default directory */
  base?: string;
  /** Of the project folder. @default it knows nothing */
  git?: Git;
  /** `process.env` */
  environment: Record<string, string | undefined>;
}

export interface Loaded {
  spec: ApplicationSpec;
  /** Name -> value: all of `slipway:secrets`, and what Compose secrets take from files and variables. */
  secrets: Record<string, string>;
  /** Faults that are found later, with the places where they stand in the user's files. */
  located(faults: readonly Fault[]): Fault[];
}

/** All that can be said of a description, faults or not. */
export interface Read {
  findings: Findings;
  /** Absolute paths of the Compose files. */
  files: string[];
  settings?: Settings;
  /** The merged Compose tree. */
  compose?: Field;
  /** Names of the services that are described and wanted. */
  names: string[];
  /** What could be read; with faults it is not complete. */
  found?: Loaded & { drafts: ServiceDraft[] };
}

/** Reads and checks everything. @throws UserFaults with all faults at once. */
export function loadApplication(input: LoadInput): Loaded {
  const { findings, found } = readApplication(input);
  findings.throwIfAny(`Stack ${input.stack} cannot be deployed as described`);
  if (found === undefined) throw new Error("reading stopped without a fault");
  const warnings = findings.warnings.map(formatFault);
  return { ...found, spec: { ...found.spec, warnings } };
}

/** Reads and checks as far as it goes. */
export function readApplication(input: LoadInput): Read {
  const findings = new Findings(input.base ?? input.directory);
  const read: Read = { findings, files: [], names: [] };
  const positions = new Positions(() => read.files, {
    stackFile: stackFile(input),
    projectFile: resolve(input.directory, "Pulumi.yaml"),
  });
  findings.locate = (path) => positions.find(path);
  const settings = readSettings(input.config, findings);
  if (settings === undefined) return read;
  read.settings = settings;
  findings.platform = settings.platform;
  checkPlainSecrets(input, findings);
  if (settings.images.from === input.stack) {
    findings.fault("slipway:images.from", "is this stack itself", {
      given: input.stack,
      cure: "Name the stack to promote from",
    });
  }
  read.files = composeFiles(settings, input.directory);
  const directory = dirname(read.files[0]);
  const lookup = lookupOf(settings, directory, input.environment);
  const compose = readCompose(read.files, lookup, findings);
  if (compose === undefined) return read;
  read.compose = compose;
  positions.merged = compose.value;
  const services = compose.at("services");
  if (!isMap(services.value) || services.entries().length === 0) {
    services.refuse("must be a map with at least one service");
    return read;
  }

  const application = applicationName(settings, compose, directory, findings);
  const secrets = new Secrets(settings.secrets, directory, lookup);
  const inactive = inactiveServices(compose, activeProfiles(settings.profiles, lookup));
  const { version: wanted } = settings;
  const git = input.git ?? NO_GIT;
  const version = settledVersion(wanted, "slipway:version", input.directory, git, findings);
  const context: ServiceContext = {
    application,
    version,
    git,
    directory,
    settings,
    compose,
    lookup,
    secrets,
    inactive,
    mirrors: settings.mirrors,
    registry: registryFor(settings)?.server,
    parts: imageParts(settings.builds, settings.mirrors),
    overrides: withoutStack(settings.images),
    promoted: input.promoted,
    hashes: input.hashes ?? true,
    completed: completedServices(compose, inactive),
    variable: (name) => plainValue(lookup(name)),
  };
  read.names = Object.keys(services.value).filter((name) => !inactive.has(name));
  const drafts = readServices(compose, context);
  const spec = specOf(input, drafts, context, findings);
  validate(drafts, spec, compose, settings, findings);
  tellForm(findings.form, findings);
  const located = (faults: readonly Fault[]) => findings.located(faults);
  read.found = { spec, secrets: secrets.values, located, drafts };
  return read;
}

const stackFile = ({ directory, stack }: LoadInput): string =>
  resolve(directory, `Pulumi.${stack}.yaml`);

const withoutStack = ({ from: _from, ...images }: Settings["images"]) =>
  images as Record<string, string>;

/** The files that the config names; of Compose's own names the one that is there. */
function composeFiles({ compose }: Settings, directory: string): string[] {
  const files = compose.map((file) => resolve(directory, file));
  if (compose.join() !== COMPOSE_FILE || statOf(files[0])) return files;
  const others = COMPOSE_FILES.map((file) => resolve(directory, file));
  return [others.find((file) => statOf(file)?.isFile()) ?? files[0]];
}

function specOf(
  input: LoadInput,
  drafts: ServiceDraft[],
  context: ServiceContext,
  findings: Findings,
): ApplicationSpec {
  const { settings, application, compose, secrets } = context;
  const services = drafts.map((draft) => draft.spec);
  const described = compose.at("services").entries().length;
  const isRead = !findings.faults.some(({ path }) => path.includes(".ports["));
  const complete = isRead && drafts.length === described - context.inactive.size;
  const { strategy, backup, docker, mirrors, key } = settings;
  const { used, available } = fingerprints(services, secrets.values, key, findings);
  const ingress = readIngress(drafts, docker.ports, complete, findings);
  const registry = registryFor(settings);
  return present({
    name: application,
    environment: input.stack,
    platform: settings.platform,
    docker: present({
      host: dockerHost(settings, input.environment, findings),
      bind: docker.bind,
      ports: docker.ports,
      proxyImage: mirrored(docker.proxyImage, mirrors),
      routerImage: mirrored(docker.routerImage, mirrors),
    }),
    ...(settings.platform === "kubernetes"
      ? {
          kubernetes: present({
            ...settings.kubernetes,
            namespace: settings.kubernetes.namespace ?? application,
          }),
        }
      : {}),
    ...readTls(settings, ingress, findings),
    ...(registry && services.some(isIn(registry)) ? { registry } : {}),
    logins: readLogins(settings, findings),
    ...readBuilds(settings, services, input.environment, findings),
    supply: readSupplyChain(settings, services, input.directory, findings),
    github: readGithub(settings, input, findings),
    version: context.version,
    release: settings.release,
    force: settings.force,
    adopt: settings.adopt,
    maintenance: settings.maintenance,
    strategy,
    backup,
    services,
    ingress,
    volumes: unique(services.flatMap((service) => service.volumes.map((mount) => mount.volume))),
    networks: readNetworks(services, compose),
    secrets: used,
    availableSecrets: available,
    mirrors: sortedMap(mirrors),
    warnings: [],
  });
}

const isIn =
  ({ server }: { server: string }) =>
  ({ image }: ServiceSpec) =>
    isAt(image.reference, server);

const unique = (names: string[]): string[] => [...new Set(names)].sort();

function readNetworks(services: ServiceSpec[], compose: Field): ApplicationSpec["networks"] {
  const used = services.flatMap((service) => service.networks.map((network) => network.name));
  return unique(used).map((name) => {
    const internal = compose.at("networks").at(name).at("internal").boolean() ?? false;
    return { name, internal };
  });
}

/** A variable is a secret of the stack, else in the environment, else in `.env` beside the first file. */
function lookupOf(
  settings: Settings,
  directory: string,
  environment: Record<string, string | undefined>,
): Lookup {
  const own: Lookup = (name) => {
    if (Object.hasOwn(settings.secrets, name)) return { secret: name };
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
    return value === undefined ? undefined : { value };
  };
  return withDotenv(own, readIfFile(resolve(directory, ".env")) ?? "");
}

function applicationName(
  settings: Settings,
  compose: Field,
  directory: string,
  findings: Findings,
): string {
  const name = settings.name ?? compose.at("name").text() ?? basename(directory).toLowerCase();
  if (!APPLICATION_NAME.test(name)) {
    findings.fault("slipway:name", "the application's name cannot be used", {
      given: name,
      allowed: APPLICATION_NAME_ALLOWED,
      cure: "pulumi config set slipway:name NAME",
    });
  }
  return name;
}

function completedServices(compose: Field, inactive: ReadonlySet<string>): Set<string> {
  const waits = compose
    .at("services")
    .entries()
    .filter(([name]) => !inactive.has(name))
    .flatMap(([, service]) => service.at("depends_on").entries());
  const completed = waits.filter(
    ([, wait]) => wait.at("condition").value === "service_completed_successfully",
  );
  return new Set(completed.map(([name]) => name));
}

function readServices(compose: Field, context: ServiceContext): ServiceDraft[] {
  return compose
    .at("services")
    .entries()
    .filter(([name]) => !context.inactive.has(name))
    .flatMap(([name, service]) => {
      if (!isMap(service.value)) return service.refuse("must be a map") ?? [];
      return readService(name, service, context) ?? [];
    });
}

/** Pulumi only tells that some value of `slipway:secrets` is encrypted; the file tells which is not. */
function checkPlainSecrets(input: LoadInput, findings: Findings): void {
  const text = readIfFile(stackFile(input));
  if (text === undefined) return;
  const content: unknown = parse(text);
  const config = isMap(content) && isMap(content.config) ? content.config : {};
  const secrets = config["slipway:secrets"];
  if (!isMap(secrets) || "secure" in secrets) return;
  for (const [name, value] of Object.entries(secrets)) {
    if (isMap(value) && "secure" in value) continue;
    findings.fault(`slipway:secrets.${name}`, "is kept in plain text", {
      cure: `pulumi config set --secret --path slipway:secrets.${name}`,
    });
  }
}
