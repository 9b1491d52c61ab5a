// A real browser with the built page in it. Whatever the page does in a test, it must say nothing on the console, throw
// nothing, and ask no network for anything: `close` fails the test otherwise.
//
// REPORT is the built page, CHROMIUM the browser; both have the usual places as defaults.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium, type Browser, type Page } from "playwright-core";

const report = resolve(process.env["REPORT"] ?? "dist/report.html");
const marker = '<script type="application/json" id="results">null</script>';

export const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
  });

export interface Opened {
  readonly page: Page;
  close(): Promise<void>;
}

export type Look = { colorScheme?: "light" | "dark"; width?: number };

/** The page with these results written into it as the laboratory does it; with none, the page as it was built. */
export async function openReport(browser: Browser, results?: unknown, { colorScheme = "light", width = 1200 }: Look = {}):
  Promise<Opened> {
  const folder = await mkdtemp(join(tmpdir(), "tutti-report-"));
  const html = await readFile(report, "utf8");
  if (html.split(marker).length !== 2) throw new Error("the page must have one place for the results");
  const json = JSON.stringify(results ?? null).replaceAll("<", "\\u003c");
  const path = join(folder, "report.html");
  await writeFile(path, html.replace(marker, () => marker.replace("null", () => json)));

  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, acceptDownloads: true });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("console", (message) => faults.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("request", (request) => {
    if (!/^(file|data|blob):/.test(request.url())) faults.push(`request: ${request.url()}`);
  });
  await page.goto(pathToFileURL(path).href);
  return {
    page,
    async close() {
      const attacked = await page.evaluate(() => "attacked" in window);
      await context.close();
      await rm(folder, { recursive: true });
      if (attacked) faults.push("a text of the results was run");
      if (faults.length > 0) throw new Error(faults.join("\n"));
    },
  };
}

/** Shares of the canvas in `selector` that are painted at all, and the count of distinct colours. */
export const painted = (page: Page, selector: string) =>
  page.locator(`${selector} canvas`).first().evaluate((canvas: HTMLCanvasElement) => {
    const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
    const colours = new Set<number>();
    let filled = 0;
    for (let at = 0; at < data.length; at += 4) {
      if (data[at + 3] === 0) continue;
      filled += 1;
      colours.add((data[at]! << 16) | (data[at + 1]! << 8) | data[at + 2]!);
    }
    return { share: (filled * 4) / data.length, colours: colours.size };
  });
