// From numbers to colours. A scale maps values onto 0..1, evenly or by magnitude; a ramp maps 0..1 onto colours.
//
// By magnitude: log(1 + |v| / small), with the sign of v. It looks like a logarithm above `small` and is even below, so
// that zero, which is the best value of many measures, has a place too. A difference lies around the middle, 0.5.

export interface Scale {
  position(value: number): number;
  /** The value at a position: what a legend writes beside its colours. */
  value(position: number): number;
}

export interface ScaleOptions {
  readonly magnitude: boolean;
  readonly centred: boolean;
}

export function makeScale(values: readonly number[], { magnitude, centred }: ScaleOptions): Scale {
  const sizes = values.map(Math.abs).filter((size) => size > 0).sort((a, b) => a - b);
  const largest = sizes.at(-1) ?? 1;
  const small = Math.max(sizes[Math.floor(sizes.length / 20)] ?? largest, largest / 1e6);
  const bend = (value: number) => (magnitude ? Math.sign(value) * Math.log1p(Math.abs(value) / small) : value);
  const straighten = (bent: number) => (magnitude ? Math.sign(bent) * Math.expm1(Math.abs(bent)) * small : bent);

  const [least, most] = extent(values) ?? [0, 0];
  const low = bend(centred ? -largest : least);
  const high = bend(centred ? largest : most);
  return {
    position: (value) => (high === low ? 0.5 : Math.min(1, Math.max(0, (bend(value) - low) / (high - low)))),
    value: (position) => straighten(low + position * (high - low)),
  };
}

/** Whether a few great values would leave all others in one colour. */
export function spansMagnitudes(values: readonly number[]): boolean {
  const sizes = values.map(Math.abs).sort((a, b) => a - b);
  const typical = sizes[Math.floor(sizes.length / 2)] ?? 0;
  return (sizes.at(-1) ?? 0) > 10 * typical;
}

/** Least and greatest. A loop, since spreading many values into Math.min overflows the stack. */
export function extent(values: Iterable<number>): [number, number] | undefined {
  let least = Infinity;
  let most = -Infinity;
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return least <= most ? [least, most] : undefined;
}

export type Rgb = readonly [number, number, number];

export function parseColour(hex: string): Rgb {
  const digits = (at: number) => Number.parseInt(hex.slice(at, at + 2), 16);
  return [digits(1), digits(3), digits(5)];
}

/** The colour at a position of a ramp of at least two stops (#rrggbb), between its neighbours. */
export function rampColour(ramp: readonly string[], position: number): Rgb {
  const along = Math.min(1, Math.max(0, position)) * (ramp.length - 1);
  const before = Math.min(ramp.length - 2, Math.floor(along));
  const from = parseColour(ramp[before] ?? "#000000");
  const to = parseColour(ramp[before + 1] ?? "#000000");
  const mix = (channel: 0 | 1 | 2) => Math.round(from[channel] + (to[channel] - from[channel]) * (along - before));
  return [mix(0), mix(1), mix(2)];
}

export const css = (colour: Rgb) => `rgb(${colour.join(",")})`;

/** Relative luminance and contrast as WCAG 2.2 defines them. */
export function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function contrast(one: Rgb, other: Rgb): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** Black or white, whichever is easier to read there. */
export const inkOn = (colour: Rgb): string =>
  contrast(colour, [255, 255, 255]) > contrast(colour, [0, 0, 0]) ? "#ffffff" : "#000000";
