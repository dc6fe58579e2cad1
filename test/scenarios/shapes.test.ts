import { writeFileSync } from "fs";
import { join } from "path";
import { LABEL } from "../../spec/names";
import { FIXTURE_ENVIRONMENT, FIXTURES, loadFixture, OUTCOMES } from "../helpers/fixtures";
import { ensureProbeImage } from "../helpers/probeImage";
import { KEY } from "../helpers/spec";
import { freePort, TestStack } from "../helpers/stack";
import { standIns } from "../helpers/standIns";

/**
 * Every file of test/fixtures/compose that is not refused, deployed once and destroyed. Its own programs run
 * where they are at hand (nginx, Postgres, Redis, what it builds on them); for the others the probe stands in.
 */
const deployed = OUTCOMES.filter((outcome) => outcome.refused === undefined);

/** Ports that only the file's nginx knows of. */
const LISTENS: Record<string, Record<string, number>> = {
  "nginx-front.yaml": { web: 3000, api: 8000 },
};

test.concurrent.each(deployed.map((outcome) => [outcome.files.join(" + "), outcome] as const))(
  "%s",
  async (name, { files, services }) => {
    const stack = await TestStack.create(`shapes-${files[0]!.replace(".yaml", "")}`);
    try {
      const published = await deploy(stack, files, LISTENS[name]);
      expect(await roles(stack)).toEqual(services!.split(" ").sort());
      expect(stack.outputs()).toMatchObject({
        active: "blue",
        release: expect.stringMatching(/^[0-9a-f]{12}$/),
        url: expect.stringMatching(/^http:/),
      });
      for (const { port, answer } of published) {
        const { status, body } = await stack.get("/", port, `localhost:${port}`);
        expect({ port, status, body }).toEqual({
          port,
          status: 200,
          body: expect.stringContaining(answer),
        });
      }
      await destroyed(stack, files);
    } finally {
      await stack.dispose();
      await removeBuilt(stack);
    }
  },
);

/** @returns for each published port what must be in the answer. */
async function deploy(stack: TestStack, files: string[], listens?: Record<string, number>) {
  const { spec, secrets } = loadFixture(...files);
  const found = spec.services.flatMap(({ name, ports }) =>
    ports.flatMap(({ host }) => (host === undefined ? [] : [{ name, host }])),
  );
  const ports = new Map<number, number>();
  for (const { host } of found) ports.set(host, await freePort());
  const { overlay, images, names } = standIns(spec, await ensureProbeImage(), ports, listens);
  const laid = join(stack.folder, "stand-ins.yaml");
  writeFileSync(laid, overlay);
  stack.set("name", stack.name);
  stack.set("compose", [...files.map((file) => join(FIXTURES, file)), laid]);
  stack.set("images", images);
  if (Object.keys(secrets).length > 0) await stack.secret("key", KEY);
  stack.variables = FIXTURE_ENVIRONMENT;
  await stack.deploy();
  return found.map(({ name, host }) => ({
    port: ports.get(host)!,
    answer: names.includes(name) ? `"service":"${name}"` : "",
  }));
}

/** As in OUTCOMES, of all that is there. A release command has a container beside its service's. */
async function roles(stack: TestStack): Promise<string[]> {
  const ours = ["app", "worker", "task", "accessory"];
  const containers = (await stack.containers()).filter(
    ({ role, name }) => ours.includes(role) && !(role === "task" && name.includes("-release-")),
  );
  return [...new Set(containers.map(({ service, role }) => `${service}:${role}`))].sort();
}

/** After `destroy` the data is there, and nothing else. */
async function destroyed(stack: TestStack, files: string[]): Promise<void> {
  const run = await stack.run(["destroy", "--yes", "--skip-preview"]);
  if (!run.ok) throw new Error(`destroy failed:\n${run.output}`);
  const filters = { label: [`${LABEL.application}=${stack.name}`] };
  const { docker } = stack.transport;
  const volumes = await docker.listVolumes({ filters: JSON.stringify(filters) } as object);
  expect(volumes.Volumes.map(({ Name }) => Name).sort()).toEqual(
    loadFixture(...files)
      .spec.volumes.map((volume) => `${stack.name}-${volume}`)
      .sort(),
  );
  expect(await stack.containers()).toEqual([]);
  expect(await docker.listNetworks({ filters })).toEqual([]);
}

async function removeBuilt(stack: TestStack): Promise<void> {
  const { docker } = stack.transport;
  const built = await docker.listImages({ filters: { reference: [`${stack.name}-*`] } });
  await Promise.all(built.map(({ Id }) => docker.getImage(Id).remove({ force: true })));
}
