import { Records } from "../../../../provider/kubernetes/records";
import type { RecordEvent } from "../../../../spec/types";
import { FakeClient } from "../../../helpers/fakeClient";

const at = (milliseconds: number) => new Date(1_700_000_000_000 + milliseconds).toISOString();

/** Keeps one record's data, as the API server merges it. */
class OneRecord extends FakeClient {
  constructor(readonly data: Record<string, string> = {}) {
    super({ "configmaps/slipway-shop-release-abc": { data } as object });
  }

  override patch = async <T>(_path: string, body: object): Promise<T> => {
    Object.assign(this.data, (body as { data: Record<string, string> }).data);
    return {} as T;
  };
}

test("events are told in the order of their time, however they were written", async () => {
  const records = new Records(new OneRecord(), "shop");
  const written: RecordEvent[] = [
    { kind: "served", at: at(20), detail: { slot: "blue" } },
    { kind: "gate-passed", at: at(3), detail: { slot: "blue" } },
    { kind: "task-done", at: at(1) },
    { kind: "moving", at: at(10), detail: { slot: "blue" } },
  ];
  for (const event of written) await records.addEvent("abc", event);
  const told = await records.events("abc");
  expect(told.map(({ kind }) => kind)).toEqual(["task-done", "gate-passed", "moving", "served"]);
});

test("two of one kind at one moment are two, and the content is no event", async () => {
  const client = new OneRecord({ content: "{}", created: at(0) });
  const records = new Records(client, "shop");
  const event: RecordEvent = { kind: "task-started", at: at(1) };
  await Promise.all([records.addEvent("abc", event), records.addEvent("abc", event)]);
  expect(await records.events("abc")).toHaveLength(2);
  // What a ConfigMap takes for a key.
  expect(Object.keys(client.data).filter((key) => !/^[-._a-zA-Z0-9]+$/.test(key))).toEqual([]);
});

test("a record that is damaged stops the run, and says what to do", async () => {
  const name = "slipway-shop-release-abc";
  const client = new FakeClient({
    configmaps: [{ metadata: { name }, data: { content: "{" } } as object],
  });
  await expect(new Records(client, "shop").read()).rejects.toThrow(
    /record of release abc .* is damaged/,
  );
});

test("a record that is gone is not made anew by an event", async () => {
  const client = new FakeClient({});
  client.patch = async () => {
    const { ApiError } = jest.requireActual("../../../../provider/kubernetes/client");
    throw new ApiError(404, "NotFound", "not found");
  };
  const event: RecordEvent = { kind: "served", at: at(1) };
  await expect(new Records(client, "shop").addEvent("abc", event)).rejects.toThrow(
    'slipway-shop-release-abc is gone. Run "pulumi up" again',
  );
});
