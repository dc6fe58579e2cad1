import fs from "node:fs";
import execa from "execa";
import { BRIDGE, NODE_ADDRESS, POD_RANGE, SERVICE_RANGE } from "./settings";

/** The cluster's bridge, and its rules in this machine's packet filter. */

/** Of ours; the others that a cluster makes are kube-proxy's and kubelet's KUBE-*, and portmap's CNI-*. */
const CHAIN = "SLIPWAY-K8S";
const CLUSTER_CHAIN = /^(KUBE|CNI|SLIPWAY-K8S)(-|$)/;

/** A fixed address of its own: else the bridge takes that of a Pod, and changes it when that Pod goes. */
const MAC = "02:53:4c:49:50:01";

export async function makeNetwork(): Promise<void> {
  const ip = (line: string) => execa("ip", line.split(" "));
  await ip(`link add ${BRIDGE} address ${MAC} type bridge`);
  await ip(`address add ${NODE_ADDRESS}/${POD_RANGE.split("/")[1]} dev ${BRIDGE}`);
  await ip(`link set ${BRIDGE} up`);
  // A Service without rules yet must not be looked for in the world outside.
  await ip(`route add ${SERVICE_RANGE} dev ${BRIDGE}`);
  const rules = [
    "*filter",
    `:${CHAIN} - [0:0]`,
    `-A ${CHAIN} -i ${BRIDGE} -o ${BRIDGE} -j ACCEPT`,
    // Nothing of a test leaves this machine, and it learns so at once.
    `-A ${CHAIN} -i ${BRIDGE} -j REJECT`,
    // Docker's policy for what is forwarded is DROP.
    `-I FORWARD -j ${CHAIN}`,
    "COMMIT\n",
  ];
  await execa("iptables-restore", ["--noflush"], { input: rules.join("\n") });
}

export async function removeNetwork(): Promise<void> {
  for (const family of ["iptables", "ip6tables"]) {
    const { stdout, failed } = await execa(`${family}-save`, { reject: false });
    const input = failed ? "" : removal(stdout);
    // Each table at once, and no rule of another's: an engine may be changing its own right now.
    if (input) await execa(`${family}-restore`, ["--noflush"], { input });
  }
  if (fs.existsSync(`/sys/class/net/${BRIDGE}`)) await execa("ip", ["link", "delete", BRIDGE]);
}

/** What undoes the cluster's part of the rules, as iptables-restore reads it, from what iptables-save says. */
export function removal(saved: string): string {
  const lines = saved.split("\n");
  let [table, flushed, deleted, dropped]: [string, string[], string[], string[]] = ["", [], [], []];
  const result: string[] = [];
  for (const line of lines) {
    const [first = "", second = ""] = line.split(" ");
    if (first.startsWith("*")) [table, flushed, deleted, dropped] = [first, [], [], []];
    if (first.startsWith(":") && CLUSTER_CHAIN.test(first.slice(1))) {
      // To declare a chain is to empty it.
      flushed.push(`${first} - [0:0]`);
      dropped.push(`-X ${first.slice(1)}`);
    }
    const target = /(?:-j|-g) (\S+)/.exec(line)?.[1] ?? "";
    if (first === "-A" && !CLUSTER_CHAIN.test(second) && CLUSTER_CHAIN.test(target)) {
      deleted.push(line.replace("-A", "-D"));
    }
    if (first === "COMMIT" && flushed.length > 0) {
      result.push(table, ...flushed, ...deleted, ...dropped, "COMMIT");
    }
  }
  return result.map((line) => `${line}\n`).join("");
}
