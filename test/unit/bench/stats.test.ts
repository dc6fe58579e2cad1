import { figuresOf, longestGap, median, parseSamples, percentile } from "../../../bench/stats";

const steady = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ due: i * 2, end: i * 2 + 1 }));

describe("percentiles", () => {
  test.each([
    [50, 5],
    [90, 9],
    [91, 10],
    [99, 10],
    [100, 10],
    [0, 1],
  ])("p%d of 1 to 10 is %d", (percent, expected) => {
    expect(percentile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], percent)).toBe(expected);
  });

  test("of nothing there is none", () => expect(percentile([], 50)).toBeNaN());
  test("the median does not ask for an order", () => expect(median([9, 1, 5])).toBe(5));
});

describe("lines of the generator", () => {
  test("due, end, and what went wrong", () => {
    expect(parseSamples("2000 3500 \n4000 14004000 no answer in time\n")).toEqual([
      { due: 2, end: 3.5 },
      { due: 4, end: 14004, failure: "no answer in time" },
    ]);
  });
});

describe("the longest gap", () => {
  test("is that between two ends", () => {
    expect(longestGap(steady(100))).toBe(2);
    expect(longestGap(steady(100).filter(({ due }) => due < 50 || due >= 90))).toBe(42);
  });

  test("failed requests do not fill it", () => {
    const samples = steady(100).map((sample) =>
      sample.due >= 50 && sample.due < 90 ? { ...sample, failure: "refused" } : sample,
    );
    expect(longestGap(samples)).toBe(42);
  });

  test("the end of the load counts", () => {
    expect(
      longestGap([
        { due: 0, end: 1 },
        { due: 2, end: 100, failure: "reset" },
      ]),
    ).toBe(99);
  });
});

describe("figures of a load", () => {
  test("latency counts from when a request was due, in any order of the ends", () => {
    const samples = [...steady(99), { due: 10, end: 310 }].reverse();
    expect(figuresOf(samples)).toMatchObject({
      requests: 100,
      failed: 0,
      p50: 1,
      p99: 1,
      slowest: 300,
      stall: 300,
    });
  });

  test("failures are counted by kind, and are no latency", () => {
    const failed = [
      { due: 4, end: 5000, failure: "refused" },
      { due: 6, end: 7, failure: "refused" },
      { due: 8, end: 9, failure: "reset" },
    ];
    const figures = figuresOf([...steady(10), ...failed]);
    expect(figures).toMatchObject({ failed: 3, failures: { refused: 2, reset: 1 }, slowest: 1 });
    expect(figures.stall).toBe(5000 - 19);
  });

  test("where everything failed, the gap is the stall", () => {
    const figures = figuresOf([{ due: 0, end: 50, failure: "refused" }]);
    expect(figures).toMatchObject({ failed: 1, gap: 50, stall: 50 });
  });

  test("a hundred thousand and more are no trouble", () => {
    expect(figuresOf(steady(300_000)).requests).toBe(300_000);
  });
});
