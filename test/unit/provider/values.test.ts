import { hasUnknown, mask, same, unknown, unwrap } from "../../../provider/values";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const secret = (value: unknown) => ({ [SIGNATURE]: "1b47061264138c4ac30d75fd1eb44270", value });
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

describe("unwrap", () => {
  test.each<[string, unknown, unknown]>([
    ["a plain value", { a: [1, "x", null, true] }, { a: [1, "x", null, true] }],
    ["a secret", { password: secret("hunter22") }, { password: "hunter22" }],
    ["a secret in a list", [secret("a"), "b"], ["a", "b"]],
    ["a secret list", secret(["a", "b"]), ["a", "b"]],
    ["a secret in a secret", secret({ inner: secret("a") }), { inner: "a" }],
    ["an unknown", { id: UNKNOWN }, { id: unknown }],
    ["an unknown secret", { id: secret(UNKNOWN) }, { id: unknown }],
  ])("%s", (_what, given, plain) => expect(unwrap(given)).toEqual(plain));

  test("leaves what it is given as it is", () => {
    const given = { password: secret("hunter22") };
    unwrap(given);
    expect(given).toEqual({ password: secret("hunter22") });
  });
});

test.each<[unknown, boolean]>([
  [unknown, true],
  [{ a: [{ b: unknown }] }, true],
  [{ a: [1, null, "x"] }, false],
  [undefined, false],
])("%p has something unknown: %p", (value, expected) => expect(hasUnknown(value)).toBe(expected));

test.each<[unknown, unknown, boolean]>([
  [{ a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }, true],
  [{ a: 1 }, { a: 1, b: undefined }, true],
  [[1, 2], [2, 1], false],
  [{ a: 1 }, { a: "1" }, false],
])("%j is the same as %j: %p", (a, b, expected) => expect(same(a, b)).toBe(expected));

describe("mask", () => {
  test.each<[string, string[], string, string]>([
    ["each place", ["hunter22"], "hunter22 and hunter22", "[secret] and [secret]"],
    ["as it stands in a URL", ["p@ss/w rd"], "//u:p%40ss%2Fw%20rd@db", "//u:[secret]@db"],
    ["as it stands in JSON", ['a"b\\c'], '{"key":"a\\"b\\\\c"}', '{"key":"[secret]"}'],
    ["the longer of two that share a beginning", ["pass", "password1"], "password1", "[secret]"],
    ["what would be a pattern", ["a.*b+$&"], "a.*b+$& but not axxb", "[secret] but not axxb"],
    ["nothing when there are none", [], "text", "text"],
    ["nothing of three letters, which are in every text", ["the"], "the text", "the text"],
    ["nothing for an empty secret", [""], "text", "text"],
  ])("%s", (_what, secrets, text, masked) => expect(mask(text, secrets)).toBe(masked));
});
