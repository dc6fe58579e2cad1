import { readFileSync } from "node:fs";
import { Transport } from "../../provider/docker/transport";
import { aptInstall, engineHost } from "../../toolchain/engine";
import { buildImage } from "../../toolchain/image-build";
import { onPath } from "../../toolchain/paths";
import { ensureProbeImage } from "./probeImage";
import { LOGIN, type Registry } from "./registry";

/** A line of the shell in `/busybox`, in a Dockerfile's exec form. */
export const shell = (line: string) => JSON.stringify(["/busybox", "sh", "-c", line]);

/** The scenarios' application with a shell, in a registry: any builder can build upon it. */
export async function pushBase(
  registry: Registry,
  name: string,
  more: string[] = [],
): Promise<string> {
  if (!onPath("busybox")) await aptInstall(["busybox-static"]);
  const reference = `${registry.address}/${name}:1`;
  const { docker } = new Transport(engineHost());
  const lines = [`FROM ${await ensureProbeImage()}`, "COPY busybox /busybox", ...more];
  await buildImage(docker, reference, [
    { name: "Dockerfile", content: lines.join("\n") },
    { name: "busybox", content: readFileSync(onPath("busybox")!), mode: 0o755 },
  ]);
  const image = docker.getImage(reference);
  const pushing = await image.push({ authconfig: { ...LOGIN, serveraddress: registry.address } });
  await new Promise<void>((resolve, reject) =>
    docker.modem.followProgress(pushing, (error) => (error ? reject(error) : resolve())),
  );
  await image.remove();
  return reference;
}
