import { stepClock, sumOfTree } from "../../../bench/measure";

describe("times of our own steps, from what the CLI prints", () => {
  test("from the first line of a step to its last one", () => {
    const clock = stepClock();
    clock.see(" ~  slipway-platform:index:Gate gate updating (0s)", 1000);
    clock.see(" ~  slipway-platform:index:Gate gate updating (1s) waiting", 2000);
    clock.see(" +  slipway-platform:index:Traffic traffic creating (0s)", 3200);
    clock.see(" ~  slipway-platform:index:Gate gate updated (2s)", 3500);
    clock.see(" +  slipway-platform:index:Traffic traffic created (0.30s)", 3500);
    expect(clock.seconds("Gate")).toBe(2.5);
    expect(clock.seconds("Traffic")).toBe(0.3);
  });

  test("a step that did not happen took no time", () => {
    expect(stepClock().seconds("Gate")).toBe(0);
  });
});

test("memory is that of a process and all below it", () => {
  const processes = new Map([
    [1, { parent: 0, resident: 1000 }],
    [2, { parent: 1, resident: 100 }],
    [3, { parent: 2, resident: 10 }],
    [4, { parent: 2, resident: 1 }],
  ]);
  expect(sumOfTree(processes, 2)).toBe(111);
  expect(sumOfTree(processes, 9)).toBe(0);
});
