import { interpolate } from "./interpolate";

/** Images that are taken from elsewhere: public reference -> reference used instead. */
export type Mirrors = Record<string, string>;

/** What is pulled in place of a reference. */
export function mirrored(reference: string, mirrors: Mirrors): string {
  const wanted = canonical(reference);
  const key = Object.keys(mirrors).find((candidate) => canonical(candidate) === wanted);
  return key === undefined ? reference : mirrors[key];
}

/** "nginx" = "docker.io/library/nginx:latest" */
function canonical(reference: string): string {
  const short = reference.replace(/^(index\.)?docker\.io\//, "").replace(/^library\//, "");
  return /[:@][^/]+$/.test(short) ? short : `${short}:latest`;
}

const FROM = /^(\s*FROM\s+(?:--\S+\s+)*)(\S+)((?:\s+AS\s+(\S+))?\s*)$/i;
const COPY_FROM = /^(\s*(?:COPY|ADD)\s+(?:--\S+\s+)*?--from=)(\S+)(\s.*)$/i;
const ARG = /^\s*ARG\s+(.*)$/i;

/** A Dockerfile that takes its base images (FROM, COPY --from) from the mirrors. */
export function dockerfileWithMirrors(
  text: string,
  mirrors: Mirrors,
  args: Record<string, string> = {},
): string {
  return rewrite(text, mirrors, args).text;
}

/** The mirrors that a Dockerfile makes use of, sorted. */
export function appliedMirrors(
  text: string,
  mirrors: Mirrors,
  args: Record<string, string> = {},
): [string, string][] {
  return rewrite(text, mirrors, args).applied;
}

/** The images that a build with this Dockerfile stands on, mirrors applied, sorted. */
export function baseImages(
  text: string,
  mirrors: Mirrors,
  args: Record<string, string> = {},
): string[] {
  return rewrite(text, mirrors, args).images;
}

function rewrite(text: string, mirrors: Mirrors, args: Record<string, string>) {
  const applied = new Map<string, string>();
  const images = new Set<string>();
  const stages = new Set<string>();
  const values: Record<string, string> = {};
  const replace = (image: string): string => {
    const found = interpolate(image, (name) =>
      Object.hasOwn(values, name) ? { value: values[name] } : undefined,
    );
    if (found.missing.length > 0 || typeof found.text !== "string") return image;
    if (stages.has(found.text.toLowerCase()) || /^\d+$/.test(found.text)) return image;
    const other = mirrored(found.text, mirrors);
    if (other !== "scratch") images.add(other);
    if (other === found.text) return image;
    applied.set(found.text, other);
    return other;
  };
  let before = true;
  const lines = text.split("\n").map((line) => {
    const from = FROM.exec(line);
    if (from) {
      before = false;
      const result = from[1] + replace(from[2]) + from[3];
      if (from[4]) stages.add(from[4].toLowerCase());
      return result;
    }
    const copy = COPY_FROM.exec(line);
    if (copy) return copy[1] + replace(copy[2]) + copy[3];
    // Only arguments before the first FROM count in FROM lines.
    const arg = before ? ARG.exec(line) : null;
    if (arg) Object.assign(values, argumentsOf(arg[1], args));
    return line;
  });
  return {
    text: lines.join("\n"),
    applied: [...applied].sort(([a], [b]) => (a < b ? -1 : 1)),
    images: [...images].sort(),
  };
}

function argumentsOf(line: string, args: Record<string, string>): Record<string, string> {
  const pairs = [...line.matchAll(/(\w+)(?:=("[^"]*"|'[^']*'|\S*))?/g)];
  return Object.fromEntries(
    pairs.flatMap(([, name, value]) => {
      const known = Object.hasOwn(args, name) ? args[name] : value?.replace(/^(["'])(.*)\1$/, "$2");
      return known === undefined ? [] : [[name, known]];
    }),
  );
}
