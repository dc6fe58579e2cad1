import type * as pulumi from "@pulumi/pulumi";
import { LABEL } from "../../spec/names";
import type { Slot } from "../../spec/types";
import type { Run } from "../platform";
import { sealed } from "../sealed";

/**
 * How an object comes about in this run. anew: whatever the state or the cluster has of it · changed: in place, by the
 * cluster's own way · asItIs: declared, never touched · plain: as Pulumi's own comparison with the state says.
 */
export type Way = "anew" | "changed" | "asItIs" | "plain";

export interface About {
  name: string;
  /** Logical name of the resource. */
  resource: string;
  role: string;
  service?: string;
  slot?: Slot;
  release?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

/** A name of Compose as an object's: DNS knows no `_`. */
export const dns = (...parts: string[]) => parts.join("-").replaceAll("_", "-").toLowerCase();

/** What every object of ours says about itself. */
export function metadata(run: Run, about: About) {
  return {
    name: about.name,
    namespace: run.spec.kubernetes!.namespace,
    labels: { ...labelsOf(run, about), ...about.labels },
    annotations: {
      // Our gate and our traffic wait, and know better for what.
      "pulumi.com/skipAwait": "true",
      // What a killed run has made is taken over: no state knows of it.
      "pulumi.com/patchForce": "true",
      // Else a deleted object stays until its pods are gone, and takes what was made anew under its name along.
      "pulumi.com/deletionPropagationPolicy": "background",
      [LABEL.attempt]: run.attempt,
      ...about.annotations,
    },
  };
}

export const labelsOf = (run: Run, { resource, role, service, slot, release }: About) => ({
  [LABEL.application]: run.spec.name,
  [LABEL.resource]: resource,
  [LABEL.role]: role,
  ...(service === undefined ? {} : { [LABEL.service]: service }),
  ...(slot === undefined ? {} : { [LABEL.slot]: slot }),
  ...(release === undefined ? {} : { [LABEL.release]: release }),
});

/** The update of an object that is gone fails, so one that may be gone is replaced: its deletion takes that for done. */
export function options(
  way: Way,
  args: object,
  own: pulumi.CustomResourceOptions,
): pulumi.CustomResourceOptions {
  if (way === "asItIs") return sealed(args, own);
  const attempt = `metadata.annotations["${LABEL.attempt}"]`;
  if (way === "plain") return { ...own, ignoreChanges: [attempt] };
  if (way === "changed") return own;
  return { ...own, deleteBeforeReplace: true, replaceOnChanges: [attempt] };
}

interface Named {
  metadata: pulumi.Output<{ name: string; annotations?: Record<string, string> }>;
}

/** As the provider knows it: kind and name, and of which rendering it is. */
export const unitId = (kind: string, { metadata: known }: Named): pulumi.Output<string> =>
  known.apply(({ name, annotations }) => `${kind}/${name}#${annotations?.[LABEL.attempt] ?? ""}`);
