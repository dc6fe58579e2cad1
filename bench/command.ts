import { join } from "node:path";
import execa from "execa";
import { projectRoot } from "../toolchain/paths";
import { probe } from "../test/helpers/probe";
import { TestStack } from "../test/helpers/stack";
import { quiet } from "./machine";
import { atEnd, say } from "./progress";
import { median } from "./stats";

/** Seconds. */
export interface CommandFigures {
  help: number;
  status: number;
  /** With nothing to deploy: what is its own is the same either way. */
  deploy: number;
  up: number;
}

/** What the command `slipway` itself takes, on a local engine with one service. */
export async function commandFigures(repeats: number): Promise<CommandFigures> {
  const stack = await TestStack.create(`bench-command-${process.pid}`);
  atEnd(() => stack.dispose());
  stack.compose({ web: await probe("1", { port: stack.port }) });
  say("command: first deploy");
  await stack.deploy();
  // In turns, so that what else the machine does is in all of them.
  const times: Record<keyof CommandFigures, number[]> = {
    help: [],
    status: [],
    deploy: [],
    up: [],
  };
  for (let turn = 1; turn <= repeats; turn++) {
    say(`command: ${turn} of ${repeats}`);
    await quiet();
    times.help.push(
      await timed(() => execa("node", [join(projectRoot, "bin/slipway.js"), "--help"])),
    );
    times.status.push(await timed(() => stack.slipway("status")));
    times.up.push(await timed(() => stack.deploy()));
    times.deploy.push(await timed(() => stack.slipway("deploy")));
  }
  await stack.dispose();
  const { help, status, deploy, up } = times;
  return { help: median(help), status: median(status), deploy: median(deploy), up: median(up) };
}

async function timed(
  work: () => Promise<{ exitCode?: number } | { ok: boolean }>,
): Promise<number> {
  const begin = performance.now();
  const result = await work();
  if ("exitCode" in result && result.exitCode !== 0)
    throw new Error("a command of the bench failed");
  return (performance.now() - begin) / 1000;
}
