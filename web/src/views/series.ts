// A quantity over time in one cell: the average of all peers with the band from the least to the greatest. A long series is
// thinned for the part that is in sight, so zooming in shows every point.

import { axisStyle, band, horizontal, makeChart, tooltip, tooltipStyle, upright, type Range } from "../chart.js";
import { choice, element, refill, section } from "../dom.js";
import { formatNumber, headed, withUnit } from "../format.js";
import { describe, type Grid } from "../grid.js";
import type { Point, Results, Series } from "../results.js";
import type { Theme } from "../theme.js";
import { inOrder, thin } from "../thin.js";

const pointsInSight = 1200;

export function series(results: Results, grid: Grid): HTMLElement | undefined {
  const all = results.series.filter(({ points }) => points.length > 0);
  const first = all[0];
  if (!first) return undefined;
  let shown: Series = first;
  let points: readonly Point[] = inOrder(first.points);
  let range: Range = [0, 1];

  const span = (): Range => [points[0]?.[0] ?? 0, points.at(-1)?.[0] ?? 0];
  const within = (): Point[] => {
    const [start, end] = span();
    return thin(points, start + range[0] * (end - start), start + range[1] * (end - start), pointsInSight);
  };
  const drawn = (theme: Theme) => {
    const sight = within();
    const colour = theme.lines[0] ?? theme.ink;
    return [
      { id: "average", type: "line", name: shown.name, symbol: sight.length < 40 ? "circle" : "none", symbolSize: 4, z: 3,
        showSymbol: sight.length < 40, itemStyle: { color: colour }, lineStyle: { color: colour, width: 1.5 },
        data: sight },
      { id: "band", ...band("range", colour, sight.map(([time, , min, max]) => [time ?? 0, min ?? null, max ?? null])) },
    ];
  };
  const chart = makeChart(
    () => `${shown.name} over time in the cell ${describeCell(shown.cell)}`,
    (theme) => ({
      grid: { left: 60, right: 24, top: 44, bottom: 84 },
      tooltip: {
        ...tooltipStyle(theme),
        trigger: "axis",
        formatter: (at: { value: unknown; seriesId: string }[]) => {
          const point = at.find(({ seriesId }) => seriesId === "average")?.value as Point | undefined;
          if (!point) return tooltip("");
          const [time, average, min, max, count] = point;
          const value = (number: number | null | undefined) =>
            number == null ? "none" : withUnit(formatNumber(number), shown.unit);
          return tooltip(`${formatNumber(time ?? 0)} s`, `average ${value(average)}`,
            `from ${value(min)} to ${value(max)}`, `of ${formatNumber(count ?? 0)} peers`);
        },
      },
      xAxis: { ...horizontal(theme, "time (s)"), type: "value", min: span()[0], max: span()[1],
        axisLabel: { color: theme.muted, formatter: formatNumber, hideOverlap: true } },
      yAxis: { ...upright(theme, headed(shown.name, shown.unit)), scale: false },
      dataZoom: [
        { type: "slider", bottom: 12, height: 22, filterMode: "none", start: range[0] * 100, end: range[1] * 100,
          showDetail: false, showDataShadow: false, brushSelect: false, borderColor: theme.line,
          fillerColor: `${theme.lines[0] ?? ""}22`, backgroundColor: "transparent", handleStyle: { color: theme.paper, borderColor: theme.muted },
          moveHandleStyle: { color: theme.muted } },
        { type: "inside", filterMode: "none", zoomOnMouseWheel: "ctrl", moveOnMouseWheel: false },
      ],
      series: drawn(theme),
      axisPointer: { lineStyle: axisStyle(theme).axisLine.lineStyle },
    }));
  chart.onZoom((shares) => {
    range = shares;
    chart.update((theme) => ({ series: drawn(theme) }));
  });

  const describeCell = (index: number) => {
    const cell = grid.cells[index];
    return cell ? describe(cell, grid.axes) : "";
  };
  const show = (chosen: Series) => {
    shown = chosen;
    points = inOrder(chosen.points);
    range = [0, 1];
    chart.redraw();
  };
  const controls = element("div", { class: "controls" });
  const drawControls = () => {
    const cells = [...new Set(all.map(({ cell }) => cell))];
    const here = all.filter(({ cell }) => cell === shown.cell);
    refill(controls,
      choice("Cell", cells.map((value) => ({ title: describeCell(value), value })), (cell) => {
        // The same quantity in the other cell, if it has it.
        const there = all.filter((one) => one.cell === cell);
        show(there.find(({ name }) => name === shown.name) ?? there[0] ?? shown);
        drawControls();
      }, cells.indexOf(shown.cell)),
      choice("Quantity", here.map((value) => ({ title: value.name, value })), show, here.indexOf(shown)));
  };
  drawControls();
  return section("series", "Over time", controls, chart.frame,
    element("p", { class: "note" }, "The line is the average of the peers, the band reaches from the least to the greatest",
      first.window_seconds != null && ` of each window of ${formatNumber(first.window_seconds)} s`,
      ". Drag the handles below the chart to look closer."));
}
