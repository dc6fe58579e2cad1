import { bytesOf, closest, secondsOf, splitCommand } from "../../../spec/units";

test.each([
  ["2s", 2],
  ["1m30s", 90],
  ["500ms", 0.5],
  ["1.5h", 5400],
  ["0", 0],
  ["10", undefined],
  ["s", undefined],
  ["1d", undefined],
  [`${"9".repeat(400)}s`, undefined],
])("duration %s = %s seconds", (text, seconds) => expect(secondsOf(text)).toBe(seconds));

test.each([
  ["512m", 512 * 1024 ** 2],
  ["1.5G", 1.5 * 1024 ** 3],
  ["1gb", 1024 ** 3],
  ["2KiB", 2048],
  ["64b", 64],
  ["1024", 1024],
  ["lots", undefined],
  ["-1m", undefined],
  ["9".repeat(400), undefined],
])("size %s = %s bytes", (text, bytes) => expect(bytesOf(text)).toBe(bytes));

test.each([
  ["npm start", ["npm", "start"]],
  ["  a   b ", ["a", "b"]],
  [`sh -c 'echo "hi there"'`, ["sh", "-c", 'echo "hi there"']],
  [`say "a \\"b\\" \\n"`, ["say", 'a "b" \\n']],
  ["a\\ b", ["a b"]],
  [`x""y ''`, ["xy", ""]],
  ["", []],
  ["'open", undefined],
])("line %s splits into %j", (line, words) => expect(splitCommand(line)).toEqual(words));

test.each([
  ["replica", "replicas"],
  ["Image", "image"],
  ["zzzzz", undefined],
])("closest to %s is %s", (word, near) => {
  expect(closest(word, ["image", "replicas", "ports"])).toBe(near);
});
