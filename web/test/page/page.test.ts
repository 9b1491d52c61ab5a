import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { bare, failing, figure, hostile, large, single, small } from "../fixtures.js";
import { launch, openReport, painted, type Look, type Opened } from "./browser.js";

let browser: Browser;
let opened: Opened | undefined;

beforeAll(async () => {
  browser = await launch();
});
afterEach(async () => {
  const last = opened;
  opened = undefined;
  await last?.close();
});
afterAll(() => browser.close());

async function show(results?: unknown, look?: Look): Promise<Page> {
  opened = await openReport(browser, results, look);
  return opened.page;
}

const column = (page: Page, section: string, index: number) =>
  page.locator(`${section} tbody tr td:nth-child(${index})`).allTextContents();
const sections = (page: Page) => page.locator("main section").evaluateAll((all) => all.map(({ id }) => id));
const picture = (page: Page, selector: string) =>
  page.locator(`${selector} canvas`).first().evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());

async function download(page: Page, trigger: () => Promise<void>): Promise<{ name: string; text: string }> {
  const [file] = await Promise.all([page.waitForEvent("download"), trigger()]);
  return { name: file.suggestedFilename(), text: await readFile(await file.path(), "utf8") };
}

test("the figure's head tells what was run, when, with which seed, and that all holds", async () => {
  const page = await show(figure());
  expect(await page.title()).toBe("Time travel among 21 peers – tutti");
  expect(await page.locator("#verdict").textContent()).toBe("108 of 108 cells hold");
  const facts = await page.locator(".facts").innerText();
  for (const fact of ["symmetric-figure7", "simulated", "2026-01-02 03:04 UTC", "3 min", "0.1.0"])
    expect(facts).toContain(fact);
  expect(await sections(page)).toEqual(
    ["parameters", "cells", "heat", "lines", "series", "distributions", "network", "runs"]);
});

test("the experiment's text and the bar are there to read", async () => {
  const page = await show(figure());
  await page.getByText("The experiment as it was run").click();
  expect(await page.locator("#parameters pre").innerText()).toContain('name = "symmetric-figure7"');
  expect(await page.locator("#parameters").innerText()).toContain("at most 1.25 x floor + 0.1");
});

test("cells sort by a column in both directions, as numbers", async () => {
  const page = await show(figure());
  await page.locator("#cells").getByRole("button", { name: "Show all 108 rows" }).click();
  const ours = page.locator("#cells").getByRole("button", { name: "Ours", exact: true });
  await ours.click();
  const ascending = (await column(page, "#cells", 4)).map(Number);
  expect(ascending).toHaveLength(108);
  expect(ascending).toEqual([...ascending].sort((a, b) => a - b));
  await ours.click();
  expect((await column(page, "#cells", 4)).map(Number)).toEqual([...ascending].reverse());
  expect(await page.locator("#cells th:nth-child(4)").getAttribute("aria-sort")).toBe("descending");
});

test("another measure has a table of its own", async () => {
  const page = await show(figure());
  await page.locator("#cells").getByRole("combobox", { name: "Measure", exact: true }).selectOption("time until all peers know");
  expect(await page.locator("#cells caption").textContent()).toBe("time until all peers know (ms)");
  expect(await page.locator("#cells thead").innerText()).not.toContain("paper");
});

test("the table is saved as CSV, the results as the JSON they came as", async () => {
  const page = await show(figure());
  const csv = await download(page, () => page.locator("#cells").getByRole("button", { name: "Save as CSV" }).click());
  expect(csv.name).toBe("symmetric-figure7-time_travel.csv");
  const rows = csv.text.trim().split("\r\n");
  expect(rows[0]).toBe("link latency (ms),events a minute (1/min),deadline multiplier,Ours,Least,Greatest,Runs,"
    + "The paper,Unavoidable,Holds");
  expect(rows).toHaveLength(109);
  const json = await download(page, () => page.getByRole("button", { name: "Save results as JSON" }).click());
  expect(json.name).toBe("symmetric-figure7.json");
  expect(JSON.parse(json.text)).toEqual(figure());
});

