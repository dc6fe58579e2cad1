import { createServer, type AddressInfo, type Server } from "net";
import { Life } from "../../../provider/life";

const exit = jest.spyOn(process, "exit").mockImplementation(() => undefined as never);
const listening = () =>
  new Promise<{ server: Server; address: string }>((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () =>
      resolve({ server, address: `127.0.0.1:${(server.address() as AddressInfo).port}` }),
    );
  });
const closed = (server: Server) => new Promise<void>((resolve) => server.close(() => resolve()));
/** The provider ends itself just after it has refused the write. */
const afterwards = () => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => exit.mockClear());
afterEach(() => {
  process.exitCode = undefined;
});
afterAll(() => exit.mockRestore());

test("a write passes while the engine listens", async () => {
  const { server, address } = await listening();
  await expect(new Life(address).assertAlive()).resolves.toBeUndefined();
  await closed(server);
});

test("a write is refused, and the provider ends, once the engine is gone", async () => {
  const { server, address } = await listening();
  await closed(server);
  await expect(new Life(address).assertAlive()).rejects.toThrow(
    "the run that asked for this has ended; nothing was written",
  );
  await afterwards();
  expect(exit).toHaveBeenCalledWith(1);
});

test("without the engine's address the parent process alone counts", async () => {
  await expect(new Life(undefined).assertAlive()).resolves.toBeUndefined();
  expect(exit).not.toHaveBeenCalled();
});

test("a write is refused when the process has another parent by now", async () => {
  const life = new Life(undefined);
  const parent = jest.replaceProperty(process, "ppid", process.ppid + 1);
  await expect(life.assertAlive()).rejects.toThrow("has ended");
  parent.restore();
  await afterwards();
});

test("it looks every second, and ends the provider when the engine is gone", async () => {
  const { server, address } = await listening();
  await closed(server);
  const interval = jest.spyOn(global, "setInterval");
  new Life(address).watch();
  const [look, milliseconds] = interval.mock.calls[0]!;
  const timer = interval.mock.results[0]!.value as NodeJS.Timeout;
  expect(milliseconds).toBe(1000);
  const ended = new Promise<void>((resolve) =>
    exit.mockImplementationOnce(() => resolve() as never),
  );
  (look as () => void)();
  await ended;
  expect(exit).toHaveBeenCalledWith(1);
  clearInterval(timer);
  interval.mockRestore();
});
