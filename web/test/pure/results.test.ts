import { expect, test } from "vitest";
import { readResults, type Results } from "../../src/results.js";
import { bare, failing, figure, hostile, large, single, small } from "../fixtures.js";

const read = (value: unknown): Results => {
  const reading = readResults(JSON.stringify(value));
  if ("faults" in reading) throw new Error(reading.faults.join("\n"));
  return reading.results;
};
const faults = (value: unknown): string[] => {
  const reading = readResults(JSON.stringify(value));
  return "faults" in reading ? reading.faults : [];
};

test.each([["figure", figure], ["small", small], ["single", single], ["bare", bare], ["failing", failing],
  ["large", large], ["hostile", hostile]])("the %s results are read", (_, make) => {
  expect(faults(make())).toEqual([]);
});

test("what is optional may be missing or null", () => {
  const results = read({ ...single(), series: null, network: null, seconds: null });
  expect(results.series).toEqual([]);
  expect(results.distributions).toEqual([]);
  expect(results.network).toBeNull();
});

test("a value that is null is absent", () => {
  expect(read(failing()).cells[6]?.values.has("time_travel")).toBe(false);
});

test("a measure may be called like something every object has", () => {
  expect(read(small()).cells[0]?.values.get("toString")).toBeUndefined();
  expect(read(hostile()).cells[0]?.values.get("toString")?.average).toBe(1);
});

test("what is no JSON is answered with a sentence", () => {
  const reading = readResults("{");
  expect("faults" in reading && reading.faults[0]).toMatch(/^This is not JSON: /);
});

test.each([
  [{ ...bare(), format: 2 }, "format: this page reads format 1"],
  [{ ...bare(), experiment: {} }, "experiment.name: is missing"],
  [{ ...bare(), axes: 3 }, /^axes: /],
  [{ ...bare(), cells: [{ at: [1] }] }, "cells[0].at: has 1 values for 0 axes"],
  [{ ...small(), cells: [{ at: ["line"] }] }, "cells[0].at[0]: line is not a value of axes[0]"],
  [{ ...bare(), cells: [{ at: [] }, { at: [] }] }, "cells[1].at: the same place as cells[0]"],
  [{ ...single(), cells: [{ at: [], values: { time_travel: { average: "much" } } }] },
    "cells[0].values.time_travel.average: must be a number"],
  [{ ...single(), series: [{ cell: 0, name: "x", points: [[0, 1]] }] },
    "series[0].points: entry 0 must be [time, average, min, max, count]"],
  [{ ...single(), series: [{ cell: 1, name: "x", points: [] }] }, "series[0].cell: 1, but there are 1 cells"],
  [{ ...bare(), network: { peers: [{ id: 0 }], links: [[0, 9]] } }, "network.links[0]: there is no peer 9"],
])("a fault is named by its place: %#", (value, expected) => {
  expect(faults(value)[0]).toMatch(expected);
});

test("numbers beyond all bounds are refused", () => {
  const reading = readResults('{"format":1,"experiment":{"name":"x"},"axes":[],"measures":[],"cells":[],"seconds":1e999}');
  expect("faults" in reading && reading.faults).toEqual(["seconds: must be a finite number"]);
});

test("no more than five faults are told", () => {
  expect(faults({ ...bare(), cells: Array.from({ length: 50 }, () => ({ at: 1 })) })).toHaveLength(5);
});

test("a long text does not make a long message", () => {
  const [fault] = faults({ ...small(), cells: [{ at: ["x".repeat(100_000)] }] });
  expect(fault?.length).toBeLessThan(300);
});
