import { type AddressInfo, connect, createServer as createPlainServer } from "net";
import { Duplex } from "stream";
import { createSecureContext, createServer, type SecureContextOptions, type Server } from "tls";
import { explained, faultOf, httpsFault } from "../../../provider/docker/https";
import { Transport } from "../../../provider/docker/transport";
import { traffic, type TrafficInputs } from "../../../provider/resources/traffic";
import type { Reach } from "../../../spec/types";
import { selfSigned } from "../../helpers/certificate";
import { context as contextOf, FakePlatform, PLACE } from "../../helpers/fakePlatform";
import { served } from "../../helpers/observation";

const NAME = "app.example.com";
const tls = { staging: false, redirect: true };
const WANTED: Reach = { hosts: [NAME], tls };
const WAITING: Reach = { hosts: [NAME], tls: { ...tls, redirect: false } };
const targets = ["green-api:8000"];
const onGreen = (reach: Reach) => ({ slot: "green" as const, release: "new", targets, reach });
const inputs = (reach: Reach, more: object = {}): TrafficInputs => ({
  ...PLACE,
  table: { ...onGreen(reach), healthPath: "/", deployTimeout: 30, drainTimeout: 2 },
  expected: { slot: "green" },
  ...more,
});
const fault = (seen: string, stale = false) => ({ seen, stale });

let platform: FakePlatform;
beforeEach(() => {
  platform = new FakePlatform();
  platform.table = onGreen(WANTED);
  platform.history.set("new", [served("green", 1)]);
});

/** What the table said after each write, and what was said. */
async function written(reach: Reach, more: object = {}) {
  const reaches: (Reach | undefined)[] = [];
  const write = platform.setTraffic.bind(platform);
  platform.setTraffic = async (table) => {
    await write(table);
    reaches.push(table.reach);
  };
  const ran = contextOf(platform);
  await traffic.update!(inputs(reach), inputs(reach, more), ran);
  return { reaches, said: ran.said.join("\n") };
}

describe("it differs", () => {
  const differs = async (reach: Reach) =>
    (await traffic.diff(inputs(reach), inputs(reach), contextOf(platform))).changes;

  test("not when the edge answers as wanted", async () => {
    expect(await differs(WANTED)).toBe(false);
  });

  test.each<[string, Reach]>([
    ["the redirect still waits for a certificate", WAITING],
    ["it answers to other names", { hosts: ["other.example.com"], tls }],
    ["it speaks no https", { hosts: [NAME] }],
    ["it is for trials", { hosts: [NAME], tls: { ...tls, staging: true } }],
    ["its certificate is another", { hosts: [NAME], tls: { ...tls, certificate: "abc" } }],
  ])("when %s", async (_what, there) => {
    platform.table = onGreen(there);
    expect(await differs(WANTED)).toBe(true);
  });
});

describe("the redirect", () => {
  test("comes last: after https works under each name", async () => {
    platform.table = onGreen({ hosts: [] });
    const { reaches, said } = await written(WANTED);
    expect(reaches).toEqual([WAITING, WANTED]);
    expect(said).toContain(`https works for ${NAME}: plain HTTP is redirected`);
    // No slot got other traffic: nothing for the records.
    expect(platform.writes.join()).not.toContain("addEvent");
  });

  test("waits when https does not work, and says what was seen and what to do", async () => {
    platform.table = onGreen({ hosts: [] });
    platform.https[NAME] = [fault("no such host")];
    const { reaches, said } = await written(WANTED);
    expect(reaches).toEqual([WAITING]);
    expect(said).toMatch(
      /warning: https does not work yet:\n {2}app.example.com: no such host\nUntil then plain HTTP is served, and not redirected. .*"pulumi up" again/,
    );
  });

  test("waits for all names", async () => {
    const both = { hosts: [NAME, "www.example.com"], tls };
    platform.https["www.example.com"] = [fault("no such host")];
    const { reaches, said } = await written(both);
    expect(reaches).toEqual([{ ...both, tls: { ...tls, redirect: false } }]);
    expect(said).not.toContain(`${NAME}: `);
  });

  test("is all that a later run writes", async () => {
    platform.table = onGreen(WAITING);
    expect((await written(WANTED)).reaches).toEqual([WANTED]);
  });

  test("stays over a flip, in its one write", async () => {
    platform.table = { ...onGreen(WANTED), slot: "blue", release: "old", targets: ["blue-api:1"] };
    const { reaches, said } = await written(WANTED, { expected: { slot: "blue" } });
    expect(reaches).toEqual([WANTED]);
    expect(said).not.toContain("certificate");
  });

  test("stays when a name goes, and when an own certificate follows another", async () => {
    platform.table = onGreen({ hosts: [NAME, "www.example.com"], tls });
    expect((await written(WANTED)).reaches[0]).toEqual(WANTED);
    const [old, renewed] = ["a", "b"].map((certificate) => ({
      hosts: [NAME],
      tls: { ...tls, certificate },
    }));
    platform.table = onGreen(old!);
    expect((await written(renewed!)).reaches).toEqual([renewed]);
  });

  test("that nobody wants is not made", async () => {
    platform.table = onGreen({ hosts: [] });
    expect((await written(WAITING)).reaches).toEqual([WAITING]);
  });
});

