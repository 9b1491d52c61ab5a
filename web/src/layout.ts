// Where peers are drawn: where the results say, otherwise where forces between them put them. The forces begin on a spiral
// and use no chance, so the same network always looks the same.

import { forceLink, forceManyBody, forceSimulation, forceX, forceY } from "d3-force";
import type { Network } from "./results.js";

export type Position = readonly [number, number];

/** Steps of the forces: enough to settle a small network, and few enough for a great one to appear within seconds. */
const stepsFor = (peers: number) => Math.max(20, Math.min(300, Math.round(150_000 / Math.max(peers, 1))));

/** Positions in the order of the peers. A place is used only when all peers have one. */
export function layOut(peers: Network["peers"], links: readonly (readonly [number, number])[]): Position[] {
  if (peers.every((peer) => peer.x != null && peer.y != null)) return peers.map((peer) => [peer.x ?? 0, peer.y ?? 0]);
  const nodes = peers.map(() => ({ x: NaN, y: NaN }));
  forceSimulation(nodes)
    .force("links", forceLink(links.map(([source, target]) => ({ source, target }))).distance(40))
    .force("apart", forceManyBody().strength(-80))
    // A weak pull to the middle keeps parts without a link between them in sight.
    .force("x", forceX(0).strength(0.05))
    .force("y", forceY(0).strength(0.05))
    .stop()
    .tick(stepsFor(peers.length));
  return nodes.map(({ x, y }) => [x, y]);
}
