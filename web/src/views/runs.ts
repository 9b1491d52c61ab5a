// Every single run: with its seed it can be repeated, and its trace tells whether it went the same way.

import { element, section, toggle } from "../dom.js";
import { formatAxisValue, titleOf, type Grid } from "../grid.js";
import { headed } from "../format.js";
import type { Cell, Results, Run } from "../results.js";
import { makeTable, type Column } from "../table.js";
import { fileName } from "./headline.js";

interface Row {
  readonly cell: Cell;
  readonly run: Run;
}

export function runs({ measures, experiment }: Results, grid: Grid): HTMLElement | undefined {
  const rows: Row[] = grid.cells.flatMap((cell) => cell.runs.map((run) => ({ cell, run })));
  if (rows.length === 0) return undefined;
  const has = (part: (run: Run) => unknown) => rows.some(({ run }) => part(run) != null);

  const columns: Column<Row>[] = grid.axes.map((axis, index) => ({
    title: headed(titleOf(axis), axis.unit),
    value: ({ cell }) => cell.at[index],
    show: ({ cell }) => formatAxisValue(cell.at[index] ?? ""),
    numeric: axis.values.every((value) => typeof value === "number"),
  }));
  columns.push({ title: "Seed", value: ({ run }) => run.seed, show: ({ run }) => String(run.seed ?? "–"), numeric: true });
  if (has((run) => run.failed))
    columns.push({ title: "Failure", value: ({ run }) => run.failed,
      show: ({ run }) => (run.failed == null ? "–" : element("strong", {}, run.failed || "failed")) });
  for (const measure of measures)
    if (has((run) => run.values.get(measure.name)))
      columns.push({ title: headed(titleOf(measure), measure.unit), value: ({ run }) => run.values.get(measure.name),
        numeric: true });
  if (has((run) => run.events)) columns.push({ title: "Events", value: ({ run }) => run.events, numeric: true });
  if (has((run) => run.seconds)) columns.push({ title: "Took (s)", value: ({ run }) => run.seconds, numeric: true });
  if (has((run) => run.trace))
    columns.push({ title: "Trace", value: ({ run }) => run.trace,
      show: ({ run }) => (run.trace == null ? "–" : element("code", {}, run.trace)) });

  const place = element("div");
  const draw = (onlyFailures: boolean) => place.replaceChildren(makeTable<Row>({
    caption: onlyFailures ? "Runs that failed" : "Runs",
    columns,
    rows: onlyFailures ? rows.filter(({ run }) => run.failed != null) : rows,
    marked: ({ run }) => run.failed != null,
    file: `${fileName(experiment.name)}-runs`,
  }));
  draw(false);
  return section("runs", "Runs", has((run) => run.failed) &&
    element("div", { class: "controls" }, toggle("Only runs that failed", false, draw)), place);
}
