import { startLoad } from "../helpers/load";
import { probe } from "../helpers/probe";
import { startUp } from "../helpers/processes";
import { TestStack } from "../helpers/stack";
import { openEvents, openWebsocket, slowDownload, slowUpload } from "../helpers/streams";
import { until } from "../helpers/until";

const MIB = 1024 * 1024;
const DRAIN = 15;

/** All of them are open when the traffic moves from version 1 to version 2. */
describe("connections that last, over a flip", () => {
  let stack: TestStack;
  let flipped: number;
  const web = async (version: string) =>
    stack.compose({ web: await probe(version, { port: stack.port }) });

  beforeAll(async () => {
    stack = await TestStack.create("killconnections");
    stack.set("strategy", { drainTimeout: DRAIN, deployTimeout: 30 });
    await web("1");
    await stack.deploy();
  });
  afterAll(() => stack.dispose());

  test("a large upload and a slow reader end well; streams end within the drain time", async () => {
    const { port } = stack;
    let go = () => {};
    const moved = new Promise<void>((resolve) => (go = resolve));
    const load = startLoad(port);
    const websocket = await openWebsocket(port);
    const events = await openEvents(port);
    expect([websocket.first, events.first]).toEqual(["1", "1"]);
    const upload = slowUpload(port, 64 * MIB, moved);
    const download = slowDownload(port, moved);
    await web("2");
    const update = startUp(stack);
    await until(async () => (await stack.version()) === "2", 120);
    flipped = Date.now();
    go();

    // Reconnecting clients meet the new slot while the old ones are still drained.
    const again = [await openWebsocket(port), await openEvents(port)];
    expect(again.map(({ first }) => first)).toEqual(["2", "2"]);
    const { answer, expected } = await upload;
    expect(answer).toBe(expected("1"));
    expect(await download).toBe(64 * MIB);
    for (const { ended } of [websocket, events]) {
      expect(((await ended) - flipped) / 1000).toBeLessThan(DRAIN + 5);
    }
    expect((await update).exitCode).toBe(0);
    expect((await load.stop()).failures).toEqual([]);
    again.forEach((one) => one.close());
  });

  test("the old slot has seen each of them end", async () => {
    const [old] = await stack.slot("blue");
    const logs = await stack.transport.docker
      .getContainer(old!.id)
      .logs({ stdout: true, stderr: true });
    expect(String(logs)).toContain("websocket: ended");
    expect(String(logs)).toContain("events: ended");
    expect(String(logs)).not.toContain("download:");
    expect((await stack.deploy()).changes).toEqual({ unchanged: expect.any(Number) });
  });
});
