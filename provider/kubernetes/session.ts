import type { Session } from "../platform";
import type { Client } from "./client";
import { pathOf, type Pod } from "./workload";

/** What the API server tells when a command has ended. */
interface Status {
  status?: string;
  message?: string;
  details?: { causes?: { reason?: string; message?: string }[] };
}

/** Runs a command in a pod. Returns its exit code. */
export async function execIn(
  client: Client,
  id: string,
  command: string[],
  { input, output, errors, sizes }: Session,
): Promise<number> {
  const pod = await client.get<Pod>(pathOf(client, id));
  const [{ Exec }, config] = await Promise.all([
    import("@kubernetes/client-node"),
    client.kubeConfig(),
  ]);
  const container = pod.status?.containerStatuses?.[0]?.name ?? "";
  const { namespace } = client;
  return new Promise((resolve, reject) => {
    const ended = (status: Status) => {
      if (status.status === "Success") return resolve(0);
      const code = status.details?.causes?.find(({ reason }) => reason === "ExitCode")?.message;
      if (code !== undefined) return resolve(Number(code));
      reject(new Error(status.message ?? "it ended, and the cluster does not say how"));
    };
    const isTerminal = sizes !== undefined;
    new Exec(config)
      .exec(
        namespace,
        pod.metadata!.name!,
        container,
        command,
        output,
        isTerminal ? null : errors,
        input,
        isTerminal,
        ended as never,
      )
      .catch(reject);
  });
}
