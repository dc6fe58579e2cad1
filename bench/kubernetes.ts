import { get } from "node:http";
import execa from "execa";
import { stringify } from "yaml";
import { ClusterStack } from "../test/helpers/clusterStack";
import { probe } from "../test/helpers/probe";
import { ensureProbeImage } from "../test/helpers/probeImage";
import { kubectl, loadImage, startCluster } from "../toolchain/kubernetes/cluster";
import { underLoad } from "./load";
import { atEnd, say, sleep } from "./progress";
import { median, type LoadFigures } from "./stats";

export interface KubernetesFigures {
  rows: { what: string; times: number; figures: LoadFigures }[];
  /** Seconds from the command until the new version answers. */
  deploy: number;
  apply: number;
  /** Milliseconds from just before the write of a warm rollback to the first answer of the old release. */
  rollback: number;
}

const PORT = 31_999;
const REPLICAS = 2;

/** Slipway beside kubectl's own ways, on one cluster: the same image, probes and number of pods. */
export async function kubernetesFigures(times: number): Promise<KubernetesFigures> {
  const ours = await slipwayFigures(times);
  const theirs = await kubectlFigures(times);
  const { deploy, rollback } = ours;
  return { rows: [...ours.rows, ...theirs.rows], deploy, apply: theirs.apply, rollback };
}

async function slipwayFigures(times: number) {
  const stack = await ClusterStack.createIn(`bench-${process.pid}`);
  atEnd(() => stack.dispose());
  const describe = async (version: string) =>
    stack.compose({
      web: await probe(version, { port: 80, deploy: { replicas: REPLICAS } }),
    });
  const url = `http://127.0.0.1:${stack.port}/`;
  const deploys: number[] = [];
  const rollbacks: number[] = [];
  say("kubernetes: Slipway, first deploy");
  await describe("0");
  await stack.deploy();
  const deployed = await underLoad(url, async () => {
    for (let index = 1; index <= times; index++) {
      say(`kubernetes: Slipway, deploy ${index} of ${times}`);
      await describe(String(index));
      const begin = Date.now();
      const answers = firstAnswer(url, String(index));
      await stack.deploy();
      deploys.push(((await answers) - begin) / 1000);
    }
  });
  const rolledBack = await underLoad(url, async () => {
    for (let index = 1; index <= times; index++) {
      say(`kubernetes: Slipway, warm rollback ${index} of ${times}`);
      const [back, live] = [times - 1, times].map(String);
      const wanted = index % 2 === 1 ? back! : live!;
      const { records, release } = stack.outputs() as Outputs;
      stack.set(
        "release",
        records
          .map((one) => one.release)
          .filter((id) => id !== release)
          .at(-1),
      );
      const answers = firstAnswer(url, wanted);
      await stack.deploy();
      rollbacks.push((await answers) - (await movedAt(stack)));
    }
  });
  await stack.dispose();
  return {
    rows: [
      { what: "Slipway, deploy", times, figures: deployed },
      { what: "Slipway, warm rollback", times, figures: rolledBack },
    ],
    deploy: median(deploys),
    rollback: median(rollbacks),
  };
}

interface Outputs {
  records: { release: string }[];
  release: string;
}

/** The provider notes that it is about to write, just before it does. */
async function movedAt(stack: ClusterStack): Promise<number> {
  const { release } = stack.outputs() as Outputs;
  const name = `slipway-${stack.name}-release-${release}`;
  const text = await stack.kubectl("get", "configmap", name, "--output=json");
  const data = Object.entries((JSON.parse(text) as { data: Record<string, string> }).data);
  const moves = data
    .filter(([key]) => key.includes(".moving."))
    .map(([, value]) => (JSON.parse(value) as { at: string }).at)
    .sort();
  return Date.parse(moves.at(-1)!);
}

async function kubectlFigures(times: number) {
  const cluster = await startCluster();
  const namespace = `bench-kubectl-${process.pid}`;
  const run = (args: string[], input?: string) =>
    kubectl(cluster, ["--namespace", namespace, ...args], input);
  const image = await ensureProbeImage();
  const tags = ["a", "b"].map((letter) => `${image.replace(/:.*/, "")}:bench-${letter}`);
  for (const tag of tags) {
    await execa("docker", ["tag", image, tag]);
    await loadImage(cluster, tag);
  }
  const remove = () => kubectl(cluster, ["delete", "namespace", namespace, "--wait=false"]);
  atEnd(async () => void (await remove().catch(() => {})));
  await kubectl(cluster, ["create", "namespace", namespace]);
  const url = `http://127.0.0.1:${PORT}/`;
  const apply = (version: string) => run(["apply", "-f", "-"], manifests(tags[0]!, version));
  const status = () => run(["rollout", "status", "deployment/web", "--timeout=120s"]);
  say("kubernetes: kubectl, first apply");
  await apply("0");
  await status();
  const applies: number[] = [];
  for (let index = 1; index <= times; index++) {
    say(`kubernetes: kubectl apply ${index} of ${times}`);
    const begin = Date.now();
    await apply(String(index));
    await status();
    applies.push((Date.now() - begin) / 1000);
  }
  const under = async (what: string, step: (index: number) => Promise<unknown>) => {
    const figures = await underLoad(url, async () => {
      for (let index = 1; index <= times; index++) {
        say(`kubernetes: ${what} ${index} of ${times}`);
        await step(index);
        await status();
        await sleep(500);
      }
    });
    return { what, times, figures };
  };
  const rows = [
    await under("kubectl set image", (index) =>
      run(["set", "image", "deployment/web", `web=${tags[index % 2]!}`]),
    ),
    await under("kubectl rollout undo", () => run(["rollout", "undo", "deployment/web"])),
  ];
  await remove();
  return { rows, apply: median(applies) };
}

/** What somebody would write by hand who knows of readiness, and of nothing else. */
function manifests(image: string, version: string): string {
  const labels = { app: "web" };
  const httpGet = { path: "/health", port: 8080 };
  const probes = {
    startupProbe: { httpGet, periodSeconds: 1, failureThreshold: 30 },
    readinessProbe: { httpGet, periodSeconds: 1 },
    livenessProbe: { httpGet, periodSeconds: 1, failureThreshold: 4 },
  };
  const env = [{ name: "VERSION", value: version }];
  const container = { name: "web", image, imagePullPolicy: "IfNotPresent", env, ...probes };
  const deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: {
      replicas: REPLICAS,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  };
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web" },
    spec: {
      type: "NodePort",
      selector: labels,
      ports: [{ port: 80, targetPort: 8080, nodePort: PORT }],
    },
  };
  return [deployment, service].map((one) => stringify(one)).join("---\n");
}

/** When a new connection first meets this version. */
async function firstAnswer(url: string, version: string): Promise<number> {
  const end = Date.now() + 120_000;
  while (Date.now() < end) {
    if ((await versionAt(url)) === version) return Date.now();
    await sleep(20);
  }
  throw new Error(`version ${version} has not answered`);
}

const versionAt = (url: string) =>
  new Promise<string | undefined>((resolve) => {
    const request = get(url, { agent: false, timeout: 1000 }, (answer) => {
      let body = "";
      answer.on("data", (part) => (body += part));
      answer.on("end", () => {
        try {
          resolve((JSON.parse(body) as { version: string }).version);
        } catch {
          resolve(undefined);
        }
      });
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(undefined));
  });
