import { digestsOf } from "../../spec/history";
import { isAt, isLocal, registryOf } from "../../spec/registry";
import type { HostRegistry, ReleaseRecord } from "../../spec/types";
import type { Asked } from "../platform";
import { registryRefusal } from "./registry";
import type { Transport } from "./transport";

/** Which built images can be had: on the engine, or from the registry that they were pushed to. */

export type KnownRecord = Omit<ReleaseRecord, "missingImages">;

/** Ids, tags and digests of all images of the engine. */
export async function imagesOn({ docker }: Transport): Promise<Set<string>> {
  const images = await docker.listImages();
  return new Set(
    images.flatMap(({ Id, RepoTags, RepoDigests }) => [
      Id,
      ...(RepoTags ?? []),
      ...(RepoDigests ?? []),
    ]),
  );
}

export async function builtImages(
  transport: Pick<Transport, "docker">,
  records: KnownRecord[],
  images: ReadonlySet<string>,
  asked: Asked,
  host?: HostRegistry,
) {
  // What was pulled by its digest bears no tag.
  const untagged = records.flatMap(pushedImages).filter(([, digest]) => images.has(digest));
  const present = new Set([...images, ...untagged.map(([reference]) => reference)]);
  const refusals = await registryRefusals(transport, records, present, asked, host);
  const served = [...refusals].filter(([, reason]) => reason === undefined).map(([name]) => name);
  const reasons = asked.pushed.flatMap((name) => {
    const reason = refusals.get(name);
    return reason === undefined ? [] : [[name, reason] as const];
  });
  return {
    unserved: Object.fromEntries(reasons),
    /** Service -> reference, and the registry's words; empty when the release can be made. */
    missingOf: (record: KnownRecord) => missingImages(record, present, refusals),
    /** Of this application, sorted. */
    referencesOf: (application: string) =>
      [...present, ...served]
        .filter((reference) => reference.split("/").pop()!.startsWith(`${application}-`))
        .sort(),
  };
}

/** Built images exist nowhere else; those taken by reference can be pulled again, so they never count as lost. */
function missingImages(
  record: KnownRecord,
  present: Set<string>,
  refusals: Refusals,
): Record<string, string> {
  const digests = digestsOf(record);
  return Object.fromEntries(
    record.content.services
      .filter((service) => service.image.kind === "build" || isLocal(service.image.reference))
      .flatMap(({ name, image: { reference } }) => {
        const wanted = digests[name] ?? reference;
        if (present.has(wanted) || present.has(reference)) return [];
        if (!refusals.has(wanted)) return [[name, wanted]];
        const reason = refusals.get(wanted);
        return reason === undefined ? [] : [[name, `${wanted}: ${reason}`]];
      }),
  );
}

/** The builds of a release: reference -> name@digest where it was pushed, else the same again. */
function pushedImages(record: KnownRecord): [reference: string, wanted: string][] {
  const digests = digestsOf(record);
  return record.content.services
    .filter(({ image }) => image.kind === "build")
    .map(({ name, image: { reference } }) => [reference, digests[name] ?? reference]);
}

/** What was asked of registries: undefined = it serves the image. */
type Refusals = Map<string, string | undefined>;

/** Only about what the engine lacks: usually nothing. */
async function registryRefusals(
  { docker }: Pick<Transport, "docker">,
  records: KnownRecord[],
  present: Set<string>,
  { pushed, logins, hostRegistry }: Asked,
  host?: HostRegistry,
): Promise<Refusals> {
  const recorded = records.flatMap(pushedImages).map(([, digest]) => digest);
  const lacking = [...new Set([...pushed, ...recorded])].filter(
    (reference) => registryOf(reference) !== undefined && !present.has(reference),
  );
  // One that does not run will, before anybody pulls: it has what it was given.
  const isDown = (reference: string) =>
    host !== undefined && host.state !== "running" && isAt(reference, hostRegistry);
  const refusal = async (reference: string) => {
    if (!isDown(reference)) return registryRefusal(docker, reference, logins);
    return host?.kept ? undefined : "the registry on the host is gone";
  };
  return new Map(
    await Promise.all(
      lacking.map(async (reference) => [reference, await refusal(reference)] as const),
    ),
  );
}
