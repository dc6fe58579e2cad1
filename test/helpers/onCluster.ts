/** One that KUBECONFIG names, or one of this machine's own, which only root on Linux can start. */
const isPossible =
  process.env.KUBECONFIG !== undefined ||
  (process.platform === "linux" && process.getuid?.() === 0);
export const onCluster = isPossible ? describe : describe.skip;
