import { mebibytes, milliseconds, ratio, render, seconds, verdict } from "../../../bench/table";

test("a table is Markdown that lines up", () => {
  const text = render({
    title: "Times",
    head: ["what", "ours"],
    rows: [
      ["preview", "1.0 s"],
      ["up", "12.5 s"],
    ],
    notes: ["All on one machine."],
  });
  expect(text).toBe(
    [
      "### Times",
      "",
      "| what    |   ours |",
      "| ------- | -----: |",
      "| preview |  1.0 s |",
      "| up      | 12.5 s |",
      "",
      "All on one machine.",
      "",
    ].join("\n"),
  );
});

test("figures with their units", () => {
  expect(seconds(1.26)).toBe("1.3 s");
  expect(milliseconds(1.234)).toBe("1.23 ms");
  expect(milliseconds(123.4)).toBe("123 ms");
  expect(mebibytes(3 * 2 ** 20)).toBe("3 MiB");
  expect(ratio(5, 4)).toBe("1.25x");
  expect([verdict(true), verdict(false)]).toEqual(["reached", "NOT reached"]);
});

test("what was not measured is a dash, never a figure", () => {
  expect([seconds(NaN), milliseconds(NaN), mebibytes(NaN), ratio(1, NaN), ratio(1, 0)]).toEqual(
    Array(5).fill("-"),
  );
});
