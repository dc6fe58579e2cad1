/** What a server wants to see before it answers (`WWW-Authenticate`, RFC 9110 11.6.1). */
export interface Challenge {
  /** In lower case: basic, bearer. */
  scheme: string;
  parameters: Record<string, string | undefined>;
}

/** The first one that can be met; a quoted value may hold commas (`scope="repository:a:pull,push"`). */
export function challengeOf(header: string): Challenge | undefined {
  const begins = [...header.matchAll(/(?:^|,\s*)(basic|bearer)\s+/gi)];
  const [first, second] = begins;
  if (first === undefined) return undefined;
  const rest = header.slice(first.index + first[0].length, second?.index);
  const pairs = rest.matchAll(/([a-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/gi);
  const parameters = [...pairs].map(([, name, quoted, plain]) => [
    name!.toLowerCase(),
    quoted?.replace(/\\(.)/g, "$1") ?? plain,
  ]);
  return { scheme: first[1]!.toLowerCase(), parameters: Object.fromEntries(parameters) };
}
