import { readFileSync } from "node:fs";
import { hostname } from "node:os";

import type { Finding } from "./report";

/** Who holds the state: `file:///...json: created by root@host (pid 12) at 2026-...`, as the CLI tells it. */
export interface StateLock {
  owner: string;
  host: string;
  pid: number;
  since: string;
}

const LOCK = /created by (?<owner>\S+)@(?<host>\S+) \(pid (?<pid>\d+)\) at (?<since>\S+)/;

export function stateLockIn(text: string): StateLock | undefined {
  const { owner, host, pid, since } = LOCK.exec(text)?.groups ?? {};
  if (!owner || !host || !pid || !since) return undefined;
  return { owner, host, pid: Number(pid), since };
}

/** Whether the process that took it is there no more; undefined: it is of another machine, which cannot be asked. */
export function ownerIsGone({ host, pid }: StateLock, here = hostname()): boolean | undefined {
  if (host !== here) return undefined;
  try {
    process.kill(pid, 0);
    return isDead(pid);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

/** Ended, and not yet noticed by its parent: in a container that can take for ever. */
function isDead(pid: number): boolean {
  try {
    // "12 (any name) Z 1 …"
    return /^\d+ \(.*\) [ZX] /s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    // Not Linux.
    return false;
  }
}

/** Errors of an update as faults: each with a cure where one is known. */
export function explained(errors: readonly string[], stack: string): Finding[] {
  return errors.flatMap((text) => {
    const lock = stateLockIn(text);
    if (lock) return lockFault(lock, stack);
    if (/^update canceled$/.test(text)) {
      const cure = `What was begun stays as it is. slipway deploy -e ${stack} goes on from there, slipway abort -e ${stack} clears it`;
      return { path: "update", what: "it was stopped", cure };
    }
    if (/PULUMI_ACCESS_TOKEN must be set/.test(text)) {
      const cure =
        "Say where states are kept: PULUMI_BACKEND_URL, pulumi login, or backend.url in Pulumi.yaml";
      return { path: "backend", what: "it is not known: nobody is logged in", cure };
    }
    if (/incorrect passphrase|passphrase must be set/.test(text)) {
      const cure = "Set PULUMI_CONFIG_PASSPHRASE (or PULUMI_CONFIG_PASSPHRASE_FILE) to the stack's";
      return { path: "secrets", what: text, cure };
    }
    // The github plugin says each fault twice: for its log, and then with its resource.
    if (errors.some((one) => one !== text && repeats(one, text))) return [];
    return checkFaults(text) ?? githubFault(text, stack) ?? { path: "update", what: text };
  });
}

/** What the github plugin says, from which GitHub's own words are taken. */
function githubFault(text: string, stack: string): Finding | undefined {
  const lookup = /failed to lookup organization "[^"]*": (.*)$/s.exec(text)?.[1];
  const [, path, ofResource] =
    /urn:\S+?\$github:index\/\S+?::(\S+): 1 error occurred:\s*\* (.*)$/s.exec(text) ?? [];
  const said = lookup ?? ofResource;
  if (said === undefined) return undefined;
  const what = said.trim().replace(/ \[\]$/, "");
  const rights =
    "Look whether GITHUB_TOKEN, or the secret that slipway:github.token names, may administer the repository";
  const cure = {
    401: rights,
    403: rights,
    404: `Was it removed by hand? pulumi refresh --stack ${stack} takes note of that; then again`,
  }[/: (\d{3}) /.exec(what)?.[1] ?? ""];
  if (path !== undefined) return { path, what, ...(cure === undefined ? {} : { cure }) };
  const later = `What was deployed before it serves. Once GitHub answers: slipway deploy -e ${stack}`;
  return { path: "slipway:github", what: `could not be looked at: ${what}`, cure: cure ?? later };
}

/** Whether an error holds what the plugin has logged. */
function repeats(error: string, logged: string): boolean {
  const said = /^\s*sdk-v2\/\S+ sdk\.helper_schema: (.*): provider=github@/s.exec(logged)?.[1];
  return said !== undefined && error.includes(said);
}

/** What a check of ours has said, in the words of Pulumi: without these, each fault with its own path where it has one. */
function checkFaults(text: string): Finding[] | undefined {
  const said = /^slipway-platform:index:\w+ resource '.+?' has a problem: (.*)$/s.exec(text)?.[1];
  return said?.split(/\n(?=slipway:|GITHUB_)/).map((line) => {
    const [, path = "update", what = line] =
      /^(slipway:[\w.[\]]+|GITHUB_\w+): (.*)$/s.exec(line) ?? [];
    return { path, what };
  });
}

/** The CLI's own text on this is a page, about clouds; what a killed update has left here, the next one finds by itself. */
export function interruptedBefore(warning: string, stack: string): string {
  if (!/pending operations from previous deployment/.test(warning)) return warning;
  const names = [...warning.matchAll(/::([^:\s]+), interrupted while (\w+)/g)];
  const what = names.map(([, name, doing]) => `${name} (${doing})`).join(", ");
  return `an earlier update was killed at ${what}. What it left is found and cleared; slipway abort -e ${stack} makes the state forget it, too`;
}

export function lockFault(lock: StateLock, stack: string): Finding {
  const { owner, host, pid, since } = lock;
  const cure = {
    true: `Its process is gone. slipway abort -e ${stack} takes the lock over and clears what it left`,
    false: "It still runs: wait for its end, or stop it there (Ctrl-C)",
    undefined: `If that machine's process is gone: pulumi cancel --stack ${stack}, then deploy again`,
  }[String(ownerIsGone(lock)) as "true" | "false" | "undefined"];
  return {
    path: "state",
    what: `another update holds the stack's state since ${since}`,
    given: `${owner}@${host}, process ${pid}`,
    cure,
  };
}
