// The network at any time: which peers run and which links are up, from the links at the beginning and the changes since.
//
// What holds before the first change of a thing follows from that change: a peer that first starts was not running, a link
// that first comes up was down. A thing that never changes was there from the beginning. A link is the same in both
// directions. Words other than start, stop, up and down change nothing and are only listed.

import type { Network } from "./results.js";

export type Change = Network["changes"][number];

export interface Moment {
  /** One entry a peer, in the order of `Network.peers`. */
  running: boolean[];
  /** One entry a link, in the order of `History.links`. */
  up: boolean[];
  /** How many of `History.changes` have happened. */
  changes: number;
}

export interface History {
  /** All links that ever are, as indices of peers. */
  readonly links: readonly (readonly [number, number])[];
  /** In the order of time. */
  readonly changes: readonly Change[];
  readonly end: number;
  at(time: number): Moment;
}

const starts = new Set(["start", "up"]);
const stops = new Set(["stop", "down"]);

export function makeHistory(network: Network): History {
  const peerIndex = new Map(network.peers.map((peer, index) => [peer.id, index]));
  const changes = [...network.changes].sort((a, b) => a.time - b.time);

  const links: [number, number][] = [];
  const linkIndex = new Map<string, number>();
  const link = ([one, other]: readonly [number, number]): number => {
    const ends = [peerIndex.get(one) ?? 0, peerIndex.get(other) ?? 0].sort((a, b) => a - b) as [number, number];
    const key = ends.join(" ");
    const known = linkIndex.get(key);
    if (known !== undefined) return known;
    linkIndex.set(key, links.length);
    return links.push(ends) - 1;
  };
  network.links.forEach(link);

  const steps = changes.map((change) => ({
    peer: change.peer == null ? undefined : peerIndex.get(change.peer),
    link: change.link ? link(change.link) : undefined,
    to: starts.has(change.what) ? true : stops.has(change.what) ? false : undefined,
  }));

  const running = network.peers.map(() => true);
  const up = links.map(() => true);
  for (const step of [...steps].reverse()) {
    if (step.to === undefined) continue;
    if (step.peer !== undefined) running[step.peer] = !step.to;
    if (step.link !== undefined) up[step.link] = !step.to;
  }

  return {
    links,
    changes,
    end: changes.at(-1)?.time ?? 0,
    at(time) {
      const moment: Moment = { running: [...running], up: [...up], changes: 0 };
      for (const step of steps) {
        if ((changes[moment.changes]?.time ?? Infinity) > time) break;
        moment.changes += 1;
        if (step.to === undefined) continue;
        if (step.peer !== undefined) moment.running[step.peer] = step.to;
        if (step.link !== undefined) moment.up[step.link] = step.to;
      }
      return moment;
    },
  };
}
