// Results as the laboratory writes them, made up with a generator of our own, so that they are the same everywhere.
//
// usage: npx esbuild test/fixtures.ts --bundle --platform=node | node - figure > results.json

/** Marsaglia's xorshift: enough to make numbers look measured. */
export function chance(seed: number): () => number {
  let state = seed || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

const round = (value: number, digits = 4) => Number(value.toPrecision(digits));

const measure = {
  name: "time_travel",
  title: "ticks travelled back",
  unit: "%",
  better: "lower",
  references: [{ name: "paper", title: "the paper" }, { name: "floor", title: "unavoidable" }],
  bar: "at most 1.25 x floor + 0.1",
};

const head = (name: string, title: string) => ({
  format: 1,
  tutti: "0.1.0",
  experiment: { name, title, text: `name = "${name}"\npeers = 21\nseed = 1\n\n[network]\ndelay = "constant"\n` },
  started: "2026-01-02T03:04:05Z",
  seconds: 170.2,
  seed: 1,
  mode: "simulated",
});

/** The 108-cell figure: everything holds. */
export function figure() {
  const random = chance(7);
  const axes = [
    { name: "latency", title: "link latency", unit: "ms", values: [5, 10, 25, 50, 75, 100] },
    { name: "rate", title: "events a minute", unit: "1/min", values: [5, 10, 25, 50, 75, 100] },
    { name: "multiplier", title: "deadline multiplier", unit: "", values: [5, 2, 1] },
  ];
  const spread = { name: "spread", title: "time until all peers know", unit: "ms", better: "lower" };
  const cells = [];
  for (const latency of axes[0]!.values)
    for (const rate of axes[1]!.values)
      for (const multiplier of axes[2]!.values) {
        const floor = (latency * rate) / (2000 * multiplier ** 2) * (0.9 + 0.2 * random());
        const ours = floor * 1.08 + 0.01;
        cells.push({
          at: [latency, rate, multiplier],
          values: {
            time_travel: { count: 5, average: round(ours), min: round(ours * 0.85), max: round(ours * 1.2) },
            spread: { count: 5, average: round(latency * 4.2), min: round(latency * 3.9), max: round(latency * 4.9) },
          },
          references: { time_travel: { paper: round(floor * 9 + 0.4), floor: round(floor) } },
          holds: { time_travel: true },
          runs: Array.from({ length: 5 }, (_, run) => ({
            seed: 17 + run,
            trace: Math.floor(random() * 2 ** 52).toString(16).padStart(16, "0"),
            seconds: round(1 + random(), 3),
            events: 100_000 + Math.floor(random() * 50_000),
            values: { time_travel: round(ours * (0.85 + 0.35 * random())), spread: round(latency * 4) },
          })),
        });
      }
  return {
    ...head("symmetric-figure7", "Time travel among 21 peers"),
    axes,
    measures: [measure, spread],
    cells,
    series: [
      { cell: 0, name: "flood.duplicates", unit: "1", window_seconds: 1, points: points(600, random) },
      { cell: 0, name: "link.queue", unit: "B", window_seconds: 1, points: points(600, random) },
      ...[0, 3, 20].map((peer) =>
        ({ cell: 0, name: "queue", unit: "B", peer, window_seconds: 1, points: alone(600, peer, random) })),
      { cell: 107, name: "flood.duplicates", unit: "1", window_seconds: 0.01, points: points(60_000, random) },
    ],
    distributions: [0, 60, 107].map((cell) => distribution(cell, 50 + cell, random)),
    network: network(21, random),
  };
}

function points(count: number, random: () => number): (number | null)[][] {
  return Array.from({ length: count }, (_, at) => {
    const average = 3 + 2 * Math.sin((at / count) * 20) + random();
    // For a while nobody reports.
    if (at > count * 0.4 && at < count * 0.43) return [at, null, null, null, 0];
    return [at, round(average), round(average * 0.4), round(average * (1.5 + random())), at < count * 0.1 ? 12 : 21];
  });
}

/** What one peer says of itself: no range. */
function alone(count: number, peer: number, random: () => number): (number | null)[][] {
  return Array.from({ length: count }, (_, at) => [at, round(peer + 4 * Math.sin(at / 60 + peer) + random()), null, null, 1]);
}

function distribution(cell: number, middle: number, random: () => number) {
  const values = Array.from({ length: 1000 }, () =>
    middle * (0.4 + 0.3 * (random() + random() + random() + random()))).sort((a, b) => a - b);
  const at = (share: number) => round(values[Math.floor(share * 999)]!);
  const least = Math.floor(values[0]!);
  const width = Math.ceil((values.at(-1)! - least) / 40);
  const buckets = Array.from({ length: 41 }, (_, index) => [least + index * width, least + (index + 1) * width,
    values.filter((value) => Math.floor((value - least) / width) === index).length]);
  return {
    cell, name: "delay", unit: "ms", count: 1000, average: round(values.reduce((a, b) => a + b) / 1000), min: at(0),
    max: at(1), percentiles: [0.5, 0.9, 0.99].map((share) => [share, at(share)]), buckets,
  };
}

function network(count: number, random: () => number) {
  const peers = Array.from({ length: count }, (_, id) => ({ id, name: `peer ${id}` }));
  const links: [number, number][] = peers.slice(1).map(({ id }) => [Math.floor(random() * id), id]);
  for (let extra = 0; extra < count / 2; ++extra) {
    const one = Math.floor(random() * count);
    const other = Math.floor(random() * count);
    if (one !== other) links.push([one, other]);
  }
  return {
    peers,
    links,
    changes: [
      { time: 14.3, peer: 4, what: "start" },
      { time: 40, peer: 7, what: "stop" },
      { time: 90, peer: 7, what: "start" },
      { time: 120, peer: 3, what: "setDropMessages(true)" },
      { time: 150, link: links[0], what: "down" },
    ],
  };
}

/** One axis of words, one measure, one run each. */
export function small() {
  return {
    ...head("small", "Three topologies"),
    axes: [{ name: "topology", title: "topology", unit: "", values: ["circle", "star", "random"] }],
    measures: [{ name: "hops", title: "hops to the last peer", unit: "1" }],
    cells: ["circle", "star", "random"].map((at, index) => ({
      at: [at],
      values: { hops: { count: 1, average: [10, 2, 4.5][index], min: [10, 2, 4.5][index], max: [10, 2, 4.5][index] } },
      runs: [{ seed: 1, values: { hops: [10, 2, 4.5][index] } }],
    })),
  };
}

/** No axes: a single cell. */
export function single() {
  return {
    ...head("single", "One session"),
    axes: [],
    measures: [measure],
    cells: [{ at: [], values: { time_travel: { count: 1, average: 0.21, min: 0.21, max: 0.21 } } }],
  };
}

/** Only what must be there. */
export const bare = () => ({ format: 1, experiment: { name: "bare" }, axes: [], measures: [], cells: [] });

/** Cells that do not hold, runs that failed, values that are missing or null, places without a cell. */
export function failing() {
  const all = figure();
  const cells = all.cells.slice(0, 100).map((cell, index) => {
    if (index === 5) return { at: cell.at, runs: [{ seed: 18, failed: "crashed: signal 11" }] };
    if (index === 6) return { ...cell, values: { time_travel: null }, references: {}, holds: {} };
    if (index === 20 || index === 33) return { ...cell, holds: { time_travel: false } };
    return cell;
  });
  return { ...all, cells, series: [], distributions: [], network: undefined,
    experiment: { ...all.experiment, name: "failing", title: "A bad day" } };
}

/** Many cells. */
export function large() {
  const random = chance(3);
  const axes = [
    { name: "peers", title: "peers", unit: "", values: Array.from({ length: 60 }, (_, index) => (index + 1) * 50) },
    { name: "loss", title: "loss", unit: "%", values: Array.from({ length: 50 }, (_, index) => index) },
  ];
  const cells = axes[0]!.values.flatMap((peers) => axes[1]!.values.map((loss) => {
    const value = round(Math.log2(peers) * (1 + loss / 20) * (0.95 + 0.1 * random()));
    return { at: [peers, loss], values: { delivery: { count: 3, average: value, min: value * 0.9, max: value * 1.2 } },
      holds: { delivery: value < 40 } };
  }));
  return { ...head("large", "Three thousand cells"), axes, measures: [{ name: "delivery", title: "delivery time", unit: "s",
    better: "lower", bar: "below 40 s" }], cells, network: network(400, random) };
}

/** Every text tries to be markup, a formula or a name that JavaScript knows. */
export function hostile() {
  const image = '<img src="http://example.invalid/x" onerror="window.attacked=1">';
  const script = "</script><script>window.attacked=1</script>";
  const at = [image];
  return {
    format: 1,
    tutti: image,
    experiment: { name: `../../${script}`, title: image, text: `${script}\n<!--${image}` },
    started: image,
    seed: image,
    mode: script,
    axes: [{ name: "constructor", title: image, unit: image, values: [image, "=1+1", "{a|b}"] }],
    measures: [{ name: "toString", title: image, unit: image, references: [{ name: "constructor", title: script }],
      bar: image }],
    cells: [
      { at, values: { toString: { count: 2, average: 1, min: 0, max: 2 } }, references: { toString: { constructor: 2 } },
        holds: { toString: false }, runs: [{ seed: image, trace: image, failed: image }] },
      { at: ["=1+1"], values: { toString: { count: 2, average: 3, min: 2, max: 4 } } },
    ],
    series: [{ cell: 0, name: image, unit: image, points: [[0, 1, 0, 2, 3], [1, 2, 0, 3, 3]] }],
    distributions: [{ cell: 0, name: image, unit: image, count: 2, percentiles: [[0.5, 1]], buckets: [[0, 1, 2]] }],
    network: { peers: [{ id: 0, name: image }, { id: 1, name: script }], links: [[0, 1]],
      changes: [{ time: 1, peer: 0, what: image }] },
  };
}
