// A quantity over time in one cell: the average of all peers with the band from the least to the greatest, or a line for each
// peer that was looked at alone. A long series is thinned for the part that is in sight, so zooming in shows every point.

import { axisStyle, band, horizontal, makeChart, tooltip, tooltipStyle, upright, type Range } from "../chart.js";
import { choice, element, refill, section } from "../dom.js";
import { formatNumber, headed, withUnit } from "../format.js";
import { describe, type Grid } from "../grid.js";
import type { Point, Results, Series } from "../results.js";
import type { Theme } from "../theme.js";
import { inOrder, thin } from "../thin.js";

const pointsInSight = 1200;
/** In a tooltip, of as many as there are. */
const peersTold = 20;

/** What is chosen and drawn together: the whole network's series, or those of single peers, in their order. */
interface Quantity {
  readonly cell: number;
  readonly title: string;
  readonly unit: string | null | undefined;
  readonly seconds: number | null | undefined;
  readonly lines: readonly { readonly name: string; readonly peer: boolean; readonly points: readonly Point[] }[];
}

/** In the order in which the results have them. */
export function quantities(all: readonly Series[]): Quantity[] {
  const groups = new Map<string, Series[]>();
  all.forEach((one, index) => {
    if (one.points.length === 0) return;
    const key = one.peer == null ? String(index) : JSON.stringify([one.cell, one.name, one.unit ?? ""]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  });
  return [...groups.values()].map((group) => {
    const first = group[0] as Series;
    const ofPeers = first.peer != null;
    return {
      cell: first.cell,
      title: ofPeers ? `${first.name} of each peer` : first.name,
      unit: first.unit,
      seconds: first.window_seconds,
      lines: group.map(({ peer, points }) => ({
        name: peer == null ? "average" : `peer ${peer}`,
        peer: peer != null,
        points: inOrder(points),
      })),
    };
  });
}

export function series(results: Results, grid: Grid): HTMLElement | undefined {
  const all = quantities(results.series);
  const first = all[0];
  if (!first) return undefined;
  let shown: Quantity = first;
  let range: Range = [0, 1];

  const span = (): Range => {
    const ends = shown.lines.flatMap(({ points }) => [points[0]?.[0] ?? 0, points.at(-1)?.[0] ?? 0]);
    return [Math.min(...ends), Math.max(...ends)];
  };
  const within = (points: readonly Point[]): Point[] => {
    const [start, end] = span();
    const most = Math.max(100, Math.floor(pointsInSight / shown.lines.length));
    return thin(points, start + range[0] * (end - start), start + range[1] * (end - start), most);
  };
  const drawn = (theme: Theme) => shown.lines.flatMap(({ name, peer, points }, index) => {
    const sight = within(points);
    const colour = theme.lines[index % theme.lines.length] ?? theme.ink;
    const line = { id: name, type: "line", name, symbol: sight.length < 40 ? "circle" : "none", symbolSize: 4, z: 3,
      showSymbol: sight.length < 40, itemStyle: { color: colour }, lineStyle: { color: colour, width: 1.5 }, data: sight };
    if (peer) return [line];
    return [line,
      { id: "band", ...band("range", colour, sight.map(([time, , min, max]) => [time ?? 0, min ?? null, max ?? null])) }];
  });
  const value = (number: number | null | undefined) =>
    number == null ? "none" : withUnit(formatNumber(number), shown.unit);
  const chart = makeChart(
    () => `${shown.title} over time in the cell ${describeCell(shown.cell)}`,
    (theme) => ({
      grid: { left: 60, right: 24, top: 44, bottom: 84 },
      tooltip: {
        ...tooltipStyle(theme),
        trigger: "axis",
        formatter: (at: { value: unknown; seriesId: string }[]) => {
          const lines = at.filter(({ seriesId }) => seriesId !== "band");
          const point = lines[0]?.value as Point | undefined;
          if (!point) return tooltip("");
          const [time, average, min, max, count] = point;
          if (shown.lines[0]?.peer)
            return tooltip(`${formatNumber(time ?? 0)} s`, ...lines.slice(0, peersTold).map(
              (line) => `${line.seriesId}: ${value((line.value as Point)[1])}`),
            ...(lines.length > peersTold ? [`and ${lines.length - peersTold} more`] : []));
          return tooltip(`${formatNumber(time ?? 0)} s`, `average ${value(average)}`,
            `from ${value(min)} to ${value(max)}`, `of ${formatNumber(count ?? 0)} peers`);
        },
      },
      xAxis: { ...horizontal(theme, "time (s)"), type: "value", min: span()[0], max: span()[1],
        axisLabel: { color: theme.muted, formatter: formatNumber, hideOverlap: true } },
      yAxis: { ...upright(theme, headed(shown.title, shown.unit)), scale: false },
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
  const show = (chosen: Quantity) => {
    shown = chosen;
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
        show(there.find(({ title }) => title === shown.title) ?? there[0] ?? shown);
        drawControls();
      }, cells.indexOf(shown.cell)),
      choice("Quantity", here.map((value) => ({ title: value.title, value })), show, here.indexOf(shown)));
  };
  drawControls();
  return section("series", "Over time", controls, chart.frame,
    element("p", { class: "note" }, "The line is the average of the peers, the band reaches from the least to the greatest",
      first.seconds != null && ` of each window of ${formatNumber(first.seconds)} s`,
      "; a quantity of each peer has a line for each. Drag the handles below the chart to look closer."));
}
