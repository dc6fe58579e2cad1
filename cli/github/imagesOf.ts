import { join } from "node:path";

import { statOf } from "../../spec/disk";
import type { ImageSource, ServiceSpec } from "../../spec/types";
import type { NamedStack } from "../subject";
import type { Image, Trial } from "./facts";
import { describedIn } from "./described";
import { below } from "./paths";

interface Described {
  stack: NamedStack;
  service: ServiceSpec;
  image: Extract<ImageSource, { kind: "build" }>;
}

/** One of each, however many services and stacks run it. */
export function imagesOf(root: string, stacks: readonly NamedStack[]): Image[] {
  const found = new Map<string, Described[]>();
  for (const stack of stacks) {
    for (const service of stack.spec.services) {
      const { image } = service;
      if (image.kind !== "build" || !isOfFilesAlone(root, image)) continue;
      const key = JSON.stringify([image.context, image.dockerfile, image.target]);
      found.set(key, [...(found.get(key) ?? []), { stack, service, image }]);
    }
  }
  return [...found.values()]
    .map((all) => imageOf(root, all))
    .sort((a, b) => (a.service < b.service ? -1 : 1));
}

/**
 * What wants more than files of the repository (secrets, other contexts, arguments, whose values may come from a .env that
 * is not checked in) is built by the deploy alone.
 */
const isOfFilesAlone = (root: string, image: Described["image"]): boolean =>
  image.inline === undefined &&
  Object.keys(image.args).length === 0 &&
  image.secrets === undefined &&
  image.contexts === undefined &&
  !below(root, image.context).startsWith("..") &&
  statOf(image.context)?.isDirectory() === true;

function imageOf(root: string, all: Described[]): Image {
  // The first that can be started tells how.
  const trials = all.map((one) => trialOf(root, one));
  const first = Math.max(
    0,
    trials.findIndex((trial) => trial !== undefined),
  );
  const { service, image } = all[first]!;
  const trial = trials[first];
  return {
    service: service.name,
    scope: image.reference.split("/").pop()!.replace(/:.*$/, ""),
    context: below(root, image.context),
    dockerfile: below(root, join(image.context, image.dockerfile)),
    target: image.target ?? "",
    platforms: [...new Set(all.flatMap((one) => one.image.platforms ?? []))].sort(),
    ...(trial ? { trial } : {}),
  };
}

/** Where `slipway:builds.verify` names services, the others are those that cannot live alone. */
function trialOf(root: string, { stack, service }: Described): Trial | undefined {
  const { spec } = stack;
  const isLeftOut = spec.supply.verified.length > 0 && !spec.supply.verified.includes(service.name);
  if (service.role === "task" || isLeftOut) return undefined;
  const isOther = ({ image, name }: ServiceSpec) => image.kind === "build" && name !== service.name;
  const port = service.health?.test ? undefined : portOf(service);
  return {
    ...describedIn(root, stack),
    accessories: accessoriesOf(service, spec.services),
    others: spec.services.filter(isOther).map(({ name }) => name),
    ...(port === undefined ? {} : { port }),
  };
}

const portOf = ({ health, ports, expose }: ServiceSpec): number | undefined =>
  health?.http?.port ?? ports.find(({ protocol }) => protocol === "tcp")?.container ?? expose[0];

/** What it depends on by itself or by way of others, as far as that is not built. */
function accessoriesOf(service: ServiceSpec, all: readonly ServiceSpec[]): string[] {
  const seen = new Set<string>();
  const visit = ({ dependsOn }: ServiceSpec) => {
    for (const { service: name } of dependsOn) {
      const one = all.find((candidate) => candidate.name === name);
      if (!one || one.image.kind === "build" || seen.has(name)) continue;
      seen.add(name);
      visit(one);
    }
  };
  visit(service);
  return [...seen].sort();
}