test("the heat map shows any two axes, and a slider moves along the third", async () => {
  const page = await show(figure());
  const heat = page.locator("#heat");
  expect(await heat.locator("tbody td").count()).toBe(36);
  const before = await heat.locator("tbody").innerText();
  await heat.getByRole("slider").press("ArrowRight");
  expect(await heat.locator("output").textContent()).toBe("2");
  expect(await heat.locator("tbody").innerText()).not.toBe(before);

  await heat.getByRole("combobox", { name: "Down", exact: true }).selectOption("deadline multiplier");
  expect(await heat.locator("tbody tr").count()).toBe(3);
  expect(await heat.locator("tbody th").allTextContents()).toEqual(["5", "2", "1"]);
});

test("choosing one axis for both directions swaps them", async () => {
  const page = await show(figure());
  const across = page.locator("#heat").getByRole("combobox", { name: "Across", exact: true }).locator("option:checked");
  const down = page.locator("#heat").getByRole("combobox", { name: "Down", exact: true }).locator("option:checked");
  const [first, second] = [await across.textContent(), await down.textContent()];
  await page.locator("#heat").getByRole("combobox", { name: "Down", exact: true }).selectOption(first);
  expect([await across.textContent(), await down.textContent()]).toEqual([second, first]);
});

test("the heat map shows the references and the difference to them", async () => {
  const page = await show(figure());
  const first = page.locator("#heat tbody td").first();
  const shown = async (source: string) => {
    await page.locator("#heat").getByRole("combobox", { name: "Show", exact: true }).selectOption(source);
    return Number(/: (-?[\d.e-]+) %/.exec((await first.getAttribute("title")) ?? "")?.[1]);
  };
  const [ours, paper, difference] = [await shown("ours"), await shown("the paper"), await shown("ours − the paper")];
  expect(difference).toBeCloseTo(ours - paper, 3);
});

test.each(["#lines", "#series", "#distributions", "#network"])("%s draws a picture", async (section) => {
  const page = await show(figure());
  const { share, colours } = await painted(page, section);
  expect(share).toBeGreaterThan(0.01);
  expect(colours).toBeGreaterThan(8);
});

test("the lines follow the axis, the split and the slider", async () => {
  const page = await show(figure());
  const seen = [await picture(page, "#lines")];
  await page.locator("#lines").getByRole("combobox", { name: "Along", exact: true }).selectOption("events a minute");
  seen.push(await picture(page, "#lines"));
  await page.locator("#lines").getByRole("combobox", { name: "A line for each", exact: true }).selectOption("nothing");
  seen.push(await picture(page, "#lines"));
  await page.locator("#lines").getByRole("slider").last().press("End");
  seen.push(await picture(page, "#lines"));
  await page.locator("#lines").getByLabel("References").uncheck();
  seen.push(await picture(page, "#lines"));
  expect(new Set(seen).size).toBe(seen.length);
});

test("another cell shows its own series and distribution", async () => {
  const page = await show(figure());
  for (const section of ["#series", "#distributions"]) {
    const before = await picture(page, section);
    await page.locator(section).getByRole("combobox", { name: "Cell", exact: true }).selectOption({ index: 1 });
    expect(await picture(page, section)).not.toBe(before);
  }
  expect(await page.locator("#distributions thead").innerText()).toContain("99 %");
});

test("a quantity of each peer is drawn with a line for each, and tells all of them", async () => {
  const page = await show(figure());
  const before = await picture(page, "#series");
  await page.locator("#series").getByRole("combobox", { name: "Quantity", exact: true }).selectOption("queue of each peer");
  expect(await picture(page, "#series")).not.toBe(before);
  const chart = page.locator("#series .chart");
  expect(await chart.getAttribute("aria-label")).toMatch(/^queue of each peer over time/);
  const box = (await chart.boundingBox())!;
  await chart.hover({ position: { x: box.width / 2, y: box.height / 2 } });
  const told = await chart.innerText();
  for (const peer of ["peer 0: ", "peer 3: ", "peer 20: "]) expect(told).toContain(peer);
});

