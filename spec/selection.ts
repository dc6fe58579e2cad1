import { differences } from "./differences";
import { hasServed, isHeld, lastEvent } from "./history";
import { asRelease } from "./release";
import type {
  ApplicationSpec,
  DeployPlan,
  Fault,
  Observation,
  Release,
  ReleaseRecord,
} from "./types";

/** Which release a run is about: the one described, or the retained one that `slipway:release` names. */
export function selectRelease(
  spec: ApplicationSpec,
  wanted: Release,
  records: ReleaseRecord[],
): { release: Release } | { faults: Fault[] } {
  if (spec.release !== undefined) return pinned(spec.release, records);
  const namesake = records.find(
    (record) =>
      spec.version !== undefined &&
      record.id !== wanted.id &&
      record.content.version === spec.version &&
      hasServed(record),
  );
  if (namesake) {
    return {
      faults: [
        {
          path: "slipway:version",
          what: `release ${namesake.id} bears this version, with other content: ${differences(namesake.content, wanted.content).join("; ")}`,
          given: spec.version!,
          cure: `Give what you have now a new version (pulumi config set version ...), or go back to that release (pulumi config set release ${namesake.id})`,
        },
      ],
    };
  }
  const record = records.find((candidate) => candidate.id === wanted.id);
  if (record && isHeld(record) && spec.force !== wanted.id) {
    return {
      faults: [
        {
          path: "slipway:force",
          what: `release ${wanted.id} (${wanted.label}) is held: it was rolled back from on ${lastEvent(record, "rolled-back-from")}`,
          cure: `Deploy something newer; or, to deploy it all the same: pulumi config set force ${wanted.id}`,
        },
      ],
    };
  }
  return { release: wanted };
}

/** `slipway:release`: an id, or a version that exactly one served record bears. */
function pinned(
  name: string,
  records: ReleaseRecord[],
): { release: Release } | { faults: Fault[] } {
  const byId = records.filter((record) => record.id === name);
  const found =
    byId.length > 0 ? byId : records.filter((r) => hasServed(r) && r.content.version === name);
  if (found.length === 1) return { release: asStored(found[0]!) };
  const possible = records.filter((record) => hasServed(record) && isWhole(record)).map(nameOf);
  return {
    faults: [
      {
        path: "slipway:release",
        what:
          found.length === 0
            ? "no retained release has this id or version"
            : `${found.length} releases bear this version: ${found.map(nameOf).join(", ")}`,
        given: name,
        allowed: possible.length > 0 ? possible.join(", ") : "none is retained",
        cure: "pulumi config set release <id>, or pulumi config rm release",
      },
    ],
  };
}

/** What would only be found missing half-way: images and secrets of the release that is to be made. */
export function impossible(
  spec: ApplicationSpec,
  kind: DeployPlan["kind"],
  release: Release,
  observation: Observation,
): Fault[] {
  if (kind !== "deploy" && kind !== "first") return [];
  const record = observation.records.find((candidate) => candidate.id === release.id);
  const isOld = spec.release !== undefined;
  const lost = isOld ? Object.entries(record?.missingImages ?? {}) : [];
  const gone = Object.keys(release.content.secrets).filter(
    (name) => !(name in spec.availableSecrets),
  );
  if (lost.length === 0 && gone.length === 0) return [];
  const possible = observation.records
    .filter((r) => r.id !== release.id && hasServed(r) && isWhole(r) && hasSecrets(spec, r))
    .map(nameOf);
  const reasons = [
    ...lost.map(([service, image]) => `the image of "${service}" is gone (${image})`),
    ...gone.map((name) => `the secret ${name} is not in slipway:secrets any more`),
  ];
  return [
    {
      path: "slipway:release",
      what: `release ${release.id} (${release.label}) cannot be deployed: ${reasons.join("; ")}`,
      given: spec.release ?? release.id,
      allowed: possible.length > 0 ? possible.join(", ") : "none of the retained releases",
      cure: "Nothing was changed. Choose one of those, or deploy from source (pulumi config rm release)",
    },
  ];
}

export const asStored = (record: ReleaseRecord): Release => ({
  ...asRelease(record.content),
  id: record.id,
});
const isWhole = (record: ReleaseRecord) => Object.keys(record.missingImages).length === 0;
const hasSecrets = (spec: ApplicationSpec, record: ReleaseRecord) =>
  Object.keys(record.content.secrets).every((name) => name in spec.availableSecrets);
const nameOf = (record: ReleaseRecord) =>
  record.content.version ? `${record.id} (${record.content.version})` : record.id;
