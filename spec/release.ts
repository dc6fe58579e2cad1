import { createHash } from "crypto";
import type { ApplicationSpec, Release, ReleaseContent, ServiceSpec } from "./types";

/** Raise it when the same content is rendered in another way: the change then travels as a deploy. */
export const RENDERER = 1;

/** The release that the description asks for. Nothing in it is known only later. */
export function releaseOf(spec: ApplicationSpec): Release {
  const slotted = spec.services.filter((service) => service.role !== "accessory");
  const accessories = spec.services.filter((service) => service.role === "accessory");
  const content: ReleaseContent = {
    renderer: RENDERER,
    application: spec.name,
    platform: spec.platform,
    ...(spec.version === undefined ? {} : { version: spec.version }),
    services: slotted,
    ingress: spec.ingress,
    networks: spec.networks,
    secrets: spec.secrets,
    accessories: Object.fromEntries(accessories.map((a) => [a.name, a.image.reference])),
    routerImage: spec.docker.routerImage,
  };
  return asRelease(content);
}

export function asRelease(content: ReleaseContent): Release {
  const id = releaseId(content);
  return { id, label: content.version ?? id, content };
}

/** 12 hex digits. Machine-specific words (where the context lies, why a role was chosen) do not count. */
export function releaseId(content: ReleaseContent): string {
  const identity = { ...content, services: content.services.map(identityOf) };
  return createHash("sha256").update(canonical(identity)).digest("hex").slice(0, 12);
}

function identityOf({ reason: _reason, image, ...service }: ServiceSpec) {
  return { ...service, image: image.reference };
}

/** JSON with sorted keys: the same content gives the same text on every machine. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    item !== null && typeof item === "object" && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}

/** A short fingerprint of plain data. */
export function fingerprint(value: unknown): string {
  return createHash("sha256").update(canonical(value)).digest("hex").slice(0, 16);
}
