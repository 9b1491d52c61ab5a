// The results of an experiment as they arrive: format 1, written by the laboratory, or by anybody. Nothing in here is
// trusted: every value is checked, every list is bounded, and what does not fit is answered with a sentence that names the
// place. Everything past this file may rely on the types below.
//
// Only the experiment's name, the axes, the measures and the cells must be there. A value that is missing, or null because
// JSON knows no NaN, is absent from its map.

import * as v from "valibot";

const limits = { text: 1_000_000, name: 300, axes: 12, axisValues: 10_000, measures: 100, cells: 100_000, runs: 10_000,
  series: 250_000, points: 5_000_000, peers: 20_000, links: 200_000, changes: 1_000_000 };

const list = <T extends v.GenericSchema>(item: T, most: number) =>
  v.pipe(v.array(item), v.maxLength(most, `more than ${most} entries`));
const number = v.pipe(v.number("must be a number"), v.finite("must be a finite number"));
const count = v.pipe(number, v.integer("must be a whole number"), v.minValue(0, "must not be negative"));
const text = v.pipe(v.string("must be a text"), v.maxLength(limits.text, "is too long a text"));
const name = v.pipe(v.string("must be a text"), v.minLength(1, "must not be empty"),
  v.maxLength(limits.name, "is too long a name"));
const maybe = <T extends v.GenericSchema>(schema: T) => v.nullish(schema);

/** A JSON object as a map without the entries that are null. A map, because a name may be `constructor`. */
const map = <T extends v.GenericSchema>(value: T) =>
  v.pipe(
    v.nullish(v.record(v.string(), v.nullable(value)), {}),
    v.transform((object) => {
      const entries = Object.entries(object) as [string, v.InferOutput<T> | null][];
      return new Map(entries.filter((entry): entry is [string, v.InferOutput<T> & {}] => entry[1] !== null)) as
        ReadonlyMap<string, v.InferOutput<T>>;
    }),
  );

const axisValue = v.union([number, text, v.boolean()], "must be a number, a text or true or false");
const axis = v.object({ name, title: maybe(text), unit: maybe(text), values: list(axisValue, limits.axisValues) });
const reference = v.object({ name, title: maybe(text) });
const measure = v.object({
  name,
  title: maybe(text),
  unit: maybe(text),
  better: maybe(v.picklist(["lower", "higher"], 'must be "lower" or "higher"')),
  references: v.nullish(list(reference, limits.measures), []),
  bar: maybe(text),
});

const summary = v.object({ count: maybe(count), average: maybe(number), min: maybe(number), max: maybe(number) });
const run = v.object({
  seed: maybe(v.union([number, text], "must be a number or a text")),
  trace: maybe(text),
  seconds: maybe(number),
  events: maybe(count),
  values: map(number),
  failed: maybe(text),
});
const cell = v.object({
  at: list(axisValue, limits.axes),
  values: map(summary),
  references: map(map(number)),
  holds: map(v.boolean("must be true or false")),
  runs: v.nullish(list(run, limits.runs), []),
});

/** Rows of plain numbers are checked by hand: there may be millions. `open` lists the places that may be null. */
const rows = (what: string, length: number, open: readonly number[], most: number) => {
  const fits = (row: unknown) => {
    if (!Array.isArray(row) || row.length !== length) return false;
    for (let at = 0; at < length; ++at)
      if (!Number.isFinite(row[at]) && !(row[at] === null && open.includes(at))) return false;
    return true;
  };
  return v.pipe(
    v.custom<(number | null)[][]>((all) => Array.isArray(all) && all.every(fits), ({ input }) =>
      Array.isArray(input) ? `entry ${input.findIndex((row) => !fits(row))} must be ${what}` : `must be a list of ${what}`),
    v.maxLength(most, `more than ${most} entries`),
  );
};
const numbers = (what: string, length: number, most: number) =>
  v.pipe(rows(what, length, [], most), v.transform((all) => all as number[][]));

const series = v.object({
  cell: v.nullish(count, 0),
  name,
  unit: maybe(text),
  peer: maybe(count), // whose it is; the whole network's without one
  window_seconds: maybe(number),
  points: rows("[time, average, min, max, count]", 5, [1, 2, 3], limits.points),
});
const distribution = v.object({
  cell: v.nullish(count, 0),
  name,
  unit: maybe(text),
  count: maybe(count),
  average: maybe(number),
  min: maybe(number),
  max: maybe(number),
  percentiles: v.nullish(numbers("[share, value]", 2, 1000), []),
  buckets: v.nullish(numbers("[lower, upper, count]", 3, 100_000), []),
});

const pair = v.tuple([count, count]);
const network = v.object({
  peers: list(v.object({ id: count, name: maybe(text), x: maybe(number), y: maybe(number) }), limits.peers),
  links: v.nullish(list(pair, limits.links), []),
  changes: v.nullish(
    list(v.object({ time: number, peer: maybe(count), link: maybe(pair), what: text }), limits.changes), []),
});

