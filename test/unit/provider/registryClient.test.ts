import { challengeOf } from "../../../provider/registry/challenge";
import { RegistryClient, RegistryRefusal } from "../../../provider/registry/client";
import { cureOf } from "../../../provider/registry/kinds";
import { serverOf } from "../../../provider/registry/named";

const LOGIN = { username: "bot", password: "marker-unit-5ecret" };
const BASIC = `Basic ${Buffer.from(`${LOGIN.username}:${LOGIN.password}`).toString("base64")}`;
/** sha256 of `{}`. */
const EMPTY = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

interface Asked {
  method: string;
  url: string;
  authorization: string | undefined;
}

/** A registry at https://r.test: what it answers, and what it was asked. */
function registry(answer: (asked: Asked) => Response | undefined, address = "r.test") {
  const asked: Asked[] = [];
  const send = async (url: string, { method = "GET", headers }: RequestInit) => {
    const { authorization } = headers as Record<string, string | undefined>;
    const one = { method, url, authorization };
    asked.push(one);
    return answer(one) ?? new Response("", { status: 404 });
  };
  return { client: new RegistryClient(address, LOGIN, send), asked };
}

const json = (body: object, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { headers });
const refused = (status: number, code: string, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify({ errors: [{ code, message: `it is ${code}` }] }), {
    status,
    headers,
  });
const challenge = (text: string) => refused(401, "UNAUTHORIZED", { "www-authenticate": text });

test.each([
  ['Basic realm="r"', { scheme: "basic", parameters: { realm: "r" } }],
  [
    'Bearer realm="https://a/token",service="r",scope="repository:a/b:pull,push"',
    {
      scheme: "bearer",
      parameters: {
        realm: "https://a/token",
        service: "r",
        scope: "repository:a/b:pull,push",
      },
    },
  ],
  ["bearer realm=x , service=y", { scheme: "bearer", parameters: { realm: "x", service: "y" } }],
  [
    'Negotiate, Basic realm="a \\"b\\"", Bearer realm="c"',
    { scheme: "basic", parameters: { realm: 'a "b"' } },
  ],
  ["Negotiate", undefined],
  ["", undefined],
])("challenge %s", (header, expected) => {
  expect(challengeOf(header)).toEqual(expected);
});

test("a list comes in pages, and the next one is asked for where the last one says", async () => {
  const { client, asked } = registry(({ url }) =>
    url.endsWith("?n=1000")
      ? json({ tags: ["1", "2"] }, { link: '</v2/a/b/tags/list?last=2&n=2>; rel="next"' })
      : json({ tags: ["3"] }),
  );
  expect(await client.tags("a/b")).toEqual(["1", "2", "3"]);
  expect(asked[1]!.url).toBe("https://r.test/v2/a/b/tags/list?last=2&n=2");
});

test("a next page elsewhere is not fetched", async () => {
  const link = '<https://evil.test/v2/a/tags/list>; rel="next"';
  const { client, asked } = registry(() => json({ tags: [] }, { link }));
  await expect(client.tags("a")).rejects.toThrow("its next page is elsewhere");
  expect(asked).toHaveLength(1);
});

test("a repository that is not there, and one without tags", async () => {
  expect(await registry(() => refused(404, "NAME_UNKNOWN")).client.tags("a")).toBeUndefined();
  expect(await registry(() => json({ tags: null })).client.tags("a")).toEqual([]);
});

describe("a registry that wants a token", () => {
  const wants = (scope: string) =>
    challenge(`Bearer realm="https://auth.test/token",service="r.test",scope="${scope}"`);
  const withTokens = (isOld = (_asked: Asked) => false) =>
    registry((asked) => {
      const url = new URL(asked.url);
      if (url.host === "auth.test") {
        if (asked.authorization !== BASIC) return refused(401, "DENIED");
        return json({
          access_token: url.searchParams.getAll("scope").join("+"),
        });
      }
      const scope = `repository:a:${asked.method === "DELETE" ? "delete" : "pull"}`;
      if (asked.authorization !== `Bearer ${scope}` || isOld(asked)) return wants(scope);
      if (asked.method === "DELETE") return new Response(null, { status: 202 });
      return json({ tags: ["1"] });
    });

  test("gets one, keeps it, and another one to delete; the login goes to its realm only", async () => {
    const { client, asked } = withTokens();
    await client.tags("a");
    await client.tags("a");
    expect(await client.remove("a", EMPTY)).toBe(true);
    const shown = asked.map(({ method, url, authorization }) => [
      method,
      new URL(url).host,
      authorization === BASIC ? "login" : authorization,
    ]);
    const pull = ["GET", "r.test", "Bearer repository:a:pull"];
    expect(shown).toEqual([
      ["GET", "r.test", undefined],
      ["GET", "auth.test", "login"],
      pull,
      pull,
      ["DELETE", "r.test", undefined],
      ["GET", "auth.test", "login"],
      ["DELETE", "r.test", "Bearer repository:a:delete"],
    ]);
    const token = new URL(asked[1]!.url);
    expect(token.searchParams.get("service")).toBe("r.test");
  });

  test("one that is too old is replaced", async () => {
    let answers = 0;
    const { client } = withTokens((asked) => asked.url.includes("tags") && answers++ === 1);
    await client.tags("a");
    expect(await client.tags("a")).toEqual(["1"]);
  });

  test("a realm without https gets no login", async () => {
    const { client, asked } = registry(() => challenge('Bearer realm="http://auth.test/token"'));
    await expect(client.tags("a")).rejects.toThrow("http://auth.test");
    expect(asked).toHaveLength(1);
  });
});

