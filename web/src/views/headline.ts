// The head of the report: what was run, when, with which seed, and whether it holds.

import { button, element, save } from "../dom.js";
import { counted, formatDate, formatSeconds } from "../format.js";
import { titleOf, verdictOf, type Grid, type Verdict } from "../grid.js";
import type { Results } from "../results.js";

/** `json` is the text the results were read from: it is saved as it came, with every digit. */
export function headline(results: Results, grid: Grid, json: string, open: () => void): HTMLElement {
  const { experiment } = results;
  const facts: [string, string | undefined][] = [
    ["Experiment", experiment.name],
    ["Mode", results.mode ?? undefined],
    ["Started", results.started ? formatDate(results.started) : undefined],
    ["Took", results.seconds != null ? formatSeconds(results.seconds) : undefined],
    ["Seed", results.seed != null ? String(results.seed) : undefined],
    ["tutti", results.tutti ?? undefined],
  ];
  const verdict = verdictOf(grid.cells);
  return element("header", {},
    element("h1", {}, titleOf(experiment)),
    element("p", { class: `verdict ${mood(verdict)}`, id: "verdict" }, sentence(verdict)),
    failures(verdict),
    element("dl", { class: "facts" }, ...facts.flatMap(([term, value]) =>
      value === undefined ? [] : [element("div", {}, element("dt", {}, term), element("dd", {}, value))])),
    element("p", { class: "actions" },
      button("Save results as JSON", () => save(`${fileName(experiment.name)}.json`, "application/json", json)),
      button("Open other results", open, { class: "quiet" })));
}

const mood = ({ judged, holding }: Verdict) => (judged === 0 ? "none" : judged === holding ? "good" : "bad");

function sentence({ judged, holding, cells }: Verdict): string {
  if (judged === 0) return `${counted(cells, "cell")}, none with a bar to meet`;
  const rest = cells > judged ? `; ${counted(cells - judged, "cell was", "cells were")} not judged` : "";
  return `${holding} of ${counted(judged, "cell")} ${holding === 1 || judged === 1 ? "holds" : "hold"}${rest}`;
}

function failures({ failures, runs }: Verdict): HTMLElement | undefined {
  if (failures === 0) return undefined;
  return element("p", { class: "failures" }, element("a", { href: "#runs" },
    `${failures} of ${counted(runs, "run")} failed`));
}

/** A name that any file system takes. */
export const fileName = (name: string) => name.replace(/[^\w.-]+/g, "-").replace(/^[-.]+/, "").slice(0, 80) || "results";
