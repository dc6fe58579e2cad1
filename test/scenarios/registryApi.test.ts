import { pruneAt, serverOf, unneededAt, type Question } from "../../provider/registry/prune";
import { LABEL } from "../../spec/names";
import { LOGIN, Registry } from "../helpers/registry";
import { TokenServer } from "../helpers/tokens";

const OCI = "application/vnd.oci.image";
const REPOSITORY = "acme/shop-web";

/** What a prune asks, of a real registry: with a password, with tokens, with deletion turned off. */
describe("the API of a registry", () => {
  let registry: Registry;
  const tokens = new TokenServer();

  const push = async (tag: string, type = `${OCI}.config.v1+json`) => {
    const labels = { [LABEL.builtFor]: "shop" };
    const config = JSON.stringify({
      created: "2020-01-01T00:00:00Z",
      config: { Labels: labels },
      tag,
    });
    const layer = `layer of ${tag}`;
    const of = async (mediaType: string, content: string) => ({
      mediaType,
      digest: await registry.upload(REPOSITORY, content),
      size: Buffer.byteLength(content),
    });
    const manifest = {
      mediaType: `${OCI}.manifest.v1+json`,
      config: await of(type, config),
      layers: [await of(`${OCI}.layer.v1.tar+gzip`, layer)],
    };
    const digest = await registry.put(REPOSITORY, tag, manifest);
    const size = Buffer.byteLength(JSON.stringify({ schemaVersion: 2, ...manifest }));
    return { mediaType: manifest.mediaType, digest, size };
  };
  const question = (more: Partial<Question> = {}): Question => ({
    server: serverOf(`${registry.address}/acme`),
    login: LOGIN,
    // Nothing was ever pushed for jobs.
    applications: { shop: ["web", "jobs"] },
    texts: [`${registry.address}/${REPOSITORY}:kept`],
    before: Date.now(),
    caches: false,
    ...more,
  });
  const tagsToGo = async (asked: Question) =>
    (await unneededAt(asked)).images.map(({ tags }) => tags.join());

  beforeAll(async () => {
    registry = await Registry.start();
    const [one, two] = [await push("one"), await push("two")];
    const index = { mediaType: `${OCI}.index.v1+json`, manifests: [one, two] };
    await registry.put(REPOSITORY, "platforms", index);
    await push("kept");
    await push("cache-main", "application/vnd.buildkit.cacheconfig.v0");
  });
  afterAll(() => {
    tokens.stop();
    registry?.dispose();
  });

  test("with a password", async () => {
    expect((await tagsToGo(question())).sort()).toEqual(["one", "platforms", "two"]);
    const wrong = { ...LOGIN, password: "marker-wrong-5ecret" };
    const refused = unneededAt(question({ login: wrong }));
    await expect(refused).rejects.toThrow(/tags\/list: 401 UNAUTHORIZED: authentication required/);
    await expect(refused).rejects.not.toThrow("marker");
  });

  test("deletion is off: said once, with the cure, and all is there", async () => {
    await registry.restart({ storage: registry.storage(false) });
    const agreed = await unneededAt(question());
    const { removed, refused } = await pruneAt(question(), agreed);
    expect(removed).toEqual([]);
    expect(refused).toHaveLength(1);
    expect(refused[0]).toMatchObject({
      reason: expect.stringMatching(/405 UNSUPPORTED/),
      cure: expect.stringContaining("storage.delete.enabled"),
    });
    await registry.restart({ storage: registry.storage(true) });
    expect(await registry.tags(REPOSITORY)).toHaveLength(5);
  });

  test("with tokens, one for each thing that is done; without the list of repositories", async () => {
    const auth = await tokens.start((name, content) => registry.file(name, content));
    await registry.restart({ auth });
    const agreed = await unneededAt(question());
    expect(agreed.images).toHaveLength(3);
    expect((await pruneAt(question(), agreed)).refused).toEqual([]);
    expect(await tagsToGo(question({ caches: true }))).toEqual(["cache-main"]);
    expect(agreed.kept).toMatchObject({ needed: 1, caches: 1 });
    expect(new Set(tokens.asked)).toEqual(
      new Set([
        "registry:catalog:*",
        `repository:${REPOSITORY}:pull`,
        `repository:${REPOSITORY}:delete`,
        "repository:acme/shop-jobs:pull",
      ]),
    );
    const wrong = { ...LOGIN, password: "marker-wrong-5ecret" };
    await expect(unneededAt(question({ login: wrong }))).rejects.toThrow("no such login");
  });
});
