import { expect, test } from "vitest";
import { describe as inWords, makeGrid, sourcesOf, valueOf, verdictOf } from "../../src/grid.js";
import { readResults, type Measure, type Results } from "../../src/results.js";
import { failing, figure, single } from "../fixtures.js";

const read = (value: unknown): Results => {
  const reading = readResults(JSON.stringify(value));
  if ("faults" in reading) throw new Error(reading.faults.join("\n"));
  return reading.results;
};

test("a cell is found by its place on the axes", () => {
  const grid = makeGrid(read(figure()));
  expect(grid.at([0, 0, 0])?.at).toEqual([5, 5, 5]);
  expect(grid.at([3, 2, 1])?.at).toEqual([50, 25, 2]);
  expect(grid.at([9, 0, 0])).toBeUndefined();
});

test("without axes there is one place", () => {
  const grid = makeGrid(read(single()));
  expect(grid.at([])).toBe(grid.cells[0]);
});

test("a cell is described by the values and units of its axes", () => {
  const grid = makeGrid(read(figure()));
  expect(inWords(grid.at([3, 2, 1])!, grid.axes)).toBe(
    "link latency 50 ms, events a minute 25/min, deadline multiplier 2");
});

test("the difference is ours minus the reference, and nothing where one of them is missing", () => {
  const results = read(failing());
  const measure = results.measures[0] as Measure;
  const source = { kind: "difference", reference: "floor" } as const;
  const cell = results.cells[0]!;
  expect(valueOf(cell, measure, source)).toBeCloseTo(
    valueOf(cell, measure, { kind: "ours" })! - valueOf(cell, measure, { kind: "reference", reference: "floor" })!);
  expect(valueOf(results.cells[6]!, measure, source)).toBeUndefined();
  expect(sourcesOf(measure).map(({ title }) => title)).toEqual(
    ["ours", "the paper", "unavoidable", "ours − the paper", "ours − unavoidable"]);
});

test("the verdict counts cells that are judged, and runs that failed", () => {
  expect(verdictOf(read(figure()).cells)).toEqual({ judged: 108, holding: 108, cells: 108, runs: 540, failures: 0 });
  expect(verdictOf(read(failing()).cells)).toEqual({ judged: 98, holding: 96, cells: 100, runs: 496, failures: 1 });
});
