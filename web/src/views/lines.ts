// A measure along one axis: our average with the band from least to greatest run, one line for each value of another axis,
// and the references as broken lines in the same colour. Sliders hold the axes that are left.

import { band, horizontal, makeChart, tooltip, tooltipStyle, upright, type Options } from "../chart.js";
import { choice, element, refill, section, slider, toggle } from "../dom.js";
import { formatNumber, headed, withUnit } from "../format.js";
import { formatAxisValue, titleOf, type Grid } from "../grid.js";
import type { Axis, AxisValue, Cell, Measure, Results } from "../results.js";
import { css, rampColour } from "../scale.js";
import type { Theme } from "../theme.js";

/** More lines could not be told apart: then their colours run along the ramp, and no band is drawn. */
const distinctLines = 8;
const dashes = [[6, 4], [2, 3], [10, 3, 2, 3]];

export function lines({ measures }: Results, grid: Grid): HTMLElement | undefined {
  if (grid.axes.length === 0 || measures.length === 0 || grid.cells.length === 0) return undefined;
  let measure = measures[0] as Measure;
  let along = 0;
  let split: number | undefined = grid.axes.length > 1 ? 1 : undefined;
  let references = true;
  const fixed = grid.axes.map(() => 0);
  const controls = element("div", { class: "controls" });

  const options = (theme: Theme): Options => {
    const axis = grid.axes[along] as Axis;
    const splitAxis = split === undefined ? undefined : grid.axes[split];
    const metric = axis.values.every((value) => typeof value === "number");
    const horizon = (value: AxisValue) => (metric ? Number(value) : axis.values.indexOf(value));
    // In the order of the numbers, whatever order they were run in.
    const order = axis.values.map((_, index) => index);
    if (metric) order.sort((a, b) => Number(axis.values[a]) - Number(axis.values[b]));

    const count = splitAxis?.values.length ?? 1;
    const colour = (line: number) => count <= distinctLines
      ? theme.lines[line % theme.lines.length] ?? theme.ink
      : css(rampColour(theme.ramp.slice(1), line / (count - 1)));
    const series = Array.from({ length: count }, (_, line) => {
      const place = [...fixed];
      if (split !== undefined) place[split] = line;
      const cellAt = (index: number): Cell | undefined => grid.at(place.with(along, index));
      const drawn = (title: string, value: (cell: Cell) => number | null | undefined, dash?: readonly number[]) => ({
        type: "line",
        name: title,
        z: dash ? 2 : 3,
        symbol: dash ? "none" : "circle",
        symbolSize: 5,
        itemStyle: { color: colour(line) },
        lineStyle: { color: colour(line), width: dash ? 1.5 : 2, ...(dash && { type: dash, opacity: 0.8 }) },
        data: order.map((index) => {
          const cell = cellAt(index);
          return [horizon(axis.values[index] ?? 0), (cell && value(cell)) ?? null];
        }),
      });
      const label = splitAxis
        ? withUnit(formatAxisValue(splitAxis.values[line] ?? ""), splitAxis.unit) : titleOf(measure);
      const summary = (cell: Cell | undefined) => cell?.values.get(measure.name);
      return [
        drawn(label, (cell) => summary(cell)?.average),
        ...(count > distinctLines ? [] : [band(label, colour(line), order.map((index) => [
          horizon(axis.values[index] ?? 0),
          summary(cellAt(index))?.min ?? null,
          summary(cellAt(index))?.max ?? null,
        ] as const))]),
        ...(references ? measure.references.map((reference, at) =>
          drawn(`${label}, ${titleOf(reference)}`,
            (cell) => cell.references.get(measure.name)?.get(reference.name), dashes[at % dashes.length])) : []),
      ];
    }).flat();

    const names = [...new Set(series.filter((one) => one.type === "line").map((one) => one.name))];
    return {
      grid: { left: 60, right: 24, top: 44, bottom: 48, containLabel: false },
      tooltip: {
        ...tooltipStyle(theme),
        trigger: "item",
        formatter: ({ seriesName, value }: { seriesName: string; value: [number, number] }) =>
          tooltip(seriesName, `${titleOf(axis)}: ${withUnit(metric ? formatNumber(value[0])
            : formatAxisValue(axis.values[value[0]] ?? ""), axis.unit)}`,
          `${titleOf(measure)}: ${withUnit(formatNumber(value[1]), measure.unit)}`),
      },
      xAxis: metric
        ? { ...horizontal(theme, headed(titleOf(axis), axis.unit)), type: "value", scale: true,
          axisLabel: { color: theme.muted, formatter: formatNumber, hideOverlap: true } }
        : { ...horizontal(theme, titleOf(axis)), type: "category", data: axis.values.map(formatAxisValue) },
      yAxis: upright(theme, headed(titleOf(measure), measure.unit)),
      legend: { show: false, data: names },
      series,
    };
  };

  // The legend is text of the page: it wraps, prints and can be read aloud.
  const legend = element("ul", { class: "lines", "aria-label": "Lines" });
  const drawLegend = (theme: Theme) => {
    const axis = split === undefined ? undefined : grid.axes[split];
    const values = axis?.values ?? [];
    const key = (colour: string, title: string, dash?: string) => {
      const sample = element("span", { class: "sample", "aria-hidden": true });
      sample.style.borderTop = `2px ${dash ?? "solid"} ${colour}`;
      return element("li", {}, sample, title);
    };
    const ends = values.length > distinctLines;
    legend.replaceChildren(
      ...(axis ? [element("li", { class: "head" }, titleOf(axis))] : [key(theme.lines[0] ?? theme.ink, "ours")]),
      ...values.flatMap((value, line) => {
        if (ends && line !== 0 && line !== values.length - 1) return [];
        const colour = ends ? css(rampColour(theme.ramp.slice(1), line / (values.length - 1)))
          : theme.lines[line % theme.lines.length] ?? theme.ink;
        return [key(colour, withUnit(formatAxisValue(value), axis?.unit))];
      }),
      ...(references ? measure.references.map((reference, at) =>
        key(theme.muted, titleOf(reference), ["dashed", "dotted", "double"][at % 3])) : []));
  };

  const chart = makeChart(
    () => `${titleOf(measure)} along ${titleOf(grid.axes[along] as Axis)}; the table of cells has the numbers`,
    (theme) => {
      drawLegend(theme);
      return options(theme);
    });

  const drawControls = () => {
    const axes = grid.axes.map((axis, value) => ({ title: titleOf(axis), value }));
    const splits = [{ title: "nothing", value: undefined as number | undefined },
      ...axes.filter(({ value }) => value !== along)];
    const again = () => {
      drawControls();
      chart.redraw();
    };
    refill(controls,
      choice("Measure", measures.map((value) => ({ title: titleOf(value), value })), (value) => {
        measure = value;
        again();
      }, measures.indexOf(measure)),
      choice("Along", axes, (axis) => {
        if (split === axis) split = along;
        along = axis;
        again();
      }, along),
      choice("A line for each", splits, (axis) => {
        split = axis;
        again();
      }, splits.findIndex(({ value }) => value === split)),
      ...grid.axes.flatMap((axis, index) => index === along || index === split ? [] : [
        slider(titleOf(axis), axis.values.map((value) => withUnit(formatAxisValue(value), axis.unit)), fixed[index] ?? 0,
          (at) => {
            fixed[index] = at;
            chart.redraw();
          })]),
      ...(measure.references.length > 0 ? [toggle("References", references, (checked) => {
        references = checked;
        chart.redraw();
      })] : []));
  };
  drawControls();
  return section("lines", "Along an axis", controls, chart.frame, legend);
}
