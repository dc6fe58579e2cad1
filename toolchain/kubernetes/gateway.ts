import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import execa from "execa";
import { withLock } from "../lock";
import { builtBinary } from "../parts";
import { goRoot } from "../paths";
import type { Report } from "../progress";
import { type Cluster, kubectl } from "./cluster";
import { start } from "./processes";
import { adminKubeconfig, inCluster, json } from "./settings";
import { until } from "./until";

/** Seconds in which it has to take requests. */
const TIMEOUT = 60;

/** What stands before applications, for Ingress and HTTPRoute alike. */
export interface Gateway {
  /** On this machine's loopback. */
  port: number;
  ingressClass: string;
  name: string;
  namespace: string;
}

const GATEWAY: Gateway = {
  port: 24_580,
  ingressClass: "traefik",
  name: "gateway",
  namespace: "default",
};

/** Traefik, as a process of this machine: it reaches pods by their addresses. It ends with the cluster. */
export async function startGateway(cluster: Cluster, report: Report = () => {}): Promise<Gateway> {
  const traefik = await builtBinary("traefik");
  return withLock("gateway", report, async () => {
    if (await takesConnections()) return GATEWAY;
    for (const file of await definitions()) {
      await kubectl(cluster, ["apply", "--server-side", "-f", file]);
    }
    await kubectl(cluster, ["apply", "-f", "-"], objects());
    start("traefik", [
      "env",
      `KUBECONFIG=${adminKubeconfig()}`,
      traefik,
      `--entrypoints.web.address=127.0.0.1:${GATEWAY.port}`,
      "--providers.kubernetesingress=true",
      "--providers.kubernetesgateway=true",
      // A flip is seen at once.
      "--providers.providersthrottleduration=100ms",
      "--global.checknewversion=false",
      "--global.sendanonymoususage=false",
      `--log.filepath=${inCluster("logs", "traefik.own.log")}`,
    ]);
    await until("the gateway takes requests", TIMEOUT, takesConnections);
    return GATEWAY;
  });
}

/** The Gateway API's own, of the version that Traefik was built with. */
async function definitions(): Promise<string[]> {
  const args = ["mod", "download", "-json", "sigs.k8s.io/gateway-api"];
  const env = { GOWORK: "off" };
  const { stdout } = await execa("go", args, { cwd: path.join(goRoot, "traefik"), env });
  const { Dir } = JSON.parse(stdout) as { Dir: string };
  const folder = path.join(Dir, "config/crd/standard");
  return fs.readdirSync(folder).map((file) => path.join(folder, file));
}

function objects(): string {
  const { name, namespace, port, ingressClass } = GATEWAY;
  const listener = {
    name: "web",
    protocol: "HTTP",
    port,
    allowedRoutes: { namespaces: { from: "All" } },
  };
  const items = [
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "GatewayClass",
      metadata: { name: ingressClass },
      spec: { controllerName: "traefik.io/gateway-controller" },
    },
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "Gateway",
      metadata: { name, namespace },
      spec: { gatewayClassName: ingressClass, listeners: [listener] },
    },
    {
      apiVersion: "networking.k8s.io/v1",
      kind: "IngressClass",
      metadata: { name: ingressClass },
      spec: { controller: "traefik.io/ingress-controller" },
    },
  ];
  return json({ apiVersion: "v1", kind: "List", items });
}

const takesConnections = () =>
  new Promise<boolean>((resolve) => {
    const socket = net.connect(GATEWAY.port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
