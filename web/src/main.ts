// The page: it shows the results written into it, or asks for a file of results; one can also be dropped onto it.

import { button, element } from "./dom.js";
import { makeGrid } from "./grid.js";
import { readResults } from "./results.js";
import { cells } from "./views/cells.js";
import { distributions } from "./views/distributions.js";
import { headline } from "./views/headline.js";
import { heat } from "./views/heat.js";
import { lines } from "./views/lines.js";
import { network } from "./views/network.js";
import { parameters } from "./views/parameters.js";
import { runs } from "./views/runs.js";
import { series } from "./views/series.js";

const page = document.getElementById("page") as HTMLElement;

function show(json: string): void {
  const reading = readResults(json);
  if ("faults" in reading) return ask(reading.faults);
  const { results } = reading;
  const grid = makeGrid(results);
  const sections = [
    parameters(results),
    cells(results, grid),
    heat(results, grid),
    lines(results, grid),
    series(results, grid),
    distributions(results, grid),
    network(results),
    runs(results, grid),
  ].filter((view) => view !== undefined);
  const links = sections.map((view) =>
    element("li", {}, element("a", { href: `#${view.id}` }, view.querySelector("h2")?.textContent ?? "")));
  document.title = `${results.experiment.title || results.experiment.name} – tutti`;
  page.replaceChildren(headline(results, grid, json, () => picker.click()),
    element("nav", { "aria-label": "Parts of this report" }, element("ul", {}, ...links)), ...sections, licences());
}

/** Without results, or with some that cannot be shown for the given reasons. */
function ask(faults: readonly string[] = []): void {
  page.replaceChildren(element("div", { class: "ask" },
    element("h1", {}, "tutti report"),
    faults.length > 0 && element("div", { role: "alert", class: "faults" }, element("p", {}, "These results cannot be shown:"),
      element("ul", {}, ...faults.map((fault) => element("li", {}, fault)))),
    element("p", {}, "Drop a results file (JSON) here, or open one."),
    button("Open results", () => picker.click())), licences());
}

function licences(): HTMLElement {
  const text = document.getElementById("licences")?.textContent ?? "";
  return element("footer", {}, element("details", {}, element("summary", {}, "Libraries in this page"),
    element("pre", { tabindex: 0 }, text.trim())));
}

async function open(file: File | undefined): Promise<void> {
  if (!file) return;
  try {
    show(await file.text());
  } catch (error) {
    ask([`${file.name} cannot be read: ${error instanceof Error ? error.message : String(error)}`]);
  }
}

const picker = element("input", { type: "file", accept: ".json,application/json", hidden: true, "aria-label": "Results" });
picker.addEventListener("change", () => {
  void open(picker.files?.[0]);
  picker.value = ""; // so that the same file can be opened again
});
document.body.append(picker);

// Without this a dropped file would replace the page.
window.addEventListener("dragover", (event) => event.preventDefault());
window.addEventListener("drop", (event) => {
  event.preventDefault();
  void open(event.dataTransfer?.files[0]);
});

const embedded = document.getElementById("results")?.textContent?.trim() ?? "null";
if (embedded === "null" || embedded === "") ask();
else show(embedded);
