// The network with its peers and links at any time: a slider and a play button move through the changes.

import { makeChart, tooltip, tooltipStyle } from "../chart.js";
import { button, element, section } from "../dom.js";
import { counted, formatNumber } from "../format.js";
import { makeHistory, type Change, type Moment } from "../history.js";
import { layOut } from "../layout.js";
import type { Network, Results } from "../results.js";
import type { Theme } from "../theme.js";

/** The whole history plays in so many seconds, however long it took. */
const playSeconds = 20;
const changesListed = 8;

export function network(results: Results): HTMLElement | undefined {
  const shown = results.network;
  if (!shown || shown.peers.length === 0) return undefined;
  const history = makeHistory(shown);
  const places = layOut(shown.peers, history.links);
  const names = new Map(shown.peers.map((peer) => [peer.id, peer.name || `peer ${peer.id}`]));
  let time = 0;
  let moment = history.at(time);

  const chart = makeChart(
    () => `The network at ${formatNumber(time)} s: ${inWords(moment)}`,
    (theme) => ({
      tooltip: { ...tooltipStyle(theme), formatter: describeItem(shown, history.links, names) },
      series: [{
        id: "network", type: "graph", layout: "none", roam: true, scaleLimit: { min: 0.5, max: 20 },
        left: 80, right: 80, top: 32, bottom: 48, preserveAspect: true,
        label: { show: shown.peers.length <= 60, position: "bottom", color: theme.ink, fontSize: 11,
          formatter: ({ dataIndex }: { dataIndex: number }) => short(names.get(shown.peers[dataIndex]?.id ?? 0) ?? "") },
        labelLayout: { hideOverlap: true },
        emphasis: { focus: "adjacency", scale: false },
        blur: { itemStyle: { opacity: 0.35 }, lineStyle: { opacity: 0.15 } },
        ...graph(theme),
      }],
    }));

  const size = Math.max(4, Math.min(16, 160 / Math.sqrt(shown.peers.length)));
  const graph = (theme: Theme) => ({
    data: shown.peers.map((_, index) => {
      const runs = moment.running[index];
      return { id: String(index), x: places[index]?.[0] ?? 0, y: places[index]?.[1] ?? 0, symbolSize: size, fixed: true,
        // Not by colour alone: who does not run is hollow.
        itemStyle: runs ? { color: theme.lines[0], borderColor: theme.lines[0], borderWidth: 1.5 }
          : { color: theme.paper, borderColor: theme.muted, borderWidth: 1.5, borderType: "dashed" } };
    }),
    links: history.links.map(([one, other], index) => {
      const carries = moment.up[index] && moment.running[one] && moment.running[other];
      return { source: String(one), target: String(other), lineStyle: carries
        ? { color: theme.muted, opacity: 0.7, width: 1.2 } : { color: theme.muted, opacity: 0.25, width: 1, type: "dashed" } };
    }),
  });

  const status = element("output", { class: "status" });
  const recent = element("ol", { class: "changes", "aria-label": "Latest changes" });
  const input = element("input", { type: "range", min: 0, max: history.end, step: "any", value: 0, "aria-label": "Time" });
  const go = (to: number) => {
    time = Math.min(history.end, Math.max(0, to));
    input.value = String(time);
    input.setAttribute("aria-valuetext", `${formatNumber(time)} s`);
    const before = moment.changes;
    moment = history.at(time);
    status.textContent = `${time.toFixed(1)} s: ${inWords(moment)}`;
    recent.replaceChildren(...history.changes.slice(Math.max(0, moment.changes - changesListed), moment.changes).reverse()
      .map((change) => element("li", {}, element("time", {}, `${formatNumber(change.time)} s`),
        ` ${inWordsOf(change, names)}`)));
    if (moment.changes === 0) recent.append(element("li", { class: "none" }, "Nothing has changed yet."));
    if (moment.changes !== before) chart.update((theme) => ({ series: [{ id: "network", ...graph(theme) }] }));
  };
  go(0);
  input.addEventListener("input", () => {
    stop();
    go(Number(input.value));
  });

  let playing: number | undefined;
  const stop = () => {
    if (playing !== undefined) cancelAnimationFrame(playing);
    playing = undefined;
    play.textContent = "Play";
  };
  const play = button("Play", () => {
    if (playing !== undefined) return stop();
    if (time >= history.end) go(0);
    play.textContent = "Pause";
    let last = performance.now();
    const frame = (now: number) => {
      go(time + ((now - last) / 1000) * (history.end / playSeconds));
      last = now;
      if (time >= history.end) stop();
      else playing = requestAnimationFrame(frame);
    };
    playing = requestAnimationFrame(frame);
  });
  const step = (direction: 1 | -1) => {
    stop();
    const times = history.changes.map((change) => change.time);
    const next = direction > 0 ? times.find((at) => at > time) : times.findLast((at) => at < time);
    go(next ?? (direction > 0 ? history.end : 0));
  };

  const moves = history.end > 0 && element("div", { class: "controls player" }, play,
    button("Previous change", () => step(-1), { class: "quiet" }), button("Next change", () => step(1), { class: "quiet" }),
    input);
  chart.frame.classList.add("tall");
  return section("network", "The network", moves, element("p", { class: "note" }, status), chart.frame,
    element("p", { class: "note" }, `${counted(shown.peers.length, "peer")}, ${counted(history.links.length, "link")}, `,
      `${counted(history.changes.length, "change")}. A hollow peer does not run; a broken line is a link that is down.`),
    history.changes.length > 0 && recent);
}

function inWords({ running, up }: Moment): string {
  const count = (all: readonly boolean[]) => all.filter(Boolean).length;
  return `${count(running)} of ${counted(running.length, "peer")} running, ${count(up)} of ${counted(up.length, "link")} up`;
}

function inWordsOf(change: Change, names: ReadonlyMap<number, string>): string {
  const name = (id: number) => names.get(id) ?? String(id);
  const who = change.peer != null ? name(change.peer) : change.link ? change.link.map(name).join(" – ") : "network";
  return `${who}: ${change.what}`;
}

const describeItem = (shown: Network, links: readonly (readonly [number, number])[], names: ReadonlyMap<number, string>) =>
  ({ dataType, dataIndex }: { dataType: string; dataIndex: number }) => {
    const name = (index: number | undefined) => names.get(shown.peers[index ?? 0]?.id ?? 0) ?? "";
    if (dataType === "node") return tooltip(name(dataIndex));
    return tooltip(`${name(links[dataIndex]?.[0])} – ${name(links[dataIndex]?.[1])}`);
  };

const short = (name: string) => (name.length > 18 ? `${name.slice(0, 17)}…` : name);
