import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { publishedPorts } from "../../spec/shared";
import type { Run } from "../platform";
import { metadata, options } from "./object";

/** A Gateway's way to the one Service, in place of an Ingress. Its https is the Gateway's own. */
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
      rules: [{ backendRefs: [{ name: edge.metadata.name, port: port! }] }],
    },
  };
  new kubernetes.apiextensions.CustomResource("route", args, options("plain", args, own));
}
