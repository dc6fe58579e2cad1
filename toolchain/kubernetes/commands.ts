import {
  adminKubeconfig,
  API_PORT,
  certificate,
  DOMAIN,
  inCluster,
  json,
  keyOf,
  kubeconfigOf,
  NODE_ADDRESS,
  NODE_NAME,
  SERVICE_RANGE,
} from "./settings";

/** As the storage class names it, and the process that makes its volumes. */
const PROVISIONER = "slipway.local/volumes";

const ETCD = "http://127.0.0.1:23790";
const ETCD_PEER = "http://127.0.0.1:23800";

export interface Binaries {
  k8s: string;
  coredns: string;
  volumes: string;
}

/** The processes of the control plane and of the node, with their arguments, in the order of their start. */
export function commands({ k8s, coredns, volumes }: Binaries): Record<string, string[]> {
  const part = (name: string, ...flags: string[]) => [k8s, name, ...flags];
  const kubeconfig = (name: string) => `--kubeconfig=${kubeconfigOf(name)}`;
  return {
    containerd: ["containerd", "--config", inCluster("containerd.toml")],
    etcd: part(
      "etcd",
      `--data-dir=${inCluster("etcd")}`,
      `--listen-client-urls=${ETCD}`,
      `--advertise-client-urls=${ETCD}`,
      `--listen-peer-urls=${ETCD_PEER}`,
      `--initial-advertise-peer-urls=${ETCD_PEER}`,
      `--initial-cluster=default=${ETCD_PEER}`,
      // The cluster's state ends with the cluster.
      "--unsafe-no-fsync",
    ),
    "kube-apiserver": part(
      "kube-apiserver",
      `--etcd-servers=${ETCD}`,
      `--bind-address=${NODE_ADDRESS}`,
      `--advertise-address=${NODE_ADDRESS}`,
      `--secure-port=${API_PORT}`,
      `--service-cluster-ip-range=${SERVICE_RANGE}`,
      `--tls-cert-file=${certificate("kube-apiserver")}`,
      `--tls-private-key-file=${keyOf("kube-apiserver")}`,
      `--client-ca-file=${certificate("ca")}`,
      `--kubelet-client-certificate=${certificate("admin")}`,
      `--kubelet-client-key=${keyOf("admin")}`,
      // The node's name is in no DNS.
      "--kubelet-preferred-address-types=InternalIP",
      `--service-account-issuer=https://kubernetes.default.svc.${DOMAIN}`,
      `--service-account-key-file=${certificate("service-accounts")}`,
      `--service-account-signing-key-file=${keyOf("service-accounts")}`,
      "--authorization-mode=Node,RBAC",
      "--enable-admission-plugins=NodeRestriction",
      "--anonymous-auth=false",
      "--allow-privileged=true",
    ),
    "kube-controller-manager": part(
      "kube-controller-manager",
      kubeconfig("kube-controller-manager"),
      `--root-ca-file=${certificate("ca")}`,
      `--service-account-private-key-file=${keyOf("service-accounts")}`,
      "--use-service-account-credentials=true",
      "--bind-address=127.0.0.1",
      "--leader-elect=false",
      // With the defaults it throttles itself at the start: the first service account comes 4 s later.
      "--kube-api-qps=300",
      "--kube-api-burst=500",
    ),
    "kube-scheduler": part(
      "kube-scheduler",
      kubeconfig("kube-scheduler"),
      "--bind-address=127.0.0.1",
      "--leader-elect=false",
    ),
    kubelet: part(
      "kubelet",
      kubeconfig("kubelet"),
      `--config=${inCluster("kubelet.json")}`,
      `--root-dir=${inCluster("kubelet")}`,
      `--cert-dir=${inCluster("kubelet", "pki")}`,
      `--hostname-override=${NODE_NAME}`,
      `--node-ip=${NODE_ADDRESS}`,
    ),
    "kube-proxy": part("kube-proxy", `--config=${inCluster("kube-proxy.json")}`),
    coredns: [coredns, "-conf", inCluster("Corefile")],
    volumes: [
      volumes,
      `--kubeconfig=${adminKubeconfig()}`,
      `--root=${inCluster("volumes")}`,
      `--provisioner=${PROVISIONER}`,
    ],
  };
}

/** What the cluster has from its start: the default class of volumes. */
export const manifest = json({
  apiVersion: "storage.k8s.io/v1",
  kind: "StorageClass",
  metadata: {
    name: "standard",
    annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
  },
  provisioner: PROVISIONER,
  reclaimPolicy: "Delete",
  volumeBindingMode: "WaitForFirstConsumer",
});
