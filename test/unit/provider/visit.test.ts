import { createServer, type Server } from "http";
import { createServer as createSecureServer } from "https";
import type { AddressInfo } from "net";
import { hostname } from "os";
import { visitEdge } from "../../../provider/docker/edge";
import { certificateFor } from "../../../provider/docker/https";
import { Transport } from "../../../provider/docker/transport";
import { unitAt, visit } from "../../../provider/docker/unit";
import { selfSigned, selfSignedFor } from "../../helpers/certificate";
import { errorOf } from "../../helpers/fakePlatform";

const NAME = "app.example.com";

let server: Server;
let asked: string[];
afterEach(() => server?.close());
const serve = async (one: Server) => {
  asked = [];
  server = one.on("request", (request, response) => {
    asked.push(`${request.headers.host}${request.url}`);
    response.writeHead(request.url === "/ill" ? 503 : 200).end("body");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
};

interface Inspected {
  Ports?: Record<string, { HostIp: string; HostPort: string }[] | null>;
  IPAddress?: string;
  State?: object;
}
/** An engine with one container like this, that calls its machine so. */
function engine(container: Inspected, info: object = {}, host = "unix:///nobody.sock") {
  const transport = new Transport(host);
  const { Ports = {}, IPAddress = "127.0.0.1", State = { Status: "running" } } = container;
  const inspected = {
    Name: "/shop-api",
    Config: { Labels: {} },
    RestartCount: 2,
    State,
    NetworkSettings: { Ports, Networks: { one: { IPAddress: "" }, other: { IPAddress } } },
  };
  Object.assign(transport, {
    docker: {
      getContainer: () => ({ inspect: async () => inspected }),
      info: async () => ({ Name: hostname(), ...info }),
    },
  });
  return transport;
}

describe("a port of a container", () => {
  test("that is published is asked there", async () => {
    const port = String(await serve(createServer()));
    const Ports = { "8080/tcp": [{ HostIp: "127.0.0.1", HostPort: port }] };
    const transport = engine({ Ports, IPAddress: "" });
    expect(await visit(transport, "api", 8080, "/ill")).toMatchObject({ status: 503 });
  });

  test("that is not is asked at the container's own address, or only tried", async () => {
    const port = await serve(createServer());
    expect(await visit(engine({}), "api", port, "/health")).toMatchObject({ status: 200 });
    expect(await visit(engine({}), "db", port)).toEqual({ took: expect.any(Number) });
  });

  test("that nothing listens on says so", async () => {
    const port = await serve(createServer());
    await new Promise((resolve) => server.close(resolve));
    expect(await errorOf(visit(engine({}), "db", port))).toContain("nothing takes connections");
    expect(await errorOf(visit(engine({}), "db", port, "/"))).toContain("ECONNREFUSED");
  });

  test.each<[string, Transport]>([
    ["a virtual machine", engine({}, { Name: "docker-desktop" })],
    ["Docker Desktop", engine({}, { OperatingSystem: "Docker Desktop" })],
    ["a rootless engine", engine({}, { SecurityOptions: ["name=rootless"] })],
    ["a tunnel", engine({}, {}, "tcp://127.0.0.1:2375")],
    ["a container without an address", engine({ IPAddress: "" })],
  ])("no way leads into %s", async (_what, transport) => {
    expect(await visit(transport, "db", 1)).toBeUndefined();
  });
});

test("a container tells its last start, and whether memory had run out", async () => {
  const State = { Status: "restarting", ExitCode: 137, OOMKilled: true, StartedAt: "then" };
  expect(await unitAt(engine({ State }), "api")).toEqual({
    id: "api",
    name: "shop-api",
    service: "",
    state: "restarting",
    health: "none",
    exitCode: 137,
    restarts: 2,
    startedAt: "then",
    outOfMemory: true,
  });
});

describe("a public address", () => {
  const published = (port: number, container = "80") =>
    engine({ Ports: { [`${container}/tcp`]: [{ HostIp: "0.0.0.0", HostPort: String(port) }] } });

  test("is asked at the edge, whatever its name leads to", async () => {
    const port = await serve(createServer());
    const url = `http://*.example.com:${port}/ill`;
    expect(await visitEdge(published(port), "edge", url, 5)).toMatchObject({ status: 503 });
    expect(asked).toEqual([`slipway.example.com:${port}/ill`]);
  });

  test("by https, whoever has signed", async () => {
    const port = await serve(createSecureServer(selfSigned(NAME)));
    const url = `https://${NAME}:${port}/`;
    expect(await visitEdge(published(port), "edge", url, 5)).toMatchObject({ status: 200 });
    await new Promise((resolve) => server.close(resolve));
    expect(await errorOf(visitEdge(published(port), "edge", url, 5))).toContain("ECONNREFUSED");
  });

  test("whose port the edge does not publish", async () => {
    expect(await errorOf(visitEdge(published(1), "edge", `http://${NAME}/`, 5))).toBe(
      "the edge does not publish port 80",
    );
  });

  test("has a certificate, for so long and for its name", async () => {
    const port = await serve(createSecureServer(selfSignedFor(5, NAME)));
    const transport = published(port, "443");
    const { until, fault } = await certificateFor(transport, "edge", NAME, async () => "");
    const days = (Date.parse(until) - Date.now()) / 86_400_000;
    expect([Math.round(days), fault]).toEqual([5, undefined]);
    const other = await certificateFor(transport, "edge", "www.example.com", async () => "");
    expect(other.fault).toContain("altnames");
  });
});