test("the network moves through its changes by slider and button", async () => {
  const page = await show(figure());
  const status = page.locator("#network output");
  expect(await status.textContent()).toContain("20 of 21 peers running");
  const before = await picture(page, "#network");
  await page.getByRole("button", { name: "Next change" }).click();
  expect(await status.textContent()).toMatch(/^14\.3 s: 21 of 21 peers running/);
  expect(await page.locator("#network .changes li").first().textContent()).toBe("14.3 s peer 4: start");
  expect(await picture(page, "#network")).not.toBe(before);
  await page.getByRole("slider", { name: "Time" }).press("End");
  expect(await status.textContent()).toMatch(/^150\.0 s: 21 of 21 peers running, (\d+) of (?!\1 )\d+ links up$/);
});

test("the handles below a series choose the times in sight", async () => {
  const page = await show(figure());
  const chart = page.locator("#series .chart");
  const box = (await chart.boundingBox())!;
  const timeAt = async (x: number) => {
    await chart.hover({ position: { x, y: box.height / 2 } });
    return Number(/([\d.]+) s\s*average/.exec(await chart.innerText())?.[1]);
  };
  expect(await timeAt(64)).toBeLessThan(5);
  const y = box.height - 23;
  await chart.dragTo(chart, { sourcePosition: { x: 62, y }, targetPosition: { x: box.width * 0.6, y } });
  const start = await timeAt(64); // of 600 seconds
  expect(start).toBeGreaterThan(330);
  expect(start).toBeLessThan(380);
});

test("playing moves the time, and pausing stops it", async () => {
  const page = await show(figure());
  const status = page.locator("#network output");
  await page.getByRole("button", { name: "Play" }).click();
  await page.waitForFunction(() => !document.querySelector("#network output")?.textContent?.startsWith("0.0 s"));
  await page.getByRole("button", { name: "Pause" }).click();
  const stopped = await status.textContent();
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  expect(await status.textContent()).toBe(stopped);
});

test("cells that do not hold and runs that failed stand out", async () => {
  const page = await show(failing());
  expect(await page.locator("#verdict").textContent()).toBe("96 of 98 cells hold; 2 cells were not judged");
  expect(await page.locator(".failures").textContent()).toBe("1 of 496 runs failed");
  await page.getByLabel("Only cells that do not hold").check();
  expect(await column(page, "#cells", 10)).toEqual(["no", "no"]);
  await page.getByLabel("Only runs that failed").check();
  expect(await page.locator("#runs tbody").innerText()).toContain("crashed: signal 11");
  expect(await page.locator("#runs tbody tr").count()).toBe(1);
});

test("places without a cell and values that are missing are shown as such", async () => {
  const page = await show(failing());
  await page.locator("#heat").getByRole("slider").press("End");
  expect(await page.locator("#heat td.absent").count()).toBeGreaterThan(0);
  expect(await page.locator("main").innerText()).not.toMatch(/NaN|undefined|null|Infinity/);
});

test("one axis of words has a table and lines, but no heat map", async () => {
  const page = await show(small());
  expect(await sections(page)).toEqual(["parameters", "cells", "lines", "runs"]);
  expect(await column(page, "#cells", 1)).toEqual(["circle", "star", "random"]);
  expect((await painted(page, "#lines")).share).toBeGreaterThan(0.005);
});

test("a single cell without axes has a table only", async () => {
  const page = await show(single());
  expect(await sections(page)).toEqual(["parameters", "cells"]);
  expect(await page.locator("#verdict").textContent()).toBe("1 cell, none with a bar to meet");
});

test("results with nothing but a name are no mistake", async () => {
  const page = await show(bare());
  expect(await page.locator("h1").textContent()).toBe("bare");
});

test("three thousand cells are shown in parts, and the heat map whole", async () => {
  const page = await show(large());
  expect(await page.locator("#cells tbody tr").count()).toBe(25);
  expect(await page.locator("#heat tbody td").count()).toBe(3000);
  await page.locator("#cells").getByRole("button", { name: "Show all 3,000 rows" }).click();
  expect(await page.locator("#cells tbody tr").count()).toBe(3000);
});

