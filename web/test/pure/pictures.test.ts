import { expect, test } from "vitest";
import { makeHistory } from "../../src/history.js";
import { bars, isLogarithmic } from "../../src/histogram.js";
import { layOut } from "../../src/layout.js";
import { contrast, inkOn, makeScale, parseColour, rampColour, spansMagnitudes } from "../../src/scale.js";
import { dark, light } from "../../src/theme.js";
import { thin } from "../../src/thin.js";

test("a scale reaches from the least to the greatest value and back", () => {
  for (const magnitude of [false, true]) {
    const scale = makeScale([0, 0.1, 3, 60], { magnitude, centred: false });
    expect(scale.position(0)).toBe(0);
    expect(scale.position(60)).toBe(1);
    for (const value of [0, 0.1, 3, 60]) expect(scale.value(scale.position(value))).toBeCloseTo(value);
  }
});

test("a scale of differences has its middle at zero", () => {
  const scale = makeScale([-1, 5], { magnitude: true, centred: true });
  expect(scale.position(0)).toBe(0.5);
  expect(scale.position(5)).toBe(1);
  expect(scale.position(-5)).toBe(0);
});

test("a scale of one value, or of none, has a middle", () => {
  expect(makeScale([7], { magnitude: false, centred: false }).position(7)).toBe(0.5);
  expect(makeScale([], { magnitude: true, centred: true }).position(0)).toBeCloseTo(0.5);
});

test("values of many magnitudes are recognized", () => {
  expect(spansMagnitudes([0.1, 0.2, 60])).toBe(true);
  expect(spansMagnitudes([1, 2, 3])).toBe(false);
});

test("writing on any colour of a ramp can be read", () => {
  for (const ramp of [light.ramp, light.difference, dark.ramp, dark.difference])
    for (let position = 0; position <= 1; position += 0.02) {
      const colour = rampColour(ramp, position);
      expect(contrast(colour, parseColour(inkOn(colour)))).toBeGreaterThan(4.5);
    }
});

test("a thinned series keeps its peaks and its weighted average", () => {
  const points = Array.from({ length: 1000 }, (_, at) => [at, 1, 0, at === 777 ? 99 : 2, 10]);
  const thinned = thin(points, 0, 1000, 100);
  expect(thinned.length).toBeLessThanOrEqual(100);
  expect(Math.max(...thinned.map((point) => point[3] ?? 0))).toBe(99);
  expect(thin([[0, 10, 1, 20, 1], [1, 20, 5, 30, 3]], 0, 1, 1)).toEqual([[0, 17.5, 1, 30, 3]]);
});

test("a series is thinned only as far as what is in sight needs it", () => {
  const points = Array.from({ length: 1000 }, (_, at) => [at, at, at, at, 1]);
  const seen = thin(points, 500, 520, 100);
  expect(seen[0]?.[0]).toBe(499);
  expect(seen.at(-1)?.[0]).toBe(521);
});

test("a window in which no peer reports stays a gap", () => {
  expect(thin([[0, null, null, null, 0], [1, null, null, null, 0]], 0, 1, 1)).toEqual([[0, null, null, null, 0]]);
});

const peers = [0, 1, 2].map((id) => ({ id }));

test("what holds before the first change follows from that change", () => {
  const history = makeHistory({ peers, links: [[0, 1]], changes: [
    { time: 10, peer: 2, what: "start" }, { time: 20, link: [1, 0], what: "down" }, { time: 5, link: [1, 2], what: "up" }] });
  expect(history.links).toEqual([[0, 1], [1, 2]]);
  expect(history.at(0)).toEqual({ running: [true, true, false], up: [true, false], changes: 0 });
  expect(history.at(10)).toEqual({ running: [true, true, true], up: [true, true], changes: 2 });
  expect(history.at(99)).toEqual({ running: [true, true, true], up: [false, true], changes: 3 });
});

test("other words change nothing", () => {
  const history = makeHistory({ peers, links: [], changes: [{ time: 1, peer: 0, what: "sing" }] });
  expect(history.at(2)).toEqual({ running: [true, true, true], up: [], changes: 1 });
});

test("the same network always looks the same", () => {
  const links = [[0, 1], [1, 2]] as const;
  const once = layOut(peers, links);
  expect(layOut(peers, links)).toEqual(once);
  expect(once.flat().every(Number.isFinite)).toBe(true);
  expect(new Set(once.map(String)).size).toBe(3);
});

test("given places are kept", () => {
  expect(layOut([{ id: 0, x: 0.1, y: 0.5 }, { id: 1, x: 1, y: 0 }], [])).toEqual([[0.1, 0.5], [1, 0]]);
});

test("a bar's area is its share, so a wider bucket with as many values is lower", () => {
  const drawn = bars([[0, 1, 50], [1, 2, 25], [2, 4, 25]], false);
  expect(drawn.map(({ height }) => height)).toEqual([50, 25, 12.5]);
});

test("buckets that grow with their values are recognized, and equally high ones stay so", () => {
  const buckets = [[1, 2, 5], [2, 4, 5], [4, 8, 5], [8, 16, 5]];
  expect(isLogarithmic(buckets)).toBe(true);
  expect(new Set(bars(buckets, true).map(({ height }) => Math.round(height)))).toEqual(new Set([25]));
  expect(isLogarithmic([[0, 1, 1], [1, 9, 1], [9, 99, 1]])).toBe(false);
});
