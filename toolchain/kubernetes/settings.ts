import path from "node:path";
import { stringify as toml } from "smol-toml";
import { cacheRoot } from "../paths";

/** What the parts of the one-node cluster are told, and where each thing of theirs is. No effects. */

/** The node, and with it the API server and the cluster's DNS: an address of the bridge, which Pods reach too. */
export const NODE_ADDRESS = "10.244.0.1";
export const NODE_NAME = "slipway";
export const BRIDGE = "slipway-k8s";
export const POD_RANGE = "10.244.0.0/24";
export const SERVICE_RANGE = "10.96.0.0/16";
/** The Service `kubernetes`: always the first address of the range. */
export const API_SERVICE_ADDRESS = "10.96.0.1";
export const API_PORT = 6443;
export const DOMAIN = "cluster.local";
export const PAUSE_IMAGE = "slipway.local/pause:1";
export const CNI_PLUGINS = "/usr/lib/cni";

/** One cluster per machine: its ports and its bridge are fixed. */
export const clusterFolder = () => path.join(cacheRoot(), "cluster");
export const inCluster = (...names: string[]) => path.join(clusterFolder(), ...names);
export const containerdSocket = () => inCluster("containerd.sock");
/** Of the user that may do everything. */
export const adminKubeconfig = () => inCluster("admin.kubeconfig");
export const certificate = (name: string) => inCluster("pki", `${name}.crt`);
export const keyOf = (name: string) => inCluster("pki", `${name}.key`);
export const kubeconfigOf = (name: string) => inCluster(`${name}.kubeconfig`);

/** Who has a client certificate, as the subject in it. The names are Kubernetes' own: its roles are for them. */
export const CLIENTS: Record<string, string> = {
  admin: "/O=system:masters/CN=admin",
  "kube-controller-manager": "/CN=system:kube-controller-manager",
  "kube-scheduler": "/CN=system:kube-scheduler",
  "kube-proxy": "/CN=system:kube-proxy",
  kubelet: `/O=system:nodes/CN=system:node:${NODE_NAME}`,
};

export const API_SERVER_NAMES = [
  ...["kubernetes", "kubernetes.default", "kubernetes.default.svc"].map((name) => `DNS:${name}`),
  `DNS:kubernetes.default.svc.${DOMAIN}`,
  ...[NODE_ADDRESS, API_SERVICE_ADDRESS].map((address) => `IP:${address}`),
];

/** Files by their name in the cluster's folder. */
export function files(): Record<string, string> {
  return {
    "containerd.toml": toml(containerdConfig()),
    "cni/pods.conflist": json(cniConfig()),
    "kubelet.json": json(kubeletConfig()),
    "kube-proxy.json": json(proxyConfig()),
    Corefile: corefile(),
    // What Pods inherit besides the cluster's own DNS: nothing of this machine's.
    "resolv.conf": `nameserver ${NODE_ADDRESS}\n`,
  };
}

export const json = (value: object) => JSON.stringify(value, undefined, 2);

function containerdConfig() {
  const runc = { runtime_type: "io.containerd.runc.v2", options: runcOptions() };
  return {
    version: 2,
    root: inCluster("containerd"),
    state: inCluster("containerd-run"),
    grpc: { address: containerdSocket() },
    plugins: {
      "io.containerd.internal.v1.opt": { path: inCluster("containerd-opt") },
      "io.containerd.grpc.v1.cri": {
        sandbox_image: PAUSE_IMAGE,
        // Root of a container may lack CAP_SYS_RESOURCE, and the pause container asks for a better score than ours.
        restrict_oom_score_adj: true,
        netns_mounts_under_state_dir: true,
        disable_apparmor: true,
        containerd: { runtimes: { runc } },
        cni: { bin_dir: CNI_PLUGINS, conf_dir: inCluster("cni") },
      },
    },
  };
}

const runcOptions = () => ({ SystemdCgroup: false, Root: inCluster("runc") });

function cniConfig() {
  const ranges = [[{ subnet: POD_RANGE, gateway: NODE_ADDRESS }]];
  const ipam = { type: "host-local", dataDir: inCluster("ipam"), ranges };
  return {
    cniVersion: "0.4.0",
    name: "slipway-pods",
    plugins: [
      {
        type: "bridge",
        bridge: BRIDGE,
        isGateway: true,
        // A Pod may reach itself through its Service.
        hairpinMode: true,
        ipam: { ...ipam, routes: [{ dst: "0.0.0.0/0" }] },
      },
      { type: "portmap", capabilities: { portMappings: true } },
    ],
  };
}

function kubeletConfig() {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: NODE_ADDRESS,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: certificate("ca") },
    },
    authorization: { mode: "Webhook" },
    cgroupDriver: "cgroupfs",
    failCgroupV1: false,
    failSwapOn: false,
    containerRuntimeEndpoint: `unix://${containerdSocket()}`,
    clusterDomain: DOMAIN,
    clusterDNS: [NODE_ADDRESS],
    resolvConf: inCluster("resolv.conf"),
    podLogsDir: inCluster("pod-logs"),
    volumePluginDir: inCluster("volume-plugins"),
    // A rather full disk must neither evict Pods nor delete images that no registry has.
    imageGCHighThresholdPercent: 100,
    evictionHard: {
      "memory.available": "50Mi",
      "nodefs.available": "1%",
      "imagefs.available": "1%",
    },
  };
}

function proxyConfig() {
  return {
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    clientConnection: { kubeconfig: kubeconfigOf("kube-proxy") },
    hostnameOverride: NODE_NAME,
    clusterCIDR: POD_RANGE,
    // nftables mode has no NodePorts on loopback, and there alone they are to answer.
    mode: "iptables",
    nodePortAddresses: ["127.0.0.0/8"],
    iptables: { minSyncPeriod: "100ms" },
    // Leaves this machine's settings as they are.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
  };
}

/** Names of the cluster only: Pods reach nothing outside, so they need not resolve it either. */
function corefile(): string {
  const lines = [`bind ${NODE_ADDRESS}`, "errors", `kubernetes ${DOMAIN} in-addr.arpa {`];
  const zone = [`  kubeconfig ${adminKubeconfig()}`, "  ttl 5", "}"];
  return `${DOMAIN}:53 in-addr.arpa:53 {\n${[...lines, ...zone].map((line) => `  ${line}\n`).join("")}}\n`;
}