test("a fault of an earlier try makes the edge try again, once", async () => {
  platform.table = onGreen(WAITING);
  platform.https[NAME] = [fault("no such host", true), undefined];
  expect((await written(WANTED)).reaches).toEqual([WAITING, WANTED]);
  platform.table = onGreen(WAITING);
  platform.https[NAME] = [fault("no such host", true)];
  expect((await written(WANTED)).said).toContain("no such host");
});

describe("a handshake by way of a stream that is no socket, as over ssh", () => {
  const pair = selfSigned(NAME);
  let server: Server;
  /** Whether the server has something to show. */
  let context: Partial<SecureContextOptions>;
  beforeEach(async () => {
    context = pair;
    server = createServer({
      SNICallback: (_name, done) => done(null, createSecureContext(context)),
    });
    server.on("tlsClientError", () => {});
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterEach(() => server.close());

  const looked = (host: string, HostIp = "0.0.0.0") => {
    const { port } = server.address() as AddressInfo;
    const Ports = { "443/tcp": [{ HostIp, HostPort: String(port) }] };
    const transport = {
      docker: { getContainer: () => ({ inspect: async () => ({ NetworkSettings: { Ports } }) }) },
      dial: (to: number, address: string) => {
        const socket = connect(to, address.replace("0.0.0.0", "127.0.0.1"));
        return Duplex.from({ readable: socket, writable: socket });
      },
    } as unknown as Transport;
    return httpsFault(transport, "edge", host, async () => "");
  };

  test("finds a certificate for the name", async () => {
    expect(await looked(NAME)).toBeUndefined();
    expect(await looked(NAME, "127.0.0.1")).toBeUndefined();
  });

  test("finds that it is for another name", async () => {
    expect((await looked("www.example.com"))!.seen).toContain("altnames");
  });

  test("finds none", async () => {
    context = {};
    expect((await looked(NAME))!.seen).toMatch(/alert|closed|reset/i);
  });
});

test("a port of the host is taken, or free", async () => {
  const transport = new Transport("unix:///var/run/docker.sock");
  const server = createPlainServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  expect(await transport.listens(port, "0.0.0.0")).toBe(true);
  await new Promise((resolve) => server.close(resolve));
  expect(await transport.listens(port, "127.0.0.1")).toBe(false);
});

describe("what a handshake found", () => {
  const line = (words: string) =>
    JSON.stringify({
      time: "2026-01-01T10:00:00Z",
      level: "INFO",
      msg: `http: TLS handshake error from 172.18.0.1:5512: ${words}`,
    });
  const noise = [line("EOF"), line("unknown server name"), '{"msg":"Request","path":"/acme"}'];

  test("is in the proxy's log", () => {
    const words = `acme/autocert: unable to satisfy "https://ca/authz" for domain "${NAME}": no viable challenge type found`;
    const other = line(words.replace(NAME, "www.example.com"));
    const log = [line("acme: an earlier one"), line(words), other, ...noise].join("\n");
    expect(explained(NAME, log, "alert")).toEqual({ seen: words, stale: false });
  });

  test("is the handshake's own word when the log says nothing", () => {
    expect(explained(NAME, noise.join("\n"), "alert")).toEqual({ seen: "alert", stale: false });
  });

  test("is of an earlier try when the proxy only says that it has nothing", () => {
    const silence = line("acme/autocert: missing certificate");
    const log = [line("dial tcp: acme.example: refused"), silence].join("\n");
    expect(explained(NAME, log, "alert")).toEqual({
      seen: "dial tcp: acme.example: refused",
      stale: true,
    });
  });

  const certificate = (more: object) =>
    ({
      subject: { CN: NAME },
      subjectaltname: `DNS:${NAME}`,
      valid_to: "Jan  1 00:00:00 2099 GMT",
      ...more,
    }) as never;

  test("may be a certificate that is none for this name, or too old", () => {
    expect(faultOf(NAME, certificate({}))).toBeUndefined();
    expect(faultOf("www.example.com", certificate({}))).toContain("altnames");
    expect(faultOf(NAME, certificate({ valid_to: "Jan  1 00:00:00 2020 GMT" }))).toContain(
      "has expired on Jan",
    );
  });
});
