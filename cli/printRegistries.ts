import { bytesText } from "../spec/units";
import { cell, columns, type Colours } from "./print";
import type { PrunedPush, PrunedRegistry } from "./pruneRegistries";

/** A table for each repository, and what stays. */
export function registryBlock(
  { registry, host, applications, images, kept, frees, notes }: PrunedRegistry,
  colours: Colours,
  age: (created: number) => string,
): string[] {
  const repositories = [...new Set(images.map(({ repository }) => repository))];
  const stay = Object.entries(KEPT).flatMap(([key, words]) => {
    const count = kept[key as keyof typeof KEPT];
    return count === 0 ? [] : [`${count} ${words}`];
  });
  return [
    `${colours.bold(`Registry ${registry}`)}${host === undefined ? "" : ` on ${host}`}: ${applications.join(", ")}`,
    ...repositories.flatMap((name) => {
      const rows = images
        .filter(({ repository }) => repository === name)
        .map((one) => row(one, age));
      const head = ["digest", "tags", "size", "its own", "age", "why it may go"];
      const [first, ...lines] = columns([head, ...rows], "    ");
      return [`  ${name}`, colours.dim(first!), ...lines];
    }),
    ...(images.length > 0 ? [`  ${bytesText(frees)} that nothing else here uses`] : []),
    ...(stay.length > 0 ? [`  stays: ${stay.join(", ")}`] : []),
    ...notes.map((note) => colours.dim(`  ${note}`)),
  ];
}

const KEPT = {
  needed: "needed",
  young: "too young (--older-than)",
  foreign: "not built for these applications",
  caches: "build caches (--caches)",
} satisfies Record<keyof PrunedRegistry["kept"], string>;

const row = (
  { digest, tags, bytes, own, created, why }: PrunedPush,
  age: (created: number) => string,
) => [
  digest.replace(/^sha256:(.{12}).*/, "$1"),
  cell(tags.join(", ")),
  bytesText(bytes),
  bytesText(own),
  created === undefined ? "?" : age(Date.parse(created)),
  why,
];
