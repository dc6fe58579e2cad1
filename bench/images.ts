import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { removeIfUnused } from "../provider/docker/hostRegistry";
import { ROUTER_IMAGE } from "../spec/defaults";
import { probe } from "../test/helpers/probe";
import { ensureProbeImage } from "../test/helpers/probeImage";
import { TestStack } from "../test/helpers/stack";
import { quiet } from "./machine";
import { measure } from "./measure";
import { atEnd, say } from "./progress";
import { UP } from "./stacks";
import { median } from "./stats";

/** Seconds; of builds from the begin of the first to the end of the last one. */
export interface ImageFigures {
  services: number;
  oneByOne: number;
  parallel: number;
  oneLine: number;
  /** Whole `up` with nothing to do. */
  unchanged: number;
  prebuilt: number;
}

const SERVICES = ["s1", "s2", "s3", "s4", "s5"];

/** Some seconds of work in each cold build: half of it of the processor, half of it waiting, as for a download. */
const WORK = "i=0; while [ $i -lt 1000000 ]; do i=$((i+1)); done; sleep 2";

export async function imageFigures(repeats: number): Promise<ImageFigures> {
  const bench = await ImageBench.create();
  say("builds: five, one by one");
  const oneByOne = await bench.deploy("cold-1", "--parallel=1");
  say("builds: five, in parallel");
  const parallel = await bench.deploy("cold-2");
  say("builds: one line of one service");
  const oneLine = await bench.change("s3");
  const beside = await bench.prebuilt();
  const built: number[] = [];
  const unbuilt: number[] = [];
  // In turns: a machine is not as quick at one time as at another.
  for (let index = 1; index <= repeats; index++) {
    say(`builds: unchanged, ${index} of ${repeats}`);
    await quiet();
    built.push(await bench.steady());
    unbuilt.push(await beside.steady());
  }
  return {
    ...{ services: SERVICES.length, oneByOne, parallel, oneLine },
    ...{ unchanged: median(built), prebuilt: median(unbuilt) },
  };
}

class ImageBench {
  private constructor(readonly stack: TestStack) {}

  static async create(kind = "built"): Promise<ImageBench> {
    const stack = await TestStack.create(`bench-${kind}-${process.pid}`);
    const bench = new ImageBench(stack);
    atEnd(() => bench.dispose());
    stack.set("strategy", { drainTimeout: 1, deployTimeout: 120 });
    // As when nothing is said: the one on the host.
    stack.set("registry", undefined);
    return bench;
  }

  /** `nonce`: what no cache has seen. */
  async deploy(nonce: string, ...more: string[]): Promise<number> {
    const services: Record<string, Record<string, unknown>> = {};
    const probeImage = await ensureProbeImage();
    for (const name of SERVICES) {
      const folder = join(this.stack.folder, name);
      mkdirSync(folder, { recursive: true });
      const lines = [
        `FROM ${ROUTER_IMAGE} AS work`,
        `RUN : ${name} ${nonce} ${this.stack.name}; ${WORK}; date > /made`,
        `FROM ${probeImage}`,
        "COPY --from=work /made /made",
        "COPY line /line",
      ];
      writeFileSync(join(folder, "Dockerfile"), `${lines.join("\n")}\n`);
      writeFileSync(join(folder, "line"), "1\n");
      const port = name === SERVICES[0] ? { port: this.stack.port } : {};
      const { image: _image, ...service } = await seldomChecked("1", port);
      services[name] = { ...service, build: name };
    }
    this.stack.compose(services);
    return this.builds(more);
  }

  change(service: string): Promise<number> {
    writeFileSync(join(this.stack.folder, service, "line"), "2\n");
    return this.builds([]);
  }

  /** Another stack, of the same images by their names. */
  async prebuilt(): Promise<ImageBench> {
    const { checkpoint } = JSON.parse(this.stack.state()) as Checkpoint;
    const tags = checkpoint.latest.resources
      .filter(({ type }) => type === "docker-build:index:Image")
      .map(({ inputs }) => inputs.tags![0]!);
    const other = await ImageBench.create("prebuilt");
    // Twice, so that both of its slots are full, too.
    for (const version of ["0", "1"]) {
      const services = SERVICES.map(async (name, index) => {
        const image = tags.find((tag) => tag.includes(`-${name}:`));
        const port = index === 0 ? { port: other.stack.port } : {};
        return [name, { ...(await seldomChecked(version, port)), image }] as const;
      });
      other.stack.compose(Object.fromEntries(await Promise.all(services)));
      await other.stack.deploy();
    }
    return other;
  }

  async steady(): Promise<number> {
    return (await measure(this.stack.pulumi(UP, false))).seconds;
  }

  /** From what the CLI prints as a build begins and ends. */
  private async builds(more: string[]): Promise<number> {
    const child = this.stack.pulumi([...UP, ...more], false);
    let [first, last] = [NaN, NaN];
    child.stdout?.on("data", (chunk: Buffer) => {
      const said = chunk.toString("utf8");
      if (Number.isNaN(first) && /Image build-\S+ (creat|updat)ing/.test(said)) {
        first = performance.now();
      }
      if (/Image build-\S+ (creat|updat)ed/.test(said)) last = performance.now();
    });
    await measure(child);
    return (last - first) / 1000;
  }

  private async dispose(): Promise<void> {
    await this.stack.dispose();
    const { docker } = this.stack.transport;
    await removeIfUnused(this.stack.transport);
    const all = await docker.listImages();
    const ours = all.flatMap(({ RepoTags }) => RepoTags ?? []);
    for (const tag of ours.filter((name) => name.includes(`${this.stack.name}-`))) {
      await docker.getImage(tag).remove({ force: true });
    }
  }
}

/** Twenty containers whose checks are frequent keep the machine busy, and nothing else is measured: as often as Docker does by itself. */
async function seldomChecked(
  version: string,
  port: { port?: number },
): Promise<Record<string, unknown>> {
  const service = await probe(version, port);
  return { ...service, healthcheck: { ...(service.healthcheck as object), interval: "30s" } };
}

interface Checkpoint {
  checkpoint: { latest: { resources: { type: string; inputs: { tags?: string[] } }[] } };
}
