import os from "node:os";
import execa from "execa";
import { Transport } from "../provider/docker/transport";
import { engineHost } from "../toolchain/engine";
import { toolchainEnv } from "../toolchain/env";

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
