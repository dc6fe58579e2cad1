/** What a deploy needs, and what there is of it. */
export interface Row {
  what: string;
  wanted: string;
  found: string;
  /** What to do; with `ok` it is only advice. */
  cure?: string;
  ok: boolean;
}

const CURES: [pattern: RegExp, cure: string][] = [
  [/not on the PATH/, "get the Pulumi CLI first"],
  [
    /passphrase/i,
    "set PULUMI_CONFIG_PASSPHRASE (or PULUMI_CONFIG_PASSPHRASE_FILE) to the stack's own",
  ],
  [/no stack named/, "pulumi stack init, with the stack's name"],
  [/log(ged)? ?in\b|PULUMI_ACCESS_TOKEN|credentials/i, "pulumi login, or set PULUMI_BACKEND_URL"],
];

/** What mends that the Pulumi CLI said this. */
export const cureOf = (message: string, otherwise: string): string =>
  CURES.find(([pattern]) => pattern.test(message))?.[1] ?? otherwise;

/** A row of what is asked for; what is thrown is what was found. */
export async function rowOf(
  what: string,
  wanted: string,
  ask: () => Promise<Omit<Row, "what" | "wanted">>,
  otherwise: string,
): Promise<Row> {
  const row = { what, wanted };
  try {
    return { ...row, ...(await ask()) };
  } catch (error) {
    const { message } = error as Error;
    return { ...row, found: message, cure: cureOf(message, otherwise), ok: false };
  }
}

/** Whether a version is another one or later, by the numbers in them. */
export function isAtLeast(version: string, wanted: string): boolean {
  return version.localeCompare(wanted, "en", { numeric: true }) >= 0;
}
