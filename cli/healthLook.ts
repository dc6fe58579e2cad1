import type { Platform } from "../provider/places";
import { isScarce } from "../spec/room";
import { other, type ApplicationSpec, type Observation, type Reach } from "../spec/types";
import { bytesText } from "../spec/units";
import { urlsOf } from "../spec/urls";
import {
  judged,
  unhealthy,
  warning,
  type AddressHealth,
  type CertificateHealth,
  type DiskHealth,
  type HealthReport,
} from "./healthReport";
import { servicesHealth } from "./healthServices";
import { placeOf } from "./subject";

/** Seconds in which a public address has to answer. */
const ADDRESS_TIMEOUT = 10;
/** Days that a certificate should last; ACME renews it thirty days before its end. */
const CERTIFICATE_DAYS = 14;
const DAY = 86_400_000;

type Look = Pick<HealthReport, "services" | "addresses" | "certificates" | "warnings"> &
  Partial<Pick<HealthReport, "active" | "release" | "version" | "disk">>;

/** What there is of an application, and how it is. @throws when the platform cannot be read */
export async function lookAt(
  platform: Platform,
  spec: ApplicationSpec,
  now: number,
): Promise<Look> {
  const { observation } = await platform.observe();
  const { serving, slots, records, reach = { hosts: [] }, disk, claim } = observation;
  const { maintenance } = observation;
  const id = serving && slots[serving].release;
  const content = records.find((record) => record.id === id)?.content;
  if (claim === undefined) return { ...NOTHING, warnings: ["it is not deployed there"] };
  const urls = serving && content ? urlsOf(placeOf(spec).host, reach, content) : [];
  const [services, addresses, certificates] = await Promise.all([
    servicesHealth(platform, spec, observation, content, now),
    Promise.all(urls.map((url) => addressHealth(platform, url, maintenance))),
    Promise.all(securedHosts(reach).map((host) => certificateHealth(platform, host, now))),
  ]);
  return {
    ...(serving === undefined ? {} : { active: serving }),
    ...(id === undefined ? {} : { release: id, version: content?.version ?? id }),
    services,
    addresses,
    certificates,
    ...(disk ? { disk: diskHealth(disk.free, spec.environment) } : {}),
    warnings: idleWarnings(observation),
  };
}

const NOTHING = { services: [], addresses: [], certificates: [] };

const securedHosts = ({ hosts, tls }: Reach) => (tls === undefined ? [] : hosts);

/** Any answer of the application itself is one; 404 for a page that it does not have, too. */
async function addressHealth(
  platform: Platform,
  url: string,
  maintenance: string | undefined,
): Promise<AddressHealth> {
  try {
    const { status, took } = await platform.visitEdge(url, ADDRESS_TIMEOUT);
    // On purpose, by the edge.
    const isClosed = maintenance !== undefined && status === 503;
    const failed = status >= 500 ? [unhealthy(`answered ${status}`)] : [];
    const problems = isClosed ? [warning(`in maintenance: ${maintenance}`)] : failed;
    return { url, ...judged(problems), status, took };
  } catch (error) {
    return { url, ...judged([unhealthy((error as Error).message)]) };
  }
}

async function certificateHealth(
  platform: Platform,
  host: string,
  now: number,
): Promise<CertificateHealth> {
  try {
    const { until, fault } = await platform.certificate(host);
    const days = Math.floor((Date.parse(until) - now) / DAY);
    const date = until.slice(0, 10);
    const problems = [
      ...(fault === undefined ? [] : [unhealthy(fault)]),
      ...(days < 0 ? [unhealthy(`it has expired on ${date}`)] : []),
      ...(days >= 0 && days < CERTIFICATE_DAYS ? [warning(`it expires on ${date}`)] : []),
    ];
    return { host, ...judged(problems), until, days };
  } catch (error) {
    return { host, ...judged([unhealthy(`there is none: ${(error as Error).message}`)]) };
  }
}

function diskHealth(free: number, stack: string): DiskHealth {
  const text = `${bytesText(free)} are free for Docker: slipway prune -e ${stack}`;
  return { ...judged(isScarce(free) ? [warning(text)] : []), free };
}

/** What does not serve is no matter of health, but the way back leads there. */
function idleWarnings({ serving, slots }: Observation): string[] {
  if (serving === undefined) return [];
  const idle = slots[other(serving)];
  if (idle.state !== "incomplete") return [];
  const lacking = idle.lacking.length > 0 ? `: ${idle.lacking.join(", ")}` : "";
  return [`the ${other(serving)} slot, which does not serve, is incomplete${lacking}`];
}
