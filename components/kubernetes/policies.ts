import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { LABEL } from "../../spec/names";
import { SLOTS } from "../../spec/types";
import type { Run } from "../platform";
import { dns, metadata, options } from "./object";

type Selector = kubernetes.types.input.meta.v1.LabelSelector;

/**
 * Who may send to whom. Anybody to front doors; to the other apps of a slot only that slot, its tasks and workers with it;
 * to accessories whoever works with them, so no front door that only spreads requests; to all else nobody.
 */
export function policies(run: Run, own: pulumi.CustomResourceOptions): void {
  const ours = (labels: Record<string, string> = {}, roles?: string[]): Selector => ({
    matchLabels: { [LABEL.application]: run.spec.name, ...labels },
    ...(roles ? { matchExpressions: [{ key: LABEL.role, operator: "In", values: roles }] } : {}),
  });
  const policy = (what: string, podSelector: Selector, ingress: object[]) => {
    const resource = `policy-${what}`;
    const args = {
      metadata: metadata(run, { name: dns(run.spec.name, what), resource, role: "policy" }),
      spec: { podSelector, policyTypes: ["Ingress"], ingress },
    };
    new kubernetes.networking.v1.NetworkPolicy(resource, args, options("plain", args, own));
  };
  policy("nobody", ours(), []);
  const fronts = { ...ours(), matchExpressions: [{ key: LABEL.front, operator: "Exists" }] };
  policy("front", fronts, [{}]);
  for (const slot of SLOTS) {
    const inSlot = { [LABEL.slot]: slot };
    policy(slot, ours(inSlot, ["app"]), [{ from: [{ podSelector: ours(inSlot) }] }]);
  }
  const users = ours({}, ["app", "worker", "task", "accessory"]);
  policy("accessory", ours({}, ["accessory"]), [{ from: [{ podSelector: users }] }]);
}
