import { merged } from "../../../cli/merged";

async function* sequence(...all: string[]) {
  yield* all;
}

async function all(...sequences: AsyncIterable<string>[]): Promise<string[]> {
  const found: string[] = [];
  for await (const one of merged(sequences, (a, b) => a[0]! < b[0]!)) found.push(one);
  return found;
}

test("sequences in order become one", async () => {
  expect(await all(sequence("1a", "4a"), sequence(), sequence("2c", "3c", "5c"))).toEqual([
    "1a",
    "2c",
    "3c",
    "4a",
    "5c",
  ]);
});

test("of equals the earlier sequence comes first", async () => {
  expect(await all(sequence("1a", "1b"), sequence("1c"))).toEqual(["1a", "1b", "1c"]);
});

test("of none comes nothing", async () => expect(await all()).toEqual([]));
