import { LABEL } from "../spec/names";
import { underLoad } from "./load";
import { say, sleep } from "./progress";
import { SlipwayBench } from "./stacks";
import { median, type LoadFigures } from "./stats";

export interface LatencyRow {
  way: string;
  p50: number;
  p99: number;
  failed: number;
}

/** Ways to one and the same app, asked in turns, so that a busy moment of the machine meets all of them. */
export async function latency(rounds: number, seconds: number): Promise<LatencyRow[]> {
  say("latency: deploying with and without a router");
  const [edge, routed] = [
    await SlipwayBench.create("edge", 1),
    await SlipwayBench.create("router", 2, true),
  ];
  await edge.deploy("1");
  await routed.deploy("1");
  const ways: [string, number][] = [
    ["straight to the container's port", await containerPort(edge)],
    ["through the edge", edge.port],
    ["through edge and router", routed.port],
  ];
  const found = new Map<string, LoadFigures[]>(ways.map(([way]) => [way, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const [way, port] of ways) {
      say(`latency: ${way}, ${round} of ${rounds}`);
      const url = `http://127.0.0.1:${port}/`;
      found.get(way)!.push(await underLoad(url, () => sleep(seconds * 1000)));
    }
  }
  await edge.dispose();
  await routed.dispose();
  return [...found].map(([way, figures]) => ({
    way,
    p50: median(figures.map((one) => one.p50)),
    p99: median(figures.map((one) => one.p99)),
    failed: figures.reduce((sum, one) => sum + one.failed, 0),
  }));
}

/** The port that the gate asks: on the loopback, as the edge's is. */
async function containerPort({ stack }: SlipwayBench): Promise<number> {
  const listed = await stack.transport.docker.listContainers({
    filters: { label: [`${LABEL.application}=${stack.name}`, `${LABEL.role}=app`] },
  });
  const port = listed[0]?.Ports.find((one) => one.PrivatePort === 8080)?.PublicPort;
  if (port === undefined) throw new Error("the app's container has no published port");
  return port;
}
