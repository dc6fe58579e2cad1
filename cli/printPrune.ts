import { bytesText } from "../spec/units";
import { age } from "./age";
import { columns, paragraphs, printedFindings, type Colours } from "./print";
import { registryBlock } from "./printRegistries";
import type { PrunedHost, PruneReport } from "./prune";

/** The report for people; `now` in ms. */
export function printedPrune(report: PruneReport, colours: Colours, now: number): string {
  const blocks = [
    ...report.hosts.map((host) => hostBlock(host, colours, now)),
    ...report.registries.map((one) => registryBlock(one, colours, (created) => age(now - created))),
    printedFindings("Faults", report.faults, colours.red, colours),
    ...(report.hosts.length > 0 ? [[colours.dim(UNDER_WAY)]] : []),
    [lastLine(report, colours)],
  ];
  return paragraphs(blocks);
}

const UNDER_WAY =
  "Whether a deploy is under way cannot be known from here. What its record names is kept.";

function hostBlock(
  { host, applications, images, kept }: PrunedHost,
  colours: Colours,
  now: number,
) {
  const title = `${colours.bold(`Host ${host}`)}: ${applications.join(", ")}`;
  const needed = `  ${kept} built ${kept === 1 ? "image is" : "images are"} needed and ${kept === 1 ? "stays" : "stay"}`;
  if (images.length === 0) return [title, needed];
  const rows = images.map(({ reference, bytes, own, created, why }) => [
    reference,
    bytesText(bytes),
    bytesText(own),
    age(now - Date.parse(created)),
    why,
  ]);
  const head = ["image", "size", "its own", "age", "why it may go"];
  const [first, ...lines] = columns([head, ...rows]);
  return [title, colours.dim(first!), ...lines, needed];
}

function lastLine(report: PruneReport, colours: Colours): string {
  const { ok, removes, hosts, registries, frees } = report;
  const all = hosts.flatMap(({ images }) => images);
  const pushed = registries.flatMap(({ images }) => images);
  const images = (count: number) => `${count} image${count === 1 ? "" : "s"}`;
  const size = `${bytesText(frees)} or more`;
  const gone = all.filter(({ removed }) => removed).length;
  const left = registries.reduce((sum, one) => sum + one.frees, 0);
  /** Registries are told of where there are any. */
  const and = (count: number, begin: string) =>
    registries.length > 0 ? `; ${begin} ${images(count)}, ${bytesText(left)}` : "";
  const goneToo = and(pushed.filter(({ removed }) => removed).length, "from registries");
  if (!ok && !removes) return colours.red("refused: nothing was removed");
  if (!ok)
    return colours.red(`removed ${images(gone)}, ${size}${goneToo}; not all: see the faults above`);
  if (all.length + pushed.length === 0) return colours.green("nothing to remove");
  if (removes) return colours.green(`removed ${images(gone)}, which freed ${size}${goneToo}`);
  const would = and(pushed.length, "and from registries");
  return `nothing was removed. With --yes ${images(all.length)} would go, which frees ${size}${would}`;
}
