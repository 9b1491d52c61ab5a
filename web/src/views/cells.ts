// Every cell with its numbers and the references beside them, one measure at a time.

import { choice, element, section, toggle } from "../dom.js";
import { headed } from "../format.js";
import { formatAxisValue, titleOf, type Grid } from "../grid.js";
import type { Cell, Measure, Results } from "../results.js";
import { makeTable, type Column } from "../table.js";
import { fileName } from "./headline.js";

export function cells(results: Results, grid: Grid): HTMLElement | undefined {
  const { measures, experiment } = results;
  if (measures.length === 0 || grid.cells.length === 0) return undefined;
  let measure = measures[0] as Measure;
  let onlyFailing = false;
  const place = element("div");
  const fails = (cell: Cell) => cell.holds.get(measure.name) === false;

  const draw = () => {
    const rows = onlyFailing ? grid.cells.filter(fails) : grid.cells;
    place.replaceChildren(
      element("p", { class: "note" }, measure.bar ? `Bar: ${measure.bar}` : ""),
      makeTable({
        caption: headed(titleOf(measure), measure.unit),
        columns: columnsFor(grid, measure),
        rows,
        marked: fails,
        file: `${fileName(experiment.name)}-${fileName(measure.name)}`,
      }));
  };
  draw();
  return section("cells", "Cells",
    element("div", { class: "controls" },
      choice("Measure", measures.map((value) => ({ title: titleOf(value), value })), (value) => {
        measure = value;
        draw();
      }),
      grid.cells.some((cell) => [...cell.holds.values()].includes(false)) &&
        toggle("Only cells that do not hold", false, (checked) => {
          onlyFailing = checked;
          draw();
        })),
    place);
}

function columnsFor(grid: Grid, measure: Measure): Column<Cell>[] {
  const columns: Column<Cell>[] = grid.axes.map((axis, index) => ({
    title: headed(titleOf(axis), axis.unit),
    value: (cell) => cell.at[index],
    show: (cell) => formatAxisValue(cell.at[index] ?? ""),
    numeric: axis.values.every((value) => typeof value === "number"),
  }));
  const summary = (cell: Cell) => cell.values.get(measure.name);
  columns.push({ title: "Ours", value: (cell) => summary(cell)?.average, numeric: true });
  // One repetition has no spread.
  if (grid.cells.some((cell) => (summary(cell)?.count ?? 2) > 1))
    columns.push(
      { title: "Least", value: (cell) => summary(cell)?.min, numeric: true },
      { title: "Greatest", value: (cell) => summary(cell)?.max, numeric: true });
  if (grid.cells.some((cell) => summary(cell)?.count != null))
    columns.push({ title: "Runs", value: (cell) => summary(cell)?.count, numeric: true });
  for (const reference of measure.references)
    columns.push({
      title: capital(titleOf(reference)),
      value: (cell) => cell.references.get(measure.name)?.get(reference.name),
      numeric: true,
    });
  if (grid.cells.some((cell) => cell.holds.has(measure.name)))
    columns.push({
      title: "Holds",
      value: (cell) => cell.holds.get(measure.name),
      show: (cell) => {
        const holds = cell.holds.get(measure.name);
        return holds === undefined ? "–" : holds ? "yes" : element("strong", {}, "no");
      },
    });
  return columns;
}

const capital = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);