const results = v.object({
  format: v.literal(1, "this page reads format 1"),
  tutti: maybe(text),
  experiment: v.object({ name, title: maybe(text), text: maybe(text) }),
  started: maybe(text),
  seconds: maybe(number),
  seed: maybe(v.union([number, text], "must be a number or a text")),
  mode: maybe(text),
  axes: list(axis, limits.axes),
  measures: list(measure, limits.measures),
  cells: list(cell, limits.cells),
  series: v.nullish(list(series, limits.series), []),
  distributions: v.nullish(list(distribution, limits.series), []),
  network: maybe(network),
});

export type Results = v.InferOutput<typeof results>;
export type Axis = Results["axes"][number];
export type AxisValue = v.InferOutput<typeof axisValue>;
export type Measure = Results["measures"][number];
export type Cell = Results["cells"][number];
export type Run = Cell["runs"][number];
export type Summary = v.InferOutput<typeof summary>;
export type Series = Results["series"][number];
export type Point = Series["points"][number];
export type Distribution = Results["distributions"][number];
export type Network = NonNullable<Results["network"]>;

/** Either the results, or at most five sentences on what is wrong with them. */
export type Reading = { results: Results } | { faults: string[] };

export function readResults(json: string): Reading {
  let value: unknown;
  try {
    value = parse(json);
  } catch (error) {
    return { faults: [`This is not JSON: ${error instanceof Error ? error.message : String(error)}`] };
  }
  const parsed = v.safeParse(results, value, { abortPipeEarly: true });
  if (!parsed.success) return { faults: parsed.issues.slice(0, 5).map(sentence) };
  const faults = contradictions(parsed.output);
  return faults.length > 0 ? { faults: faults.slice(0, 5) } : { results: parsed.output };
}

/** A seed has 64 bits and a number here only 53: where the browser can, a greater one keeps its digits as text. */
function parse(json: string): unknown {
  if (!/"seed"\s*:\s*-?\d{16}/.test(json)) return JSON.parse(json);
  return JSON.parse(json, function (key: string, value: unknown, context?: { source?: string }) {
    const inexact = key === "seed" && typeof value === "number" && !Number.isSafeInteger(value);
    return inexact ? (context?.source ?? value) : value;
  } as (this: unknown, key: string, value: unknown) => unknown);
}

function sentence(issue: v.BaseIssue<unknown>): string {
  let place = "";
  for (const { key } of issue.path ?? [])
    place += typeof key === "number" ? `[${key}]` : place === "" ? String(key) : `.${String(key)}`;
  const what = issue.received === "undefined" ? "is missing" : issue.message;
  return place === "" ? what : `${shortened(place)}: ${shortened(what)}`;
}

const shortened = (words: string) => (words.length > 200 ? `${words.slice(0, 200)}...` : words);

/** What each value alone cannot show: indices, places on the axes, names that occur twice. */
function contradictions(all: Results): string[] {
  const faults: string[] = [];
  const distinct = (what: string, names: readonly unknown[]) => {
    if (new Set(names).size !== names.length) faults.push(`${what}: the same one occurs twice`);
  };
  distinct("axes", all.axes.map((axis) => axis.name));
  distinct("measures", all.measures.map((measure) => measure.name));
  all.axes.forEach((axis, index) => distinct(`axes[${index}].values`, axis.values));

  const known = all.axes.map((axis) => new Set(axis.values));
  const seen = new Map<string, number>();
  all.cells.forEach((cell, index) => {
    const place = `cells[${index}].at`;
    if (cell.at.length !== all.axes.length) {
      faults.push(`${place}: has ${cell.at.length} values for ${all.axes.length} axes`);
      return;
    }
    cell.at.forEach((value, axis) => {
      if (!known[axis]?.has(value))
        faults.push(shortened(`${place}[${axis}]: ${String(value)} is not a value of axes[${axis}]`));
    });
    const key = JSON.stringify(cell.at);
    const other = seen.get(key);
    if (other !== undefined) faults.push(`${place}: the same place as cells[${other}]`);
    seen.set(key, index);
  });
  for (const kind of ["series", "distributions"] as const)
    all[kind].forEach(({ cell }, index) => {
      if (cell >= all.cells.length)
        faults.push(`${kind}[${index}].cell: ${cell}, but there are ${all.cells.length} cells`);
    });

  if (all.network) {
    distinct("network.peers", all.network.peers.map((peer) => peer.id));
    const peers = new Set(all.network.peers.map((peer) => peer.id));
    const check = (place: string, id: number) => {
      if (!peers.has(id)) faults.push(`${place}: there is no peer ${id}`);
    };
    all.network.links.forEach((link, index) => link.forEach((id) => check(`network.links[${index}]`, id)));
    all.network.changes.forEach((change, index) => {
      for (const id of [...(change.link ?? []), ...(change.peer == null ? [] : [change.peer])])
        check(`network.changes[${index}]`, id);
    });
  }
  return faults;
}
