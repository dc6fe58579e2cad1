import { SEVERITIES, type Severity } from "../spec/supplyChain";
import { isOnPath, output } from "./program";

/** What Trivy finds in an image. */

export interface Finding {
  id: string;
  package: string;
  installed: string;
  /** Absent where no version mends it yet. */
  fixed?: string;
  severity: Severity;
}

/** What we read of Trivy's report (`--format json`, SchemaVersion 2). */
interface Report {
  Results?: {
    Vulnerabilities?: {
      VulnerabilityID: string;
      PkgName: string;
      InstalledVersion: string;
      FixedVersion?: string;
      Severity: Severity;
    }[];
  }[];
}

export const hasTrivy = () => isOnPath("trivy");

/** Of this severity or above, the worst first, each once. `archive`: an image as `docker save` writes it. */
export async function scan(
  archive: string,
  severity: Severity,
  ignore: readonly string[],
): Promise<Finding[]> {
  const asked = SEVERITIES.slice(SEVERITIES.indexOf(severity));
  const args = ["--input", archive, "--format", "json", "--scanners", "vuln"];
  const rest = ["--severity", asked.join(","), "--exit-code", "0", "--quiet"];
  const report = JSON.parse(await output("trivy", ["image", ...args, ...rest], {}, [])) as Report;
  const found = (report.Results ?? [])
    .flatMap(({ Vulnerabilities }) => Vulnerabilities ?? [])
    .filter((one) => asked.includes(one.Severity) && !ignore.includes(one.VulnerabilityID))
    .map((one): Finding => ({
      id: one.VulnerabilityID,
      package: one.PkgName,
      installed: one.InstalledVersion,
      ...(one.FixedVersion ? { fixed: one.FixedVersion } : {}),
      severity: one.Severity,
    }));
  const byKey = new Map(found.map((one) => [`${one.id} ${one.package} ${one.installed}`, one]));
  const rank = (one: Finding) => SEVERITIES.indexOf(one.severity);
  return [...byKey.values()].sort((a, b) => rank(b) - rank(a) || (a.id < b.id ? -1 : 1));
}

/** Lines that a table shows; the rest is only counted. */
const ROWS = 30;

export function table(findings: readonly Finding[]): string {
  const head = ["id", "package", "installed", "fixed", "severity"];
  const rows = findings
    .slice(0, ROWS)
    .map((one) => [one.id, one.package, one.installed, one.fixed ?? "-", one.severity]);
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const lines = all.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ")}`.trimEnd(),
  );
  const more = findings.length - rows.length;
  return [...lines, ...(more > 0 ? [`  and ${more} more`] : [])].join("\n");
}
