import { basename, relative, resolve, sep } from "node:path";

import { buildHash, type Build } from "./buildHash";
import { statOf } from "./disk";
import { isMap, present, sortedMap, type Field } from "./field";
import { knownKeys } from "./keys";
import { BUILD_KEYS, BUILD_SECRET_KEYS } from "./partKeys";
import { readHosts } from "./process";
import type { Secrets } from "./secrets";
import { mirrored } from "./mirrors";
import { imageReference } from "./names";
import type { Findings } from "./findings";
import type { ImageSource, Promoted, Text } from "./types";

export interface ImageContext {
  application: string;
  /** Folder of the first Compose file. */
  directory: string;
  mirrors: Record<string, string>;
  /** Host and path that built images are pushed below. */
  registry?: string;
  /** What makes every image another one. */
  parts: Pick<Build, "platforms" | "attest">;
  /** `slipway:images` */
  overrides: Record<string, string>;
  /** What another stack runs goes before building. */
  promoted?: Promoted;
  /** Whether build contexts are read to the last byte; without it a source has no hash. */
  hashes: boolean;
  /** Value of a build argument that is named without one. */
  variable(name: string): string | undefined;
  /** Top level of the Compose tree. */
  compose: Field;
  secrets: Secrets;
}

/** Where a service's image comes from. */
export function readImage(
  name: string,
  service: Field,
  context: ImageContext,
): ImageSource | undefined {
  const [build, image] = [service.at("build"), service.at("image")];
  if (Object.hasOwn(context.overrides, name)) {
    const named = referenced(context.overrides[name], context);
    return build.absent ? named : { ...named, built: true };
  }
  if (!build.absent && context.promoted)
    return promotedImage(name, context.promoted, service.findings);
  if (!build.absent) {
    if (!image.absent) {
      image.warn("does not name the build; slipway:images deploys an image that was pushed");
    }
    return readBuild(name, build, context);
  }
  const reference = image.text();
  if (reference === undefined) {
    if (image.absent) {
      const cure = "Write image: NAME:TAG, or build: FOLDER";
      service.findings.fault(service.path, "has neither image nor build", { cure });
    }
    return undefined;
  }
  if (!/^[a-z0-9][\w.:/@-]*$/.test(reference)) {
    return image.refuse("is no image reference", { allowed: "registry/name:tag, name@sha256:..." });
  }
  if (/^[^@:]+(:latest)?$|\/[^@:]+(:latest)?$/.test(reference)) {
    image.warn(`${reference} can change without a new release: name a version or a digest`);
  }
  return referenced(reference, context);
}

function promotedImage(
  name: string,
  { from, images }: Promoted,
  findings: Findings,
): ImageSource | undefined {
  if (Object.hasOwn(images, name)) {
    return { kind: "reference", reference: images[name], built: true };
  }
  const pushed = Object.keys(images).sort().join(", ");
  return findings.fault("slipway:images.from", `stack ${from} runs no pushed image of "${name}"`, {
    given: from,
    allowed: pushed === "" ? "a stack with slipway:registry that was deployed" : `it has ${pushed}`,
    cure: `Deploy it there first, with slipway:registry; or name an image: pulumi config set --path slipway:images.${name} IMAGE`,
  });
}

function referenced(reference: string, context: ImageContext) {
  return { kind: "reference" as const, reference: mirrored(reference, context.mirrors) };
}

const REMOTE = /^(https?:|git@|git:|ssh:)/;

