import { ToolchainError, runMain } from "./fault";
import { startCluster, stopCluster } from "./kubernetes/cluster";
import { shortPath } from "./parts";
import { line, step } from "./progress";

/** From its binaries on; the packages of Debian come on top, once. */
const startSeconds = 10;

/** `npm run cluster -- up|down`: a Kubernetes cluster of one node on this machine. */
runMain(async () => {
  const [what] = process.argv.slice(2);
  if (what === "up") return up();
  if (what === "down") return down();
  throw new ToolchainError(`"${what ?? ""}" is not known here`, "Choose from: up, down.");
});

async function up(): Promise<void> {
  const { kubeconfig, foreign, started, kubectl } = await step(
    "Kubernetes cluster",
    startSeconds,
    startCluster,
  );
  if (foreign) return line(`KUBECONFIG names a cluster, which is used: ${kubeconfig}`);
  line(started ? "The cluster runs." : "The cluster runs already.");
  line(`  export KUBECONFIG=${kubeconfig}`);
  line(`  ${kubectl.map(shortPath).join(" ")} get nodes   # or a kubectl of your own`);
}

async function down(): Promise<void> {
  const stopped = await step("Kubernetes cluster", 0, stopCluster);
  line(stopped ? "The cluster is gone, with all that was in it." : "There is no cluster.");
}
