import type * as builtSide from "../docker/built";
import type * as transportSide from "../docker/transport";
import type { ReleaseRecord } from "../../spec/types";
import type { Asked } from "../platform";

export interface Built {
  /** References that need not be built. */
  references: string[];
  /** Service -> why its image cannot be had. */
  missingOf(record: ReleaseRecord): Record<string, string>;
}

const UNASKED: Built = { references: [], missingOf: () => ({}) };

/**
 * Which built images the registry serves. It is asked through the engine of whoever runs this, as they are pushed;
 * what lies on that engine alone is in no cluster, and does not count.
 */
export async function builtImages(
  records: ReleaseRecord[],
  application: string,
  asked: Asked,
): Promise<Built> {
  if (asked.pushed.length === 0 && records.flatMap(buildsOf).length === 0) return UNASKED;
  /* eslint-disable @typescript-eslint/no-require-imports -- loaded only when used */
  const { localEngine } = require("../docker/transport") as typeof transportSide;
  const docker = await localEngine();
  if (!docker) return UNASKED;
  const side = require("../docker/built") as typeof builtSide;
  /* eslint-enable @typescript-eslint/no-require-imports */
  const found = await side.builtImages({ docker }, records, new Set(), asked);
  return {
    references: found.referencesOf(application),
    missingOf: (record) => {
      const names = buildsOf(record);
      const missing = Object.entries(found.missingOf(record));
      return Object.fromEntries(missing.filter(([name]) => names.includes(name)));
    },
  };
}

/** Names of the services that are built. */
const buildsOf = ({ content }: ReleaseRecord) =>
  content.services.filter(({ image }) => image.kind === "build").map(({ name }) => name);
