// A map of one measure over any two axes; sliders hold the others. It is a table with coloured cells, so it can be read
// aloud, copied and printed. The colours mean the same wherever the sliders stand. For a single axis it is one row.

import { choice, element, refill, section, slider, toggle } from "../dom.js";
import { decimalsFor, formatColumn, formatNumber, headed, withUnit } from "../format.js";
import { describe, formatAxisValue, sourcesOf, titleOf, valueOf, type Grid, type Source } from "../grid.js";
import type { Cell, Measure, Results } from "../results.js";
import { css, inkOn, makeScale, rampColour, spansMagnitudes, type Scale } from "../scale.js";
import { currentTheme, onThemeChange } from "../theme.js";

/** Beyond so many columns a cell has no room for its number; pointing at it still tells. */
const numberedColumns = 20;

export function heat({ measures }: Results, grid: Grid): HTMLElement | undefined {
  if (grid.axes.length < 2 || measures.length === 0 || grid.cells.length === 0) return undefined;
  let measure = measures[0] as Measure;
  let source: Source = { kind: "ours" };
  let [across, down] = longestAxes(grid);
  let magnitude: boolean | undefined; // until chosen, as the values suggest
  const fixed = grid.axes.map(() => 0);

  const place = element("div");
  const controls = element("div", { class: "controls" });
  const legend = element("div", { class: "legend" });
  const detail = element("p", { class: "note", "aria-live": "polite" });

  const draw = () => {
    const values = grid.cells.flatMap((cell) => valueOf(cell, measure, source) ?? []);
    const centred = source.kind === "difference";
    const byMagnitude = magnitude ?? spansMagnitudes(values);
    const theme = currentTheme();
    const turned = measure.better === "higher" ? [...theme.difference].reverse() : theme.difference;
    const ramp = centred ? turned : theme.ramp;
    const scale = makeScale(values, { magnitude: byMagnitude, centred });
    place.replaceChildren(map(values, scale, ramp));
    legend.replaceChildren(...legendFor(scale, ramp, measure, centred, grid.cells));
    detail.textContent = "";
  };

  const map = (values: readonly number[], scale: Scale, ramp: readonly string[]) => {
    const x = grid.axes[across];
    const y = grid.axes[down];
    if (!x || !y) return element("p");
    const decimals = decimalsFor(values);
    const numbered = x.values.length <= numberedColumns;
    const square = (cell: Cell | undefined) => {
      const value = cell && valueOf(cell, measure, source);
      if (!cell || value === undefined) return element("td", { class: "absent", title: "no value" }, numbered && "–");
      const colour = rampColour(ramp, scale.position(value));
      const failing = cell.holds.get(measure.name) === false;
      const words = `${describe(cell, grid.axes)}: ${withUnit(formatNumber(value), measure.unit)}` +
        (failing ? ", does not hold" : "");
      const made = element("td", { title: words, class: failing ? "failing" : undefined },
        numbered && formatColumn(value, decimals));
      made.style.backgroundColor = css(colour);
      made.style.color = inkOn(colour);
      made.addEventListener("pointerenter", () => (detail.textContent = words));
      return made;
    };
    const at = [...fixed];
    return element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Heat map" },
      element("table", { class: numbered ? "heat" : "heat dense" },
        element("caption", {}, `${headed(titleOf(measure), measure.unit)} over ${titleOf(x)} and ${titleOf(y)}`),
        element("thead", {},
          element("tr", {}, element("td"),
            element("th", { scope: "colgroup", colspan: x.values.length }, headed(titleOf(x), x.unit))),
          element("tr", {}, element("th", { scope: "col", class: "corner" }, headed(titleOf(y), y.unit)),
            ...x.values.map((value) => element("th", { scope: "col" }, formatAxisValue(value))))),
        element("tbody", {}, ...y.values.map((value, row) => element("tr", {},
          element("th", { scope: "row" }, formatAxisValue(value)),
          ...x.values.map((_, column) => {
            at[across] = column;
            at[down] = row;
            return square(grid.at(at));
          }))))));
  };

  const drawControls = () => {
    const axes = grid.axes.map((axis, value) => ({ title: titleOf(axis), value }));
    const choose = (role: "across" | "down") => (axis: number) => {
      // Choosing the other one's axis swaps the two.
      if (role === "across") [across, down] = [axis, axis === down ? across : down];
      else [across, down] = [axis === across ? down : across, axis];
      drawControls();
      draw();
    };
    const values = grid.cells.flatMap((cell) => valueOf(cell, measure, source) ?? []);
    const sources = sourcesOf(measure);
    refill(controls,
      choice("Measure", measures.map((value) => ({ title: titleOf(value), value })), (value) => {
        measure = value;
        source = { kind: "ours" };
        magnitude = undefined;
        drawControls();
        draw();
      }, measures.indexOf(measure)),
      choice("Show", sources.map(({ title, source: value }) => ({ title, value })), (value) => {
        source = value;
        magnitude = undefined;
        drawControls();
        draw();
      }, sources.findIndex((one) => JSON.stringify(one.source) === JSON.stringify(source))),
      choice("Across", axes, choose("across"), across),
      choice("Down", axes, choose("down"), down),
      ...grid.axes.flatMap((axis, index) => index === across || index === down ? [] : [
        slider(titleOf(axis), axis.values.map((value) => withUnit(formatAxisValue(value), axis.unit)), fixed[index] ?? 0,
          (at) => {
            fixed[index] = at;
            draw();
          })]),
      toggle("Colours by magnitude", magnitude ?? spansMagnitudes(values), (checked) => {
        magnitude = checked;
        draw();
      }));
  };

  drawControls();
  draw();
  onThemeChange(draw);
  return section("heat", "Heat map", controls, place, legend, detail);
}

/** The two axes with the most values, in their own order: the second of them goes across. */
function longestAxes(grid: Grid): [number, number] {
  const byLength = grid.axes.map((axis, index) => ({ index, length: axis.values.length }))
    .sort((a, b) => b.length - a.length);
  const [one, other] = [byLength[0]?.index ?? 0, byLength[1]?.index ?? 1].sort((a, b) => a - b) as [number, number];
  return [other, one];
}

function legendFor(scale: Scale, ramp: readonly string[], measure: Measure, centred: boolean,
  cells: readonly Cell[]): HTMLElement[] {
  const bar = element("div", { class: "bar", "aria-hidden": true });
  bar.style.background = `linear-gradient(to right, ${ramp.join(",")})`;
  const marks = [0, 0.25, 0.5, 0.75, 1].map((position) =>
    element("span", {}, formatNumber(Number(scale.value(position).toPrecision(2)))));
  const words = [
    measure.better && `${measure.better} is better`,
    centred && measure.better && "ours is better towards green",
    cells.some((cell) => cell.holds.get(measure.name) === false) && "an outlined cell does not hold",
  ];
  return [element("div", { class: "scale" }, bar, element("div", { class: "marks" }, ...marks)),
    element("p", { class: "note" }, words.filter(Boolean).join("; "))];
}
