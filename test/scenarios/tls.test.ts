import { createServer } from "net";
import { selfSigned } from "../helpers/certificate";
import { certificateAt, plainAnswer } from "../helpers/handshake";
import { startLoad } from "../helpers/load";
import { ensurePebble, Pebble } from "../helpers/pebble";
import { probe } from "../helpers/probe";
import { TestStack } from "../helpers/stack";

const NAME = "shop.slipway.test";
/** Of this scenario alone: nobody else has its ports 80 and 443. */
const BIND = "127.0.0.77";
const REDIRECT = `301 https://${NAME}/`;
const STEADY = { unchanged: expect.any(Number) };

/** The tests are the days of one application: each goes on where the one before has ended. */
describe("https at the edge", () => {
  let stack: TestStack;
  let images: Awaited<ReturnType<typeof ensurePebble>>;
  let pebble: Pebble | undefined;
  /** Of the certificate that the first day ends with. */
  let issued: string;
  let blue: string;

  const web = async (version: string) =>
    stack.compose({ web: await probe(version, { port: stack.port }) });
  const edge = async () => (await stack.containers()).find(({ role }) => role === "edge")!.id;
  const shown = async () => (await certificateAt(BIND, NAME)).fingerprint256;
  const plain = () => plainAnswer(BIND, NAME);
  const clients = () => [
    startLoad(80, { host: BIND, name: NAME, redirect: `https://${NAME}/`, clients: 4 }),
    startLoad(443, { host: BIND, name: NAME, secure: true, clients: 4 }),
  ];
  const ended = async (loads: ReturnType<typeof clients>) => {
    const reports = await Promise.all(loads.map(({ stop }) => stop()));
    for (const { requests } of reports) expect(requests).toBeGreaterThan(50);
    return reports.flatMap(({ failures }) => failures.slice(0, 3));
  };

  beforeAll(async () => {
    images = await ensurePebble();
    stack = await TestStack.create("tlsedge", {
      host: "unix:///var/run/docker.sock",
      bind: BIND,
      command: [],
    });
    const { host } = stack.engine;
    stack.set("docker", { host, bind: BIND, proxyImage: images.proxy });
    stack.set("domain", NAME);
    stack.set("tls", { staging: true });
  });
  afterAll(async () => {
    await pebble?.stop();
    await stack.dispose();
  });

  test("no ACME server at the first deploy: the release serves all the same", async () => {
    await web("1");
    const run = await stack.deploy();
    expect(run.output).toContain(`the edge answers to ${NAME} only`);
    expect(run.output).toMatch(/warning:.* https does not work yet:\s+shop.slipway.test: .*acme/);
    expect(await plain()).toBe("200");
    await expect(certificateAt(BIND, NAME)).rejects.toThrow();
    expect(stack.outputs()).toMatchObject({ url: `https://${NAME}/`, active: "blue" });
    blue = (await stack.slot("blue"))[0]!.id;
  });

  test("by its address, or another name, it says 404", async () => {
    expect(await plainAnswer(BIND, BIND)).toBe("404");
    expect(await plainAnswer(BIND, "other.slipway.test")).toBe("404");
    expect(await plainAnswer(BIND, NAME, stack.port)).toBe("200");
  });

  test("no DNS yet: the next up says what the ACME server says, and nothing is lost", async () => {
    pebble = await Pebble.start(stack.name, images.server);
    const run = await stack.deploy();
    expect(run.output).toContain("steady: ");
    expect(run.output).toMatch(
      /https does not work yet:\s+shop.slipway.test: .*no viable challenge/,
    );
    expect(await plain()).toBe("200");
  });

  test("DNS is there: the next up redirects to https, and no request fails", async () => {
    await pebble!.resolve(NAME);
    const load = startLoad(80, { host: BIND, name: NAME, redirect: `https://${NAME}/` });
    const run = await stack.deploy();
    expect(run.output).toContain(`https works for ${NAME}`);
    expect((await load.stop()).failures).toEqual([]);
    expect(load.report.versions["1"]).toBeGreaterThan(0);
    expect(await plain()).toBe(REDIRECT);
    const certificate = await certificateAt(BIND, NAME);
    expect(certificate.issuer.CN).toContain("Pebble");
    issued = certificate.fingerprint256;
    expect((await stack.slot("blue"))[0]!.id).toBe(blue);
    expect((await stack.deploy()).changes).toEqual(STEADY);
  });

  test("a deploy and the way back: no request fails, the certificate stays", async () => {
    // What is asked for now would not be had.
    await pebble!.stop();
    const first = stack.outputs()["release"] as string;
    const loads = clients();
    await web("2");
    const run = await stack.deploy();
    expect(run.output).not.toContain("https does not work");
    expect(await shown()).toBe(issued);
    stack.set("release", first);
    await stack.deploy();
    expect(await ended(loads)).toEqual([]);
    expect(Object.keys(loads[1]!.report.versions).sort()).toEqual(["1", "2"]);
    expect([await shown(), await plain()]).toEqual([issued, REDIRECT]);
    expect((await stack.deploy()).changes).toEqual(STEADY);
  });

  test("the edge is made anew, if it can come back: the certificate stays", async () => {
    const before = await edge();
    const { host } = stack.engine;
    const ports = [stack.port, stack.port + 1];
    stack.set("docker", { host, bind: BIND, ports, proxyImage: images.proxy });
    const other = createServer().listen(ports[1], BIND);
    const refused = await stack.up();
    expect(refused.output).toContain(`port ${ports[1]} on ${BIND} is taken by something else`);
    expect([refused.ok, await edge(), await plain()]).toEqual([false, before, REDIRECT]);
    await new Promise((resolve) => other.close(resolve));
    const run = await stack.deploy();
    expect(run.output).toContain(`with ports ${ports.join(", ")}, 80, 443: a short interruption`);
    expect(await edge()).not.toBe(before);
    expect([await shown(), await plain()]).toEqual([issued, REDIRECT]);
    expect((await stack.deploy()).changes).toEqual(STEADY);
  });

  test("a certificate of one's own takes its place, and no request fails", async () => {
    const own = selfSigned(NAME);
    // An argument of the CLI must not begin with a dash.
    await stack.secret("secrets.CERT", `\n${own.cert}`);
    await stack.secret("secrets.KEY", `\n${own.key}`);
    stack.set("tls", { certificate: { cert: "CERT", key: "KEY" } });
    const before = await edge();
    const loads = clients();
    const run = await stack.deploy();
    expect(await ended(loads)).toEqual([]);
    expect((await certificateAt(BIND, NAME)).issuer.CN).toBe(NAME);
    expect([await plain(), await edge()]).toEqual([REDIRECT, before]);
    expect(stack.state() + run.output).not.toContain(own.key.split("\n")[1]);
    expect((await stack.deploy()).changes).toEqual(STEADY);
  });

  test("https and the name go, and the name comes back: the same edge, and no request fails", async () => {
    const before = await edge();
    const load = startLoad(80, { host: BIND, name: NAME, redirect: `https://${NAME}/` });
    stack.set("tls", undefined);
    stack.set("domain", undefined);
    stack.set("docker", { host: stack.engine.host, bind: BIND, proxyImage: images.proxy });
    await stack.deploy();
    expect([await plain(), await plainAnswer(BIND, BIND)]).toEqual(["200", "200"]);
    stack.set("domain", [NAME, "www.slipway.test"]);
    await stack.deploy();
    expect([await plain(), await plainAnswer(BIND, BIND)]).toEqual(["200", "404"]);
    expect((await load.stop()).failures).toEqual([]);
    expect(await edge()).toBe(before);
    expect((await stack.deploy()).changes).toEqual(STEADY);
  });
});
