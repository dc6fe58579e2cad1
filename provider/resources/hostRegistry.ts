import type { KeptImage } from "../../spec/hostRegistry";
import type { HostRegistrySettings, Login, Place } from "../platform";
import type { Context, Kind } from "./kind";

export interface HostRegistryInputs extends Place, HostRegistrySettings {
  /** Differs in each run that does not find it running. */
  make?: string;
  /** Which one is there; written by the resource where it was not. Another one is empty. */
  store?: string;
  /** What kept releases run from. */
  keeps: KeptImage[];
  logins: Login[];
}

/**
 * The registry on the Docker host, for whoever is deployed there. Never removed: it goes with the last
 * claim on the host.
 */
export const hostRegistry: Kind<HostRegistryInputs> = {
  async check({ make, server, port }, _olds, { platform }) {
    if (make === undefined || !(await platform.listens(address(server), port))) return undefined;
    // Another stack may have made it since the look.
    if ((await platform.hostRegistry()).state === "running") return undefined;
    return `port ${port} on the host's loopback is taken by something else, so there can be no registry for the images that are built. Nothing was changed. Free it, take another one (pulumi config set --path slipway:docker.registryPort PORT), name a registry (slipway:registry.server), or let images stay on the engine: pulumi config set registry none`;
  },
  async diff(olds, news) {
    return { changes: news.make !== undefined || news.store !== olds.store };
  },
  async create(inputs, context) {
    await ensure(inputs, undefined, context);
    return inputs.server;
  },
  async update(olds, news, context) {
    await ensure(news, olds.store, context);
  },
};

const address = (server: string) => server.replace(/:\d+$/, "");

async function ensure(
  inputs: HostRegistryInputs,
  before: string | undefined,
  { platform, life, say }: Context,
): Promise<void> {
  const { server, port, image, logins, keeps } = inputs;
  await life.assertAlive();
  say(`making sure that ${server} answers`);
  inputs.store = await platform.ensureHostRegistry({ server, port, image }, logins);
  if (inputs.store === before || keeps.length === 0) return;
  await life.assertAlive();
  say(`pushing ${keeps.map(({ reference }) => reference).join(", ")}`);
  await platform.fillHostRegistry(keeps);
}
