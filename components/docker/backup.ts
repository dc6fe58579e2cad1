import type * as pulumi from "@pulumi/pulumi";
import { databases } from "../../spec/backups";
import { resourceName } from "../../spec/names";
import type { PlaceInputs, Run } from "../platform";
import { Backup } from "../resources";

/** Dumps as a deploy begins: before accessories, which it may replace, and before the slot with its tasks. */
export function backup(
  run: Run,
  place: PlaceInputs,
  options: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const { spec, plan, observation } = run;
  const names = databases(spec);
  if (!spec.backup.beforeDeploy || names.length === 0) return [];
  const args = {
    ...place,
    ...(plan.kind === "deploy" ? { deploy: run.attempt } : {}),
    databases: names.map((accessory) => {
      const logical = resourceName.accessory(accessory);
      const there = observation.accessories.find(
        ({ id, resource, running }) =>
          resource === logical && running && observation.settled[logical] === id,
      );
      return { accessory, ...(there ? { unit: there.id } : {}) };
    }),
    keep: spec.backup.keep,
    secrets: run.secrets.values,
  };
  return [new Backup("backup", args, options)];
}