test("hostile texts are only read", async () => {
  const page = await show(hostile());
  expect(await page.locator("h1").textContent()).toContain("<img src=");
  expect(await page.locator("main img").count()).toBe(0);
  expect(await page.locator("main script").count()).toBe(0);
  // Tooltips are where a library would make markup of a name.
  for (const section of ["#lines", "#series", "#distributions", "#network"]) {
    const canvas = page.locator(`${section} .chart`).first();
    const box = (await canvas.boundingBox())!;
    for (const share of [0.1, 0.3, 0.5, 0.7, 0.9])
      await canvas.hover({ position: { x: box.width * share, y: box.height / 2 } });
  }
  expect(await page.locator("img").count()).toBe(0);
  const csv = await download(page, () => page.locator("#cells").getByRole("button", { name: "Save as CSV" }).click());
  expect(csv.text).toContain("\r\n'=1+1,");
  expect(csv.name).toMatch(/^[\w.-]+\.csv$/);
});

test("without results the page asks for them, and takes a dropped file", async () => {
  const page = await show();
  expect(await page.locator("main").innerText()).toContain("Drop a results file (JSON) here");
  await drop(page, "results.json", JSON.stringify(figure()));
  await page.locator("#verdict").waitFor();
  expect(await page.locator("#verdict").textContent()).toBe("108 of 108 cells hold");
});

test("a file is opened by the button; one that is wrong is answered with the reason, and another can follow", async () => {
  const page = await show();
  const choose = async (text: string) => {
    const [picker] = await Promise.all([page.waitForEvent("filechooser"),
      page.getByRole("button", { name: "Open results" }).click()]);
    await picker.setFiles({ name: "results.json", mimeType: "application/json", buffer: Buffer.from(text) });
  };
  await choose(JSON.stringify({ ...bare(), format: 9 }));
  await page.getByRole("alert").waitFor();
  expect(await page.getByRole("alert").innerText()).toContain("format: this page reads format 1");
  await choose(JSON.stringify(small()));
  await page.locator("#verdict").waitFor();
  expect(await page.locator("h1").textContent()).toBe("Three topologies");
});

test("a seed of 64 bits keeps all its digits", async () => {
  const page = await show();
  await drop(page, "results.json", JSON.stringify({ ...single(), seed: 0 }).replace('"seed":0', '"seed":18446744073709551557'));
  await page.locator("#verdict").waitFor();
  expect(await page.locator(".facts").innerText()).toContain("18446744073709551557");
});

test("everything can be reached and worked by the keyboard", async () => {
  const page = await show(figure());
  const sort = page.locator("#cells").getByRole("button", { name: "Ours", exact: true });
  await sort.focus();
  await page.keyboard.press("Enter");
  expect(await page.locator("#cells th:nth-child(4)").getAttribute("aria-sort")).toBe("ascending");
  // Its controls are made anew by a choice; the hand stays where it was.
  const across = page.locator("#heat").getByRole("combobox", { name: "Across", exact: true });
  await across.focus();
  await page.keyboard.press("ArrowDown");
  expect(await across.evaluate((control) => control === document.activeElement)).toBe(true);
});

test.each([["light", 1200], ["dark", 1200], ["light", 480]] as const)(
  "in %s on %i pixels nothing is wider than the page", async (colorScheme, width) => {
    for (const results of [figure(), hostile(), large()]) {
      const page = await show(results, { colorScheme, width });
      expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
      await opened?.close();
      opened = undefined;
    }
  });

test("a print is light, even from a dark screen", async () => {
  const page = await show(figure(), { colorScheme: "dark" });
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const before = [await ground(), await picture(page, "#lines")];
  await page.emulateMedia({ media: "print" });
  expect(await ground()).toBe("rgb(253, 253, 251)");
  expect([await ground(), await picture(page, "#lines")]).not.toEqual(before);
  expect(await page.locator("nav").isVisible()).toBe(false);
});

async function drop(page: Page, name: string, text: string): Promise<void> {
  const data = await page.evaluateHandle(([name, text]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text!], name!, { type: "application/json" }));
    return transfer;
  }, [name, text]);
  await page.dispatchEvent("body", "drop", { dataTransfer: data });
}
