import type { Reach } from "../../spec/types";
import type { TrafficTable } from "../platform";
import type { Context } from "./kind";

/**
 * What may be written at once. A redirect to a https that does not work yet takes a working application
 * away from its clients, and browsers remember it: it stays where it was already, else it comes last.
 */
export function withoutHaste(before: Reach | undefined, wanted: Reach): Reach {
  const { hosts, tls } = wanted;
  if (!tls?.redirect) return wanted;
  const known = before?.tls;
  const stays =
    known?.redirect === true &&
    known.staging === tls.staging &&
    (known.certificate === undefined) === (tls.certificate === undefined) &&
    hosts.every((host) => before?.hosts.includes(host));
  return stays ? wanted : { hosts, tls: { ...tls, redirect: false } };
}

/**
 * Looks whether https works under each name, and redirects to it then. That it does not is no fault of
 * the release, which serves: DNS and the ACME server may not be ready yet, and the next run tries again.
 */
export async function secure(
  table: TrafficTable,
  written: TrafficTable,
  { platform, life, say, tell, warn }: Context,
): Promise<void> {
  const { hosts, tls } = table.reach;
  say(`waiting for a certificate for ${hosts.join(", ")}`);
  const look = async () => {
    const seen = hosts.map(async (host) => ({ host, fault: await platform.httpsFault(host) }));
    return (await Promise.all(seen)).flatMap(({ host, fault }) => (fault ? [{ host, fault }] : []));
  };
  let lacking = await look();
  if (lacking.some(({ fault }) => fault.stale)) {
    await life.assertAlive();
    await platform.setTraffic(written);
    lacking = await look();
  }
  if (lacking.length > 0) {
    const reasons = lacking.map(({ host, fault }) => `\n  ${host}: ${fault.seen}`).join("");
    const meanwhile = tls?.redirect
      ? "Until then plain HTTP is served, and not redirected. "
      : "Plain HTTP is served. ";
    warn(
      `https does not work yet:${reasons}\n${meanwhile}Does each name lead to this host, and can ports 80 and 443 be reached from outside? Then run "pulumi up" again (docs/runbook.md)`,
    );
    return;
  }
  if (tls?.redirect && !written.reach.tls?.redirect) {
    await life.assertAlive();
    await platform.setTraffic(table);
    tell(`https works for ${hosts.join(", ")}: plain HTTP is redirected to it`);
  }
}
