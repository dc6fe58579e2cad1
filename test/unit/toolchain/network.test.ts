import { removal } from "../../../toolchain/kubernetes/network";

const DOCKER = `*filter
:FORWARD DROP [7:420]
:DOCKER - [0:0]
-A FORWARD -o docker0 -j DOCKER
COMMIT
`;

test("the cluster's chains and what leads to them go, in each table; an engine's stay", () => {
  const saved = `*nat
:PREROUTING ACCEPT [0:0]
:DOCKER - [0:0]
:KUBE-SERVICES - [3:180]
:CNI-HOSTPORT-DNAT - [0:0]
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A KUBE-SERVICES -d 10.96.0.1/32 -p tcp -j CNI-HOSTPORT-DNAT
COMMIT
# Completed
*filter
:FORWARD DROP [0:0]
:SLIPWAY-K8S - [0:0]
-A FORWARD -j SLIPWAY-K8S
-A FORWARD -o docker0 -j DOCKER
-A SLIPWAY-K8S -i slipway-k8s -j REJECT --reject-with icmp-port-unreachable
COMMIT
`;
  expect(removal(saved)).toBe(`*nat
:KUBE-SERVICES - [0:0]
:CNI-HOSTPORT-DNAT - [0:0]
-D PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-X KUBE-SERVICES
-X CNI-HOSTPORT-DNAT
COMMIT
*filter
:SLIPWAY-K8S - [0:0]
-D FORWARD -j SLIPWAY-K8S
-X SLIPWAY-K8S
COMMIT
`);
});

test("where no cluster was, nothing is changed", () => {
  expect(removal(DOCKER)).toBe("");
});