function readBuild(name: string, build: Field, context: ImageContext): ImageSource | undefined {
  build.checkKeys(knownKeys(BUILD_KEYS));
  const given = build.at("context").text() ?? ".";
  if (REMOTE.test(given)) {
    return build.at("context").refuse("must be a folder", { cure: "Check the repository out" });
  }
  const folder = resolve(context.directory, given);
  if (!statOf(folder)?.isDirectory()) {
    return build.at("context").refuse("no such folder", { given: folder });
  }
  const inline = build.at("dockerfile_inline").text();
  const file = resolve(folder, build.at("dockerfile").text() ?? "Dockerfile");
  if (inline !== undefined && !build.at("dockerfile").absent) {
    return build.at("dockerfile_inline").refuse("stands beside dockerfile: one of them is enough");
  }
  if (inline === undefined && !statOf(file)?.isFile()) {
    return build.at("dockerfile").refuse("no such file", { given: file });
  }
  const parts = {
    context: folder,
    // It may lie outside the context, as with BuildKit.
    dockerfile: inline === undefined ? posix(relative(folder, file)) : "",
    inline,
    args: readArgs(build.at("args"), context),
    target: build.at("target").text(),
    contexts: readContexts(build.at("additional_contexts"), context),
    labels: someMap(build.at("labels").textMap()),
    network: build.at("network").oneOf(["default", "host", "none"] as const),
    extraHosts: someList(readHosts(build.at("extra_hosts"))),
    ...context.parts,
  };
  const whole = { ...parts, mirrors: context.mirrors };
  const hash = context.hashes ? tryHash(build, whole) : "";
  return present<ImageSource>({
    kind: "build",
    ...parts,
    secrets: readSecrets(build.at("secrets"), context),
    hash,
    reference: imageReference(context.application, name, hash, context.registry),
  });
}

const someList = <T>(list: T[]) => (list.length > 0 ? list : undefined);
const someMap = <T>(map: Record<string, T>) =>
  Object.keys(map).length > 0 ? sortedMap(map) : undefined;

/** Further contexts by name: folders of this machine, and images. */
function readContexts(field: Field, context: ImageContext): Record<string, string> | undefined {
  const contexts = field.entries().flatMap(([name, entry]): [string, string][] => {
    const text = entry.text() ?? "";
    const image = /^docker-image:\/\/(.+)$/.exec(text)?.[1];
    if (image) return [[name, `docker-image://${mirrored(image, context.mirrors)}`]];
    if (/^[a-z-]+:/.test(text) || REMOTE.test(text)) {
      const allowed = "a folder, docker-image://reference";
      return entry.refuse("cannot be had by the builder here", { allowed }) ?? [];
    }
    const folder = resolve(context.directory, text);
    if (statOf(folder)?.isDirectory()) return [[name, folder]];
    return entry.refuse("no such folder", { given: folder }) ?? [];
  });
  return someMap(Object.fromEntries(contexts));
}

/** What the build may read without keeping it: id -> value of one of Compose's secrets. */
function readSecrets(field: Field, context: ImageContext): Record<string, Text> | undefined {
  const secrets = field.list().flatMap((entry): [string, Text][] => {
    const long = isMap(entry.value);
    if (long) entry.checkKeys(knownKeys(BUILD_SECRET_KEYS));
    const source = long ? entry.at("source").text() : entry.text();
    if (source === undefined) return long ? (entry.refuse("has no source") ?? []) : [];
    const definition = context.compose.at("secrets").at(source);
    if (definition.value === undefined) {
      const cure = "Add it to the top-level secrets";
      return entry.refuse(`${source} is not declared`, { cure }) ?? [];
    }
    const text = context.secrets.mounted(source, definition);
    const id = (long ? entry.at("target").text() : undefined) ?? source;
    return text === undefined ? [] : [[basename(id), text]];
  });
  return someMap(Object.fromEntries(secrets));
}

function tryHash(field: Field, build: Build): string {
  try {
    return buildHash(build);
  } catch (error) {
    field.at("context").refuse("cannot be read", { given: (error as Error).message });
    return "";
  }
}

function readArgs(args: Field, context: ImageContext): Record<string, string> {
  return Object.fromEntries(
    args.entries().flatMap(([name, entry]): [string, string][] => {
      if (typeof entry.value === "boolean") return [[name, String(entry.value)]];
      const value = entry.absent ? context.variable(name) : entry.text();
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

const posix = (path: string) => path.split(sep).join("/");
