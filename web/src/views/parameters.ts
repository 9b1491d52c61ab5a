// What was varied, what was measured against which bar, and the experiment's own text.

import { element, section } from "../dom.js";
import { counted } from "../format.js";
import { formatAxisValue, titleOf } from "../grid.js";
import type { AxisValue, Results } from "../results.js";

export function parameters({ axes, measures, experiment }: Results): HTMLElement {
  return section("parameters", "Parameters",
    axes.length > 0 && table("What was varied", ["Axis", "Unit", "Values"],
      axes.map((axis) => [titleOf(axis), axis.unit ?? "", some(axis.values)])),
    measures.length > 0 && table("What was measured", ["Measure", "Unit", "Better", "Beside it", "Bar"],
      measures.map((measure) => [titleOf(measure), measure.unit ?? "", measure.better ?? "",
        measure.references.map(titleOf).join(", "), measure.bar ?? ""])),
    experiment.text != null && element("details", { class: "source" },
      element("summary", {}, "The experiment as it was run"), element("pre", { tabindex: 0 }, experiment.text)));
}

function some(values: readonly AxisValue[]): string {
  const most = 24;
  const shown = values.slice(0, most).map(formatAxisValue).join(", ");
  return values.length > most ? `${shown}, ... (${counted(values.length, "value")})` : shown;
}

function table(caption: string, heads: string[], rows: string[][]): HTMLElement {
  return element("div", { class: "scroll" }, element("table", { class: "plain" },
    element("caption", {}, caption),
    element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, head)))),
    element("tbody", {}, ...rows.map((row) => element("tr", {}, ...row.map((text) => element("td", {}, text)))))));
}
