// A table that can be sorted by each column, shows its first rows until asked for all, and can be saved as CSV.

import { button, element, save } from "./dom.js";
import { toCsv, type CsvValue } from "./csv.js";
import { counted, decimalsFor, formatColumn } from "./format.js";

export interface Column<Row> {
  readonly title: string;
  /** What is sorted and saved. */
  readonly value: (row: Row) => CsvValue;
  /** What is shown, where that is not the value itself. */
  readonly show?: (row: Row) => Node | string;
  readonly numeric?: boolean;
}

export interface TableOptions<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** Rows that want attention. */
  readonly marked?: (row: Row) => boolean;
  /** The name of the file without `.csv`. */
  readonly file: string;
}

/** More would make a page of thousands of cells slow; a print would have a hundred pages. */
const rowsAtFirst = 25;

export function makeTable<Row>({ caption, columns, rows, marked, file }: TableOptions<Row>): HTMLElement {
  let sorted = rows;
  let column = -1;
  let ascending = true;
  let all = rows.length <= rowsAtFirst + 10;

  const shows = columns.map((of) => of.show ?? plain(of, rows));
  const heads = columns.map((of, index) =>
    element("th", { scope: "col", class: of.numeric ? "number" : undefined },
      button(of.title, () => sortBy(index), { class: "sort" })));
  const body = element("tbody");
  const more = button(`Show all ${counted(rows.length, "row")}`, () => {
    all = true;
    fill();
  }, { class: "quiet more" });

  const fill = () => {
    body.replaceChildren(...(all ? sorted : sorted.slice(0, rowsAtFirst)).map((row) =>
      element("tr", { class: marked?.(row) ? "marked" : undefined }, ...columns.map((of, index) =>
        element("td", { class: of.numeric ? "number" : undefined }, shows[index]?.(row))))));
    more.hidden = all;
  };
  const sortBy = (index: number) => {
    const of = columns[index];
    if (!of) return;
    ascending = column === index ? !ascending : true;
    column = index;
    sorted = sortRows(rows, of.value, ascending);
    heads.forEach((head, at) =>
      at === index ? head.setAttribute("aria-sort", ascending ? "ascending" : "descending")
        : head.removeAttribute("aria-sort"));
    fill();
  };
  fill();

  return element("div", { class: "table" },
    element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
      element("table", {}, element("caption", {}, caption), element("thead", {}, element("tr", {}, ...heads)), body)),
    element("p", { class: "actions" }, more, button("Save as CSV", () => save(`${file}.csv`, "text/csv;charset=utf-8",
      toCsv([columns.map((of) => of.title), ...sorted.map((row) => columns.map((of) => of.value(row)))])),
      { class: "quiet" })));
}

function plain<Row>(column: Column<Row>, rows: readonly Row[]): (row: Row) => string {
  const numbers = rows.map(column.value).filter((value) => typeof value === "number");
  const decimals = decimalsFor(numbers);
  return (row) => {
    const value = column.value(row);
    return typeof value === "number" ? formatColumn(value, decimals) : String(value ?? "–");
  };
}

/** Numbers by size before texts by letters; what is missing comes last in both directions; equal rows keep their order. */
export function sortRows<Row>(rows: readonly Row[], value: (row: Row) => CsvValue, ascending: boolean): Row[] {
  const direction = ascending ? 1 : -1;
  return rows
    .map((row) => ({ row, key: value(row) ?? undefined }))
    .sort((a, b) => {
      if (a.key === undefined || b.key === undefined) return Number(a.key === undefined) - Number(b.key === undefined);
      return direction * compare(a.key, b.key);
    })
    .map(({ row }) => row);
}

function compare(a: string | number | boolean, b: string | number | boolean): number {
  if (typeof a === "string" && typeof b === "string") return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === "string" || typeof b === "string") return typeof a === "string" ? 1 : -1;
  return Number(a) - Number(b);
}
