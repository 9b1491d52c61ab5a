// How a quantity is distributed in one cell: a histogram with its percentiles, and, where several cells have the quantity,
// the percentiles of all of them beside each other.

import { horizontal, makeChart, tooltip, tooltipStyle, upright } from "../chart.js";
import { choice, element, refill, section } from "../dom.js";
import { decimalsFor, formatColumn, formatNumber, headed, withUnit } from "../format.js";
import { describe, type Grid } from "../grid.js";
import { bars, isLogarithmic } from "../histogram.js";
import type { Distribution, Results } from "../results.js";
import { makeTable, type Column } from "../table.js";
import type { Theme } from "../theme.js";
import { fileName } from "./headline.js";

export function distributions(results: Results, grid: Grid): HTMLElement | undefined {
  const all = results.distributions;
  const first = all[0];
  if (!first) return undefined;
  let shown = first;

  const chart = makeChart(
    () => `Histogram of ${shown.name} in the cell ${describeCell(shown.cell)}`,
    (theme) => histogram(shown, theme));
  const numbers = element("div");
  const controls = element("div", { class: "controls" });
  const describeCell = (index: number) => {
    const cell = grid.cells[index];
    return cell ? describe(cell, grid.axes) : "";
  };

  const draw = () => {
    chart.frame.hidden = shown.buckets.length === 0;
    chart.redraw();
    const same = all.filter(({ name }) => name === shown.name);
    numbers.replaceChildren(percentileTable(shown, same, describeCell, results.experiment.name));
    const cells = [...new Set(all.map(({ cell }) => cell))];
    const here = all.filter(({ cell }) => cell === shown.cell);
    refill(controls,
      choice("Cell", cells.map((value) => ({ title: describeCell(value), value })), (cell) => {
        const there = all.filter((one) => one.cell === cell);
        shown = there.find(({ name }) => name === shown.name) ?? there[0] ?? shown;
        draw();
      }, cells.indexOf(shown.cell)),
      choice("Quantity", here.map((value) => ({ title: value.name, value })), (value) => {
        shown = value;
        draw();
      }, here.indexOf(shown)));
  };
  draw();
  return section("distributions", "Distributions", controls, chart.frame, numbers);
}

interface Painter {
  value(dimension: number): number;
  coord(point: readonly number[]): [number, number];
}

function histogram(shown: Distribution, theme: Theme) {
  const logarithmic = isLogarithmic(shown.buckets);
  const drawn = bars(shown.buckets, logarithmic);
  const colour = theme.lines[0] ?? theme.ink;
  const marks = shown.percentiles.map(([share, value]) => [value ?? 0, share ?? 0]);
  return {
    grid: { left: 60, right: 24, top: 64, bottom: 48 },
    tooltip: {
      ...tooltipStyle(theme),
      formatter: ({ dataIndex, seriesId }: { dataIndex: number; seriesId: string }) => {
        const bar = drawn[dataIndex];
        if (seriesId !== "bars" || !bar) return tooltip("");
        return tooltip(`${formatNumber(bar.lower)} to ${withUnit(formatNumber(bar.upper), shown.unit)}`,
          `${formatNumber(bar.count)} values, ${formatNumber(bar.share * 100)} %`);
      },
    },
    xAxis: { ...horizontal(theme, headed(shown.name, shown.unit)), type: logarithmic ? "log" : "value",
      min: drawn[0]?.lower ?? 0, max: drawn.at(-1)?.upper ?? 1, splitLine: { show: false },
      axisLabel: { color: theme.muted, formatter: formatNumber, hideOverlap: true, showMinLabel: false,
        showMaxLabel: false } },
    yAxis: upright(theme, "share (%)"),
    series: [
      {
        id: "bars", type: "custom", clip: true, itemStyle: { color: colour }, encode: { x: [0, 1], y: 2 },
        data: drawn.map(({ lower, upper, height }) => [lower, upper, height]),
        renderItem: (_: unknown, painter: Painter) => {
          const [left, y] = painter.coord([painter.value(0), painter.value(2)]);
          const [right, base] = painter.coord([painter.value(1), 0]);
          // A hair between bars, unless they are hairs themselves.
          const gap = right - left > 4 ? 1 : 0;
          return { type: "rect", shape: { x: left, y, width: Math.max(0.5, right - left - gap), height: base - y },
            style: { fill: colour } };
        },
      },
      {
        id: "marks", type: "custom", silent: true, encode: { x: 0 }, data: marks, tooltip: { show: false },
        renderItem: (parameters: { dataIndex: number; coordSys: { y: number } }, painter: Painter) => {
          const [x, base] = painter.coord([painter.value(0), 0]);
          const { y } = parameters.coordSys; // where the frame of the bars begins
          // Neighbouring percentiles lie close together: their words stand on two levels.
          return { type: "group", children: [
            { type: "line", shape: { x1: x, y1: y - 4, x2: x, y2: base },
              style: { stroke: theme.ink, lineWidth: 1, lineDash: [3, 3], opacity: 0.7 } },
            { type: "text", style: { text: percent(marks[parameters.dataIndex]?.[1] ?? 0), x, y: y - 6 -
              (parameters.dataIndex % 2) * 14, fill: theme.ink, fontSize: 12, textAlign: "center",
              textVerticalAlign: "bottom" } },
          ] };
        },
      },
    ],
  };
}

const percent = (share: number) => `${formatNumber(share * 100)} %`;

function percentileTable(shown: Distribution, same: readonly Distribution[], describeCell: (index: number) => string,
  experiment: string): HTMLElement {
  const shares = [...new Set(same.flatMap(({ percentiles }) => percentiles.map(([share]) => share ?? 0)))]
    .sort((a, b) => a - b);
  const at = (row: Distribution, share: number) => row.percentiles.find(([one]) => one === share)?.[1];
  const values = same.flatMap(({ average, percentiles }) => [average ?? 0, ...percentiles.map(([, value]) => value ?? 0)]);
  const decimals = decimalsFor(values);
  const number = (title: string, value: (row: Distribution) => number | null | undefined): Column<Distribution> => ({
    title, value, numeric: true, show: (row) => formatColumn(value(row) ?? undefined, decimals),
  });
  return makeTable<Distribution>({
    caption: headed(shown.name, shown.unit),
    columns: [
      { title: "Cell", value: ({ cell }) => describeCell(cell) },
      { title: "Values", value: ({ count }) => count, numeric: true },
      number("Least", ({ min }) => min),
      number("Average", ({ average }) => average),
      ...shares.map((share) => number(percent(share), (row) => at(row, share))),
      number("Greatest", ({ max }) => max),
    ],
    rows: same,
    file: `${fileName(experiment)}-${fileName(shown.name)}-percentiles`,
  });
}
