import fs from "node:fs";
import execa from "execa";
import { BRIDGE, NODE_ADDRESS, POD_RANGE, SERVICE_RANGE } from "./settings";

/** The cluster's bridge, and its rules in this machine's packet filter. */

const CHAIN = "SLIPWAY-K8S";

/** A cluster has chains of kube-proxy and kubelet (KUBE-*), of the plugin for ports (CNI-*), and the one above. */
const isOurs = (chain: string) => /^(KUBE|CNI)-/.test(chain) || chain === CHAIN;

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
  await execa("iptables-restore", ["--noflush", "--wait"], { input: rules.join("\n") });
}

export async function removeNetwork(): Promise<void> {
  for (const family of ["iptables", "ip6tables"]) {
    const { stdout, failed } = await execa(`${family}-save`, { reject: false });
    const input = failed ? "" : removal(stdout);
    // Each table at once, and no rule of another's: an engine may be changing its own right now.
    if (input) await execa(`${family}-restore`, ["--noflush", "--wait"], { input });
  }
  if (fs.existsSync(`/sys/class/net/${BRIDGE}`)) await execa("ip", ["link", "delete", BRIDGE]);
}

/** What undoes the cluster's part of the rules, as iptables-restore reads it, from what iptables-save says. */
export function removal(saved: string): string {
  const tables = [...saved.matchAll(/^(\*\w+)$(.*?)^COMMIT$/gms)];
  return tables.map(([, table, body]) => removalFrom(table!, body!.split("\n"))).join("");
}

function removalFrom(table: string, lines: string[]): string {
  const chains = lines.flatMap((line) => /^:(\S+)/.exec(line)?.[1] ?? []).filter(isOurs);
  if (chains.length === 0) return "";
  const jumps = lines.filter((line) => {
    const [, from = "", to = ""] = /^-A (\S+).* -[jg] (\S+)/.exec(line) ?? [];
    return !isOurs(from) && isOurs(to);
  });
  return [
    table,
    // To declare a chain is to empty it.
    ...chains.map((chain) => `:${chain} - [0:0]`),
    ...jumps.map((line) => line.replace("-A", "-D")),
    ...chains.map((chain) => `-X ${chain}`),
    "COMMIT\n",
  ].join("\n");
}
