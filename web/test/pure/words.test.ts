import { expect, test } from "vitest";
import { toCsv } from "../../src/csv.js";
import { decimalsFor, formatColumn, formatDate, formatNumber, formatSeconds } from "../../src/format.js";
import { sortRows } from "../../src/table.js";

test.each([[0, "0"], [0.21, "0.21"], [1 / 3, "0.3333"], [123456, "123,456"], [1234.56, "1,235"], [1e-7, "1.00e-7"],
  [2e15, "2.00e15"], [-0.5, "-0.5"]])("the number %f reads %s", (value, words) => {
  expect(formatNumber(value)).toBe(words);
});

test("a column shows three digits of its typical value", () => {
  expect(decimalsFor([0.214, 0.34, 12])).toBe(3);
  expect(decimalsFor([10.53, 99, 20])).toBe(1);
  expect(decimalsFor([10, 2, 4.5])).toBe(1);
  expect(decimalsFor([1, 2, 3])).toBe(0);
  expect(decimalsFor([])).toBe(0);
});

test("a small number does not become zero in a column", () => {
  expect(formatColumn(0.0004, 2)).toBe("0.0004");
  expect(formatColumn(0, 2)).toBe("0.00");
  expect(formatColumn(undefined, 2)).toBe("–");
});

test("times and dates", () => {
  expect(formatSeconds(1.234)).toBe("1.23 s");
  expect(formatSeconds(170.2)).toBe("3 min");
  expect(formatSeconds(9000)).toBe("2 h 30 min");
  expect(formatDate("2026-01-02T03:04:05Z")).toBe("2026-01-02 03:04 UTC");
  expect(formatDate("yesterday")).toBe("yesterday");
});

test("CSV quotes what must be quoted and defuses formulas", () => {
  expect(toCsv([["a,b", 'say "x"', "=1+1", -2, null, true]])).toBe('"a,b","say ""x""",\'=1+1,-2,,true\r\n');
});

test("sorting puts numbers by size, missing ones last, and keeps the order of equals", () => {
  const rows = [{ n: 10, id: 1 }, { n: undefined, id: 2 }, { n: 9, id: 3 }, { n: 10, id: 4 }];
  const ids = (ascending: boolean) => sortRows(rows, ({ n }) => n, ascending).map(({ id }) => id);
  expect(ids(true)).toEqual([3, 1, 4, 2]);
  expect(ids(false)).toEqual([1, 4, 3, 2]);
});
