import { repositoryName } from "./roles";
import type { ApplicationSpec } from "./types";

/** Repositories (last part of the name) of PostgreSQL, with its tools. */
const POSTGRES = [
  "postgres", "postgresql", "postgis", "pgvector", "timescaledb", "timescaledb-ha",
]; // prettier-ignore

/** Accessories that can be backed up: those that are PostgreSQL, by their image or by what it stands in for. */
export function databases({ services, mirrors }: ApplicationSpec): string[] {
  const isPostgres = (reference: string) => POSTGRES.includes(repositoryName(reference));
  return services
    .filter(({ role }) => role === "accessory")
    .filter(({ image: { reference } }) => {
      const mirrored = Object.entries(mirrors).filter(([, instead]) => instead === reference);
      return isPostgres(reference) || mirrored.some(([original]) => isPostgres(original));
    })
    .map(({ name }) => name);
}

/** "db", "2026-01-02T03:04:05Z" -> "db-20260102T030405Z.dump" */
export const backupName = (accessory: string, at: string): string =>
  `${accessory}-${at.replace(/[-:]/g, "")}.dump`;

const NAME = /^(.+)-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.dump$/;

/** What a dump's name says of it; undefined when it is not one of ours. */
export function backupNamed(name: string): { accessory: string; at: string } | undefined {
  const match = NAME.exec(name);
  if (match === null) return undefined;
  const [, accessory, year, month, day, hour, minute, second] = match;
  return { accessory: accessory!, at: `${year}-${month}-${day}T${hour}:${minute}:${second}Z` };
}
