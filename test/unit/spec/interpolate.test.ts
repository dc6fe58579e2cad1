import { readDotenv } from "../../../spec/dotenv";
import { interpolate, type Lookup } from "../../../spec/interpolate";

const VALUES: Record<string, string> = { A: "a", B: "b", EMPTY: "" };
const lookup: Lookup = (name) => {
  if (name === "S") return { secret: "S" };
  return Object.hasOwn(VALUES, name) ? { value: VALUES[name] } : undefined;
};

test.each([
  ["plain", "plain"],
  ["$A", "a"],
  ["${A}", "a"],
  ["x${A}y$B.", "xayb."],
  ["$$A $${A}", "$A ${A}"],
  ["${A:-d}", "a"],
  ["${EMPTY:-d}", "d"],
  ["${EMPTY-d}", ""],
  ["${NO:-d}", "d"],
  ["${NO-d}", "d"],
  ["${NO:-}", ""],
  ["${NO:-x${A}y}z", "xayz"],
  ["${NO:-${ALSO:-deep}}", "deep"],
  ["${A:?needed}", "a"],
  ["${A:+yes}", "yes"],
  ["${NO:+yes}", ""],
  ["${EMPTY:+yes}", ""],
  ["${EMPTY+yes}", "yes"],
])("%s becomes %s", (template, text) => {
  expect(interpolate(template, lookup)).toEqual({ text, missing: [], errors: [] });
});

test("a secret stays a name, inside a longer text too", () => {
  expect(interpolate("${S}", lookup).text).toEqual({ parts: [{ secret: "S" }] });
  expect(interpolate("db://u:${S}@${A}", lookup).text).toEqual({
    parts: ["db://u:", { secret: "S" }, "@a"],
  });
});

test("a secret counts as set", () => {
  expect(interpolate("${S:-default}", lookup).text).toEqual({ parts: [{ secret: "S" }] });
  expect(interpolate("${S:+there}", lookup).text).toBe("there");
});

test("a variable that is not set is empty, and told", () => {
  expect(interpolate("x$NO", lookup)).toEqual({ text: "x", missing: ["NO"], errors: [] });
});

test.each([
  ["${NO:?set it}", "NO is not set: set it"],
  ["${NO?}", "NO is not set"],
  ["${EMPTY:?set it}", "EMPTY is not set: set it"],
  ["${A", '"${A" is no variable'],
  ["${}", '"${}" is no variable'],
  ["${A/b}", '"${A/b}" is no variable'],
  ["cost: $5", '"$5" is no variable'],
  ["end$", '"$" is no variable'],
])("%s is an error", (template, error) => {
  expect(interpolate(template, lookup).errors).toEqual([error]);
});

test.each([
  ["A=1", "1"],
  ["export A=1", "1"],
  ["A = spaced ", "spaced"],
  ["A=one # comment", "one"],
  ["A=one#two", "one#two"],
  ["# A=0\nA=1", "1"],
  ["A='$B # x'", "$B # x"],
  ['A="two\\nlines"', "two\nlines"],
  ['A="two\nlines"', "two\nlines"],
  ["B=b\nA=${B}${B}", "bb"],
  ["A=", ""],
  ["A=1\nA=2", "2"],
])("env file %j gives A = %j", (content, text) => {
  const entries = readDotenv(content, (name) => (name === "B" ? { value: "b" } : undefined));
  expect(entries.find((entry) => entry.name === "A")?.text).toBe(text);
});

test("an env file's name without a value has none", () => {
  expect(readDotenv("A", lookup)).toEqual([{ name: "A", missing: [], errors: [] }]);
});
