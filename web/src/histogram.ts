// Buckets as bars. What a bar shows by its area is the share of its bucket: so a bucket twice as wide as its neighbour, with
// twice the values, is as high. On a logarithmic axis widths are measured there.

export interface Bar {
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
  readonly share: number;
  /** The share in percent, for a bucket of the usual width. */
  readonly height: number;
}

type Buckets = readonly (readonly number[])[];

/** Whether widths grow with the values, as those of a histogram with relative precision do. */
export function isLogarithmic(buckets: Buckets): boolean {
  const widths = buckets.map(([lower = 0, upper = 0]) => upper - lower).filter((width) => width > 0).sort((a, b) => a - b);
  const positive = buckets.every(([lower = 0]) => lower > 0);
  return positive && widths.length > 2 && (widths.at(-1) ?? 0) > 4 * (widths[0] ?? 0);
}

/** In the order of the values, without empty or upside-down buckets. */
export function bars(buckets: Buckets, logarithmic: boolean): Bar[] {
  const sound = buckets
    .map(([lower = 0, upper = 0, count = 0]) => ({ lower, upper, count }))
    .filter(({ lower, upper, count }) => upper > lower && count >= 0)
    .sort((a, b) => a.lower - b.lower);
  const total = sound.reduce((sum, { count }) => sum + count, 0);
  const width = (bucket: { lower: number; upper: number }) =>
    logarithmic ? Math.log(bucket.upper / bucket.lower) : bucket.upper - bucket.lower;
  const widths = sound.map(width).sort((a, b) => a - b);
  const usual = widths[Math.floor(widths.length / 2)] ?? 1;
  return sound.map((bucket) => {
    const share = total > 0 ? bucket.count / total : 0;
    return { ...bucket, share, height: (share * 100 * usual) / width(bucket) };
  });
}
