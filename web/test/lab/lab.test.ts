// What the laboratory writes is what the page reads. RESULTS is the folder that write_results.cpp filled.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readResults, type Results } from "../../src/results.js";

const folder = process.env["RESULTS"] ?? "";
const file = (name: string) => readFileSync(join(folder, name), "utf8");

function read(json: string): Results {
  const reading = readResults(json);
  if ("faults" in reading) throw new Error(reading.faults.join("\n"));
  return reading.results;
}

test.each(["small", "bare", "hostile", "large"])("the page finds no fault with the results %s", (name) => {
  expect(() => read(file(`${name}.json`))).not.toThrow();
});

test.each(["small", "bare", "hostile", "large"])("the report holds the same results %s as the file", (name) => {
  const element = /<script type="application\/json" id="results">([^<]*)<\/script>/.exec(file(`${name}.html`));
  expect(read(element?.[1] ?? "")).toEqual(read(file(`${name}.json`)));
});

test("values, references, verdicts and runs arrive", () => {
  const { experiment, cells, axes, measures } = read(file("small.json"));
  expect(experiment.name).toBe("small");
  expect(axes[0]?.values).toEqual([5, 12.5, 50]);
  expect(measures[0]?.better).toBe("lower");
  expect(cells.map(({ holds }) => holds.get("time_travel"))).toEqual([true, false, undefined]);
  expect(cells[0]?.values.get("time_travel")).toEqual({ count: 2, average: 1.25, min: 1, max: 1.5 });
  expect(cells[0]?.references.get("time_travel")?.get("floor")).toBe(1);
  expect(cells[0]?.runs[0]?.seed).toBe("18446744073709551615");
  expect(cells[2]?.runs[0]?.failed).toBe("signal 11");
});

test("series, distributions and the network arrive", () => {
  const { series, distributions, network } = read(file("small.json"));
  expect(series.map(({ name }) => name)).toEqual(["flood.delay", "flood.events", "link.queue"]);
  expect(series[0]?.points[1]).toEqual([1, null, null, null, 0]);
  expect(distributions[0]?.buckets.map(([, , count]) => count)).toEqual([4, 2, 2]);
  expect(network?.links).toEqual([[0, 1], [1, 2]]);
  expect(network?.changes).toHaveLength(1);
});
