import { bytesText } from "../spec/units";
import { subjectsOf, type HealthReport, type Judged, type ServiceHealth } from "./healthReport";
import { columns, paragraphs, printedFindings, type Colours } from "./print";

/** The report for people. */
export function printedHealth(report: HealthReport, colours: Colours): string {
  const { certificates, disk, warnings, faults } = report;
  const state = stateIn(colours);
  const blocks = [
    heading(report, colours),
    block(
      "Services",
      report.services.map((one) => [state(one), ...serviceCells(one)]),
      colours,
    ),
    block(
      "Addresses",
      report.addresses.map((one) => [
        state(one),
        one.url,
        one.status === undefined ? "no answer" : `${one.status} in ${one.took} ms`,
      ]),
      colours,
    ),
    block(
      "Certificates",
      certificates.map((one) => [
        state(one),
        one.host,
        one.days === undefined ? "none" : `${one.days} days left`,
      ]),
      colours,
    ),
    block(
      "Host",
      disk ? [[state(disk), "disk", `${bytesText(disk.free)} free for Docker`]] : [],
      colours,
    ),
    problemsBlock(report, colours),
    warnings.map((text) => `${colours.yellow("Warning")}  ${text}`),
    printedFindings("Faults", faults, colours.red, colours),
    [lastLine(report, colours)],
  ];
  return paragraphs(blocks);
}

function heading(report: HealthReport, colours: Colours): string[] {
  const { application, stack, host, active, release, version } = report;
  if (application === undefined) return [];
  const what =
    release === undefined ? "" : `: release ${release}, version ${version}, from ${active}`;
  return [`${colours.bold(`Application ${application}`)} (stack ${stack}) on ${host}${what}`];
}

function block(title: string, rows: string[][], colours: Colours): string[] {
  return rows.length === 0 ? [] : [colours.bold(title), ...columns(rows)];
}

/** Codes of colours are of one length, so that columns stay below each other. */
const stateIn = (colours: Colours) => {
  const colour = { healthy: colours.green, warning: colours.yellow, unhealthy: colours.red };
  return ({ verdict }: Judged) => colour[verdict](verdict);
};

function serviceCells(one: ServiceHealth): string[] {
  const { service, role, running, wanted, check, restarts, program, exitCode } = one;
  const told = [
    ...(restarts > 0 ? [`${restarts} restart${restarts === 1 ? "" : "s"}`] : []),
    ...(exitCode === undefined ? [] : [`ended with ${exitCode}`]),
    ...(one.outOfMemory ? ["out of memory"] : []),
    ...(program === undefined ? [] : [program]),
    answerText(one),
  ].filter((text) => text !== "");
  return [
    service,
    role,
    `${running} of ${wanted} running`,
    running === 0 ? "" : check === "none" ? "no check" : check,
    told.join(", "),
  ];
}

function answerText({ answer }: ServiceHealth): string {
  if (answer === undefined) return "";
  const { asked, status, took, error } = answer;
  if (error !== undefined) return `${asked} failed`;
  const time = took === undefined ? "" : ` in ${took} ms`;
  return status === undefined ? `${asked} takes connections${time}` : `${asked} ${status}${time}`;
}

function problemsBlock(report: HealthReport, colours: Colours): string[] {
  const colour = { healthy: colours.dim, warning: colours.yellow, unhealthy: colours.red };
  return subjectsOf(report).flatMap(([name, { verdict, problems }]) =>
    problems.map((problem) => `${colour[verdict](name)}: ${problem}`),
  );
}

function lastLine({ ok, summary }: HealthReport, colours: Colours): string {
  return ok ? colours.green(summary) : colours.red(summary);
}

/** What is told of a look; nothing that is another number in each of them. */
function factsOf(report: HealthReport): Map<string, string> {
  const { active, release, version, warnings, faults, summary } = report;
  const serves = release === undefined ? (active ?? "nothing") : `${version} from ${active}`;
  return new Map([
    ...(faults.length === 0 ? [["serves", serves] as [string, string]] : []),
    ...subjectsOf(report).map(([name, judged]): [string, string] => [name, factOf(name, judged)]),
    ...(warnings.length > 0 ? [["warning", warnings.join("; ")] as [string, string]] : []),
    ...faults.map(({ path, what }): [string, string] => [path, what]),
    ["", summary],
  ]);
}

function factOf(name: string, { verdict, problems }: Judged): string {
  const isCounted = name === "the disk" || problems.length === 0;
  return isCounted ? verdict : `${verdict}: ${problems.join("; ")}`;
}

/** What differs from the look before, a line each; without one, all. */
export function changes(before: HealthReport | undefined, now: HealthReport): string[] {
  const known = before ? factsOf(before) : new Map<string, string>();
  const facts = factsOf(now);
  const lines = [...facts].flatMap(([name, fact]) =>
    known.get(name) === fact ? [] : [name === "" ? fact : `${name}: ${fact}`],
  );
  const gone = [...known.keys()].filter((name) => !facts.has(name));
  // Where nothing could be read, nothing is said of what was there before.
  return now.faults.length > 0 ? lines : [...gone.map((name) => `${name}: no more`), ...lines];
}
