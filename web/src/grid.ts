// The cells of an experiment by their place: one axis for each thing that was varied, one cell for each combination that
// was run. A place is a list of indices into the axes' values. Not every place has a cell.

import { formatNumber, withUnit } from "./format.js";
import type { Axis, AxisValue, Cell, Measure, Results } from "./results.js";

export interface Grid {
  readonly axes: readonly Axis[];
  readonly cells: readonly Cell[];
  at(place: readonly number[]): Cell | undefined;
}

export function makeGrid(results: Pick<Results, "axes" | "cells">): Grid {
  const indices = results.axes.map((axis) => new Map(axis.values.map((value, index) => [value, index])));
  const byPlace = new Map<string, Cell>();
  for (const cell of results.cells)
    byPlace.set(cell.at.map((value, axis) => indices[axis]?.get(value)).join(" "), cell);
  return { axes: results.axes, cells: results.cells, at: (place) => byPlace.get(place.join(" ")) };
}

/** Which of a measure's numbers is meant: our own, a reference's, or the first minus the second. */
export type Source = { kind: "ours" } | { kind: "reference" | "difference"; reference: string };

export function valueOf(cell: Cell, measure: Measure, source: Source): number | undefined {
  const ours = cell.values.get(measure.name)?.average ?? undefined;
  if (source.kind === "ours") return ours;
  const theirs = cell.references.get(measure.name)?.get(source.reference);
  if (source.kind === "reference") return theirs;
  return ours === undefined || theirs === undefined ? undefined : ours - theirs;
}

export function sourcesOf(measure: Measure): { title: string; source: Source }[] {
  const sources: { title: string; source: Source }[] = [{ title: "ours", source: { kind: "ours" } }];
  for (const { name, title } of measure.references)
    sources.push({ title: title ?? name, source: { kind: "reference", reference: name } });
  for (const { name, title } of measure.references)
    sources.push({ title: `ours − ${title ?? name}`, source: { kind: "difference", reference: name } });
  return sources;
}

export const titleOf = (thing: { name: string; title?: string | null | undefined }) => thing.title || thing.name;

export const formatAxisValue = (value: AxisValue) => (typeof value === "number" ? formatNumber(value) : String(value));

/** One cell in words: "link latency 50 ms, deadline multiplier 2". */
export function describe(cell: Cell, axes: readonly Axis[]): string {
  if (axes.length === 0) return "the experiment";
  return axes
    .map((axis, index) => `${titleOf(axis)} ${withUnit(formatAxisValue(cell.at[index] ?? ""), axis.unit)}`)
    .join(", ");
}

export interface Verdict {
  judged: number;
  holding: number;
  cells: number;
  runs: number;
  failures: number;
}

/** A cell is judged when it says of at least one measure whether that holds; it holds when all do. */
export function verdictOf(cells: readonly Cell[]): Verdict {
  const verdict = { judged: 0, holding: 0, cells: cells.length, runs: 0, failures: 0 };
  for (const cell of cells) {
    if (cell.holds.size > 0) {
      verdict.judged += 1;
      if ([...cell.holds.values()].every(Boolean)) verdict.holding += 1;
    }
    verdict.runs += cell.runs.length;
    verdict.failures += cell.runs.filter((run) => run.failed != null).length;
  }
  return verdict;
}
