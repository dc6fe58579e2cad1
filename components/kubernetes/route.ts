import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { publishedPorts } from "../../spec/shared";
import type { Run } from "../platform";
import { canaryService } from "../../spec/names";
import { metadata, options } from "./object";
import { frontPorts } from "./pod";

/**
 * A Gateway's way to the one Service, in place of an Ingress. Its https is the Gateway's own. With a canary it leads to a
 * second Service, too, which has no share but while Traffic gives it one.
 */
export function route(
  run: Run,
  edge: kubernetes.core.v1.Service,
  own: pulumi.CustomResourceOptions,
): void {
  const { kubernetes: settings, domains, name } = run.spec;
  const gateway = settings?.gateway;
  if (!gateway) return;
  const [port] = publishedPorts(run.plan.edge);
  const { namespace = settings.namespace, section } = gateway;
  const backends = [{ name: edge.metadata.name, port: port!, weight: 100 }];
  if (run.spec.strategy.canary) {
    backends.push({ name: canary(run, own).metadata.name, port: port!, weight: 0 });
  }
  const args = {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: metadata(run, { name, resource: "route", role: "ingress" }),
    spec: {
      parentRefs: [
        {
          group: "gateway.networking.k8s.io",
          kind: "Gateway",
          name: gateway.name,
          namespace,
          ...(section === undefined ? {} : { sectionName: section }),
        },
      ],
      ...(domains.length === 0 ? {} : { hostnames: domains }),
      rules: [{ backendRefs: backends }],
    },
  };
  new kubernetes.apiextensions.CustomResource("route", args, options("plain", args, own));
}

/** Leads nowhere until a candidate gets its share. */
function canary(run: Run, own: pulumi.CustomResourceOptions): kubernetes.core.v1.Service {
  const args = {
    metadata: metadata(run, {
      name: canaryService(run.spec.name),
      resource: "canary",
      role: "canary",
    }),
    spec: { ports: frontPorts(run.plan.edge) },
  };
  return new kubernetes.core.v1.Service("canary", args, options("plain", args, own));
}
