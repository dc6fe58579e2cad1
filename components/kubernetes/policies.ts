import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { LABEL } from "../../spec/names";
import type { Run } from "../platform";
import { dns, metadata, options } from "./object";

/** Who may send to whom: anybody to front doors, this application's own pods to all the others. */
export function policies(run: Run, own: pulumi.CustomResourceOptions): void {
  const { name } = run.spec;
  const ours = { matchLabels: { [LABEL.application]: name } };
  policy(run, "own", ours, [{ podSelector: ours }], own);
  const fronts = { ...ours, matchExpressions: [{ key: LABEL.front, operator: "Exists" }] };
  policy(run, "front", fronts, undefined, own);
}

type Selector = kubernetes.types.input.meta.v1.LabelSelector;

/** @param from undefined = anybody */
function policy(
  run: Run,
  what: string,
  podSelector: Selector,
  from: { podSelector: Selector }[] | undefined,
  own: pulumi.CustomResourceOptions,
): void {
  const resource = `policy-${what}`;
  const args = {
    metadata: metadata(run, { name: dns(run.spec.name, what), resource, role: "policy" }),
    spec: { podSelector, policyTypes: ["Ingress"], ingress: [from === undefined ? {} : { from }] },
  };
  new kubernetes.networking.v1.NetworkPolicy(resource, args, options("plain", args, own));
}
