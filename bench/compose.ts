import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import execa from "execa";
import { stringify } from "yaml";
import { composeCommand } from "../test/helpers/dockerCompose";
import { probe } from "../test/helpers/probe";
import { freePort } from "../test/helpers/stack";
import { engineHost } from "../toolchain/engine";
import { toolchainEnv } from "../toolchain/env";
import type { DowntimeRow } from "./downtime";
import { underLoad } from "./load";
import { atEnd, say, sleep } from "./progress";

/** The same application, updated by `up -d`: the container is made anew in place. */
export async function composeRow(times: number): Promise<DowntimeRow> {
  const what = "docker compose up -d";
  const command = await composeCommand(say);
  if (!command) return { what, times: 0, impossible: "no docker compose, and no package of it" };
  const folder = mkdtempSync(join(tmpdir(), "slipway-compose-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const run = (...args: string[]) => {
    const [program, ...rest] = [...command, "-p", `benchcompose${process.pid}`, ...args];
    return execa(program!, rest, {
      cwd: folder,
      env: { ...toolchainEnv(), DOCKER_HOST: engineHost() },
    });
  };
  const up = async (version: string) => {
    const services = { web: await probe(version, { port }) };
    writeFileSync(join(folder, "docker-compose.yml"), stringify({ version: "3.8", services }));
    await run("up", "-d");
    await answers(url, version);
  };
  atEnd(async () => {
    await run("down", "-v", "-t", "0");
    rmSync(folder, { recursive: true });
  });
  await up("0");
  const figures = await underLoad(url, async () => {
    for (let index = 1; index <= times; index++) {
      say(`under load: ${what} ${index} of ${times}`);
      await up(String(index));
    }
  });
  await run("down", "-v", "-t", "0");
  return { what, times, figures };
}

/** Waits until this version answers. */
async function answers(url: string, version: string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    const text = await fetch(url).then(
      (response) => response.text(),
      () => "",
    );
    if (text.includes(`"version":"${version}"`)) return;
    await sleep(100);
  }
  throw new Error(`version ${version} does not answer at ${url}`);
}
