// A long series for a narrow picture: neighbouring points become one, with the least of their minima, the greatest of their
// maxima and their average weighted by the count of peers. So no peak is lost, unlike when every tenth point is taken.

import type { Point } from "./results.js";

/** At most `most` points for the times from..to, and the nearest one outside on each side, so that lines reach the edges.
 *  The points must be in the order of time. */
export function thin(points: readonly Point[], from: number, to: number, most: number): Point[] {
  const first = Math.max(0, firstFrom(points, from) - 1);
  const end = Math.min(points.length, firstFrom(points, to) + 2);
  const stride = Math.max(1, Math.ceil((end - first) / most));
  if (stride === 1) return points.slice(first, end);
  const thinned: Point[] = [];
  for (let at = first; at < end; at += stride) thinned.push(merge(points.slice(at, Math.min(end, at + stride))));
  return thinned;
}

export function inOrder(points: readonly Point[]): readonly Point[] {
  const ordered = points.every((point, at) => at === 0 || time(point) >= time(points[at - 1]));
  return ordered ? points : [...points].sort((a, b) => time(a) - time(b));
}

const time = (point: Point | undefined) => point?.[0] ?? 0;

function firstFrom(points: readonly Point[], when: number): number {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (time(points[middle]) < when) low = middle + 1;
    else high = middle;
  }
  return low;
}

function merge(points: readonly Point[]): Point {
  let sum = 0;
  let weight = 0;
  let peers = 0;
  let least: number | null = null;
  let most: number | null = null;
  for (const [, average, min, max, count] of points) {
    peers = Math.max(peers, count ?? 0);
    if (min != null) least = least === null ? min : Math.min(least, min);
    if (max != null) most = most === null ? max : Math.max(most, max);
    if (average == null) continue;
    const share = Math.max(count ?? 1, 1e-9);
    sum += average * share;
    weight += share;
  }
  return [time(points[0]), weight > 0 ? sum / weight : null, least, most, peers];
}
