// Builds the report: one HTML file with its style and script inside. usage: node bundle.mjs [REPORT.html]
//
// The page's own policy forbids every request and every script but this one, known by its hash: even if a text of the
// results became markup by a mistake of ours, nothing in it would run.

import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const target = resolve(process.argv[2] ?? join(here, "dist", "report.html"));

async function bundle(entry) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: here,
    entryPoints: [join("src", entry)],
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: "iife",
    target: ["es2022"],
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
    define: { "process.env.NODE_ENV": '"production"' },
  });
  // esbuild ends files with a newline, and the hash covers every character between the tags.
  return { text: outputFiles[0].text.trim(), inputs: Object.keys(metafile.inputs) };
}

/** The licences and notices of a package, those it keeps in a folder too. */
async function legalFiles(folder) {
  const entries = (await readdir(folder, { withFileTypes: true })).filter(({ name }) => /^(licen[cs]e|notice)/i.test(name));
  const files = entries.map(async (entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? (await readdir(path)).map((file) => join(path, file)) : [path];
  });
  return (await Promise.all(files)).flat().sort();
}

/** What the bundled libraries ask to be passed on with them. */
async function licencesOf(inputs) {
  const packages = new Set(inputs.map((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]).filter(Boolean));
  const texts = [...packages].sort().map(async (folder) => {
    const words = await Promise.all((await legalFiles(join(here, folder))).map((file) => readFile(file, "utf8")));
    const { name, version, license } = JSON.parse(await readFile(join(here, folder, "package.json"), "utf8"));
    return [`${name} ${version} (${license})`, ...words].join("\n\n");
  });
  return (await Promise.all(texts)).join("\n\n").replaceAll("<", "(").replaceAll(">", ")");
}

const [script, style] = await Promise.all([bundle("main.ts"), bundle("page.css")]);
if (/<\/script|<!--/i.test(script.text)) throw new Error("the script would end its own element");
const hash = createHash("sha256").update(script.text).digest("base64");
const parts = {
  policy: `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; img-src data:; ` +
    "base-uri 'none'; form-action 'none'",
  style: style.text,
  script: script.text,
  licences: await licencesOf(script.inputs),
};
const page = await readFile(join(here, "src", "report.html"), "utf8");
await mkdir(dirname(target), { recursive: true });
await writeFile(target, page.replace(/@(policy|style|script|licences)@/g, (_, part) => parts[part]));