test("a login that is refused is told in the registry's words, without the password", async () => {
  const { client } = registry(({ authorization }) =>
    authorization === undefined
      ? challenge('Basic realm="r"')
      : refused(401, `DENIED ${LOGIN.password} ${BASIC}`),
  );
  const error = await client.tags("a").catch((one: Error) => one);
  expect(error).toBeInstanceOf(RegistryRefusal);
  expect((error as Error).message).toMatch(/^GET \/v2\/a\/tags\/list: 401 DENIED \[secret\]/);
  expect(JSON.stringify(error) + String(error)).not.toContain(LOGIN.password);
  expect(String(error)).not.toContain(BASIC.slice(6));
});

describe("a blob that lies elsewhere", () => {
  const moved = (location: string) =>
    registry(({ url, authorization }) => {
      if (url.startsWith("https://store.test")) return json({});
      if (authorization === undefined) return challenge('Basic realm="r"');
      return new Response(null, { status: 307, headers: { location } });
    });

  test("is fetched without the login", async () => {
    const { client, asked } = moved("https://store.test/blob?signed");
    expect(await client.json("a", "blobs", EMPTY)).toEqual({});
    expect(asked.map(({ authorization }) => authorization)).toEqual([undefined, BASIC, undefined]);
  });

  test("is not fetched without https", async () => {
    const { client } = moved("http://store.test/blob");
    await expect(client.json("a", "blobs", EMPTY)).rejects.toThrow("it is not https");
  });

  test("nor without an end", async () => {
    const { client } = moved("https://r.test/again");
    await expect(client.json("a", "blobs", EMPTY)).rejects.toThrow("without an end");
  });
});

test("what does not have its digest is not believed", async () => {
  const { client } = registry(() => json({ layers: [] }));
  await expect(client.json("a", "manifests", EMPTY)).rejects.toThrow("something else");
});

test("a registry that tells no digest with the head is asked for the whole", async () => {
  const { client, asked } = registry(() => new Response("{}"));
  expect(await client.digest("a", "1")).toBe(EMPTY);
  expect(asked.map(({ method }) => method)).toEqual(["HEAD", "GET"]);
});

test("without a list of repositories none is known", async () => {
  const { client } = registry(() => refused(401, "UNAUTHORIZED"));
  expect(await client.repositories()).toBeUndefined();
});

test.each([
  ["docker.io", "https://registry-1.docker.io/v2/a/tags/list?n=1000"],
  ["ghcr.io", "https://ghcr.io/v2/a/tags/list?n=1000"],
  ["127.0.0.1:5000", "http://127.0.0.1:5000/v2/a/tags/list?n=1000"],
  ["localhost:5000", "http://localhost:5000/v2/a/tags/list?n=1000"],
  ["127.0.0.1.evil.test", "https://127.0.0.1.evil.test/v2/a/tags/list?n=1000"],
])("%s is asked at %s", async (address, url) => {
  const { client, asked } = registry(() => json({ tags: [] }), address);
  await client.tags("a");
  expect(asked[0]!.url).toBe(url);
});

test("a registry that cannot be reached is named", async () => {
  const send = () => Promise.reject(new TypeError("fetch failed", { cause: new Error("ECONN") }));
  await expect(new RegistryClient("r.test", LOGIN, send).tags("a")).rejects.toThrow(
    "r.test: ECONN",
  );
});

test.each([
  ["ghcr.io/acme", 405, "UNSUPPORTED", /packages API/],
  ["docker.io/acme", 405, undefined, /Docker Hub/],
  ["1.dkr.ecr.eu-west-1.amazonaws.com", 405, "UNSUPPORTED", /batch-delete-image/],
  ["r.test/acme", 405, "UNSUPPORTED", /storage\.delete\.enabled/],
  ["r.test/acme", 400, "UNSUPPORTED", /storage\.delete\.enabled/],
  ["r.test/acme", 403, "DENIED", /may delete/],
  ["r.test/acme", 500, "UNKNOWN", undefined],
])("%s says %i %s", (server, status, code, cure) => {
  const told = cureOf(serverOf(server), new RegistryRefusal(status, code, "no"));
  if (cure === undefined) expect(told).toBeUndefined();
  else expect(told).toMatch(cure);
});
