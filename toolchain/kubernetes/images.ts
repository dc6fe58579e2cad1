import { createHash } from "node:crypto";
import fs from "node:fs";
import { buffer } from "node:stream/consumers";
import execa from "execa";
import { Transport } from "../../provider/docker/transport";
import { engineHost } from "../engine";
import { tarOf } from "../image-build";
import { containerdSocket, PAUSE_IMAGE } from "./settings";

/** Node's name of an architecture -> an image's, where they differ. */
const ARCHITECTURES: Record<string, string> = { x64: "amd64" };

/** Puts an image of the Docker engine into the cluster, under the same name. */
export async function importFromEngine(reference: string): Promise<void> {
  const image = await new Transport(engineHost()).docker.getImage(reference).get();
  await importArchive(image);
}

/** The image of the container that holds a Pod's network; made by hand, so that it takes no Docker engine. */
export async function importPause(binary: string): Promise<void> {
  const content = fs.readFileSync(binary);
  const layer = await buffer(tarOf([{ name: "pause", content, mode: 0o755 }]));
  const digest = createHash("sha256").update(layer).digest("hex");
  const config = {
    architecture: ARCHITECTURES[process.arch] ?? process.arch,
    os: "linux",
    config: { Entrypoint: ["/pause"] },
    rootfs: { type: "layers", diff_ids: [`sha256:${digest}`] },
  };
  const manifest = [{ Config: "config.json", RepoTags: [PAUSE_IMAGE], Layers: ["layer.tar"] }];
  const entries = [
    { name: "config.json", content: JSON.stringify(config) },
    { name: "layer.tar", content: layer },
    { name: "manifest.json", content: JSON.stringify(manifest) },
  ];
  await importArchive(tarOf(entries));
}

/** What `docker save` writes. */
async function importArchive(archive: NodeJS.ReadableStream): Promise<void> {
  const args = ["--address", containerdSocket(), "--namespace", "k8s.io", "images", "import", "-"];
  const child = execa("ctr", args, { all: true });
  archive.pipe(child.stdin!);
  await child;
}
