import os from "node:os";
import execa from "execa";
import { Transport } from "../provider/docker/transport";
import { engineHost } from "../toolchain/engine";
import { toolchainEnv } from "../toolchain/env";
import { sleep } from "./progress";

export interface Machine {
  cores: number;
  memory: number;
  kernel: string;
  engine: string;
  pulumi: string;
  node: string;
  /** Load of the machine as the bench began, over one minute: others at work spoil figures. */
  load: number;
}

export async function machine(): Promise<Machine> {
  const { Version } = await new Transport(engineHost()).docker.version();
  const pulumi = await execa("pulumi", ["version"], { env: toolchainEnv() });
  return {
    cores: os.cpus().length,
    memory: os.totalmem(),
    kernel: os.release(),
    engine: Version,
    pulumi: pulumi.stdout,
    node: process.version,
    load: os.loadavg()[0]!,
  };
}

/** Of its time, in which the machine counts as having nothing to do. */
const IDLE = 0.8;

/** Waits for a quiet moment, at most so many seconds: after a deploy an engine goes on for a while. */
export async function quiet(limit = 20): Promise<void> {
  const end = Date.now() + limit * 1000;
  for (let before = times(); Date.now() < end; before = times()) {
    await sleep(2000);
    const after = times();
    if (after.idle - before.idle > IDLE * (after.all - before.all)) return;
  }
}

function times(): { idle: number; all: number } {
  const each = os.cpus().map(({ times }) => times);
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  return {
    idle: sum(each.map(({ idle }) => idle)),
    all: sum(each.map((one) => sum(Object.values(one)))),
  };
}
