// A chart in the page: an ECharts canvas that follows the size of its frame, the theme, and paper. Its options come from a
// function, which is asked again whenever anything has changed.

import { CustomChart, GraphChart, LineChart } from "echarts/charts";
import { DataZoomComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { element } from "./dom.js";
import { formatNumber } from "./format.js";
import { currentTheme, onThemeChange, type Theme } from "./theme.js";

echarts.use([LineChart, CustomChart, GraphChart, GridComponent, TooltipComponent, LegendComponent, DataZoomComponent,
  CanvasRenderer]);

export type Options = Record<string, unknown>;
export type Range = readonly [number, number];

export interface Chart {
  readonly frame: HTMLElement;
  redraw(): void;
  /** Replaces only what is named, as ECharts merges options: a picture that was moved or enlarged stays so. */
  update(options: (theme: Theme) => Options): void;
  onZoom(handler: (shares: Range) => void): void;
}

/** `label` gives in a sentence what the chart shows, to those who cannot see it. It is asked again at each drawing. */
export function makeChart(label: () => string, options: (theme: Theme) => Options): Chart {
  const frame = element("div", { class: "chart", role: "img" });
  let drawn: echarts.ECharts | undefined;
  let zoomed: ((shares: Range) => void) | undefined;

  const redraw = () => {
    frame.setAttribute("aria-label", label());
    const theme = currentTheme();
    drawn?.setOption({ animation: false, backgroundColor: "transparent", color: [...theme.lines],
      textStyle: { color: theme.ink, fontFamily: getComputedStyle(frame).fontFamily }, ...options(theme) }, true);
  };
  const fit = () => {
    if (frame.clientWidth === 0 || frame.clientHeight === 0) return; // not in the page, or folded away
    if (drawn) return drawn.resize();
    // Two pixels a pixel at least, so that a print is not blurred.
    drawn = echarts.init(frame, undefined, { devicePixelRatio: Math.max(2, window.devicePixelRatio) });
    drawn.on("datazoom", () => {
      const { dataZoom } = drawn?.getOption() as { dataZoom?: { start: number; end: number }[] };
      const window = dataZoom?.[0];
      if (window) zoomed?.([window.start / 100, window.end / 100]);
    });
    redraw();
  };
  new ResizeObserver(fit).observe(frame);
  onThemeChange(redraw);

  return {
    frame,
    redraw,
    update: (changed) => {
      frame.setAttribute("aria-label", label());
      drawn?.setOption(changed(currentTheme()));
    },
    onZoom: (handler) => (zoomed = handler),
  };
}

export const axisStyle = (theme: Theme) => ({
  nameTextStyle: { color: theme.muted },
  axisLabel: { color: theme.muted, hideOverlap: true },
  axisLine: { lineStyle: { color: theme.muted } },
  splitLine: { lineStyle: { color: theme.line } },
});

/** An axis of values, its title along it. */
export const horizontal = (theme: Theme, title: string) => ({
  ...axisStyle(theme), name: title, nameLocation: "middle", nameGap: 30,
});

/** An upright axis: its title lies above it, where any length fits. */
export const upright = (theme: Theme, title: string) => ({
  ...axisStyle(theme), type: "value", name: title, nameLocation: "end", nameGap: 14,
  nameTextStyle: { color: theme.muted, align: "left", padding: [0, 0, 0, -40] },
  axisLabel: { color: theme.muted, formatter: formatNumber },
});

export const tooltipStyle = (theme: Theme) => ({
  backgroundColor: theme.paper,
  borderColor: theme.line,
  textStyle: { color: theme.ink, fontSize: 13 },
  confine: true,
});

/** Lines of a tooltip, as an element, since ECharts would take a string for markup. */
export const tooltip = (...lines: string[]) => element("div", {}, ...lines.map((line) => element("div", {}, line)));

/** A filled area between a lower and an upper line, given as [x, lower, upper] rows; a gap ends one area. */
export function band(name: string, colour: string, rows: readonly (readonly [number, number | null, number | null])[]) {
  const areas: (readonly [number, number, number])[][] = [[]];
  for (const [x, low, high] of rows) {
    if (low === null || high === null) areas.push([]);
    else areas.at(-1)?.push([x, low, high]);
  }
  const drawn = areas.filter((area) => area.length > 1);
  return {
    type: "custom",
    name,
    silent: true,
    clip: true,
    z: 1,
    itemStyle: { color: colour },
    tooltip: { show: false },
    // The corners tell the axes how far they must reach.
    encode: { x: [0], y: [1, 2] },
    dimensions: ["x", "low", "high", "area"],
    data: drawn.flatMap((area, index) => area.map((row) => [...row, index])),
    renderItem: bandPainter(drawn, colour),
  };
}

interface Painter {
  coord(point: readonly number[]): number[];
}

function bandPainter(areas: readonly (readonly (readonly [number, number, number])[])[], colour: string) {
  const firsts = new Set<number>();
  let at = 0;
  for (const area of areas) {
    firsts.add(at);
    at += area.length;
  }
  const starts = [...firsts];
  return (parameters: { dataIndex: number }, painter: Painter) => {
    const area = areas[starts.indexOf(parameters.dataIndex)];
    if (!area) return undefined; // an area is drawn with its first row
    const along = area.map(([x, low]) => painter.coord([x, low]));
    const back = area.map(([x, , high]) => painter.coord([x, high])).reverse();
    return { type: "polygon", shape: { points: [...along, ...back] }, style: { fill: colour, opacity: 0.18 } };
  };
}
