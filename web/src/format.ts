// Numbers, times and names as people read them. English, whatever the browser speaks, so that a printed report looks the
// same everywhere.

/** A number on its own: whole above a thousand, four digits below, powers of ten at the ends. */
export function formatNumber(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e12)) return value.toExponential(2).replace("e+", "e");
  if (Number.isInteger(value) || size >= 1000)
    return value.toLocaleString("en", { maximumFractionDigits: 0 }).replace(/^-0$/, "0");
  return String(Number(value.toPrecision(4)));
}

/** Decimals that show three digits of a column's typical value, so that its numbers stand below each other; fewer where
 *  none of them needs as many. */
export function decimalsFor(values: readonly number[]): number {
  const sizes = values.map(Math.abs).filter((size) => size > 0).sort((a, b) => a - b);
  const typical = sizes[Math.floor(sizes.length / 2)];
  if (typical === undefined) return 0;
  let decimals = Math.min(4, Math.max(0, 2 - Math.floor(Math.log10(typical))));
  const exact = (digits: number) => values.every((value) => Number(value.toFixed(digits)) === value);
  while (decimals > 0 && exact(decimals - 1)) decimals -= 1;
  return decimals;
}

/** A number of a column. One that so few decimals would show as zero, though it is not, keeps its own digits. */
export function formatColumn(value: number | undefined, decimals: number): string {
  if (value === undefined) return "–";
  if (value !== 0 && Math.abs(value) < 0.5 * 10 ** -decimals) return formatNumber(value);
  if (Math.abs(value) >= 1e12) return formatNumber(value);
  return value.toLocaleString("en", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

export function formatSeconds(seconds: number): string {
  if (seconds < 120) return `${formatNumber(Number(seconds.toPrecision(3)))} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A date of ISO 8601 in the universal time it was written in; any other text stays as it is. */
export function formatDate(text: string): string {
  const parts = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(:\d{2}(\.\d+)?)?Z$/.exec(text);
  return parts ? `${parts[1]} ${parts[2]} UTC` : text;
}

/** A value with its unit; "1" is the unit of what is only counted, and "5 1/min" reads as 5/min. */
export function withUnit(value: string, unit: string | null | undefined): string {
  if (!unit || unit === "1") return value;
  return unit.startsWith("1/") ? `${value}${unit.slice(1)}` : `${value} ${unit}`;
}

/** A title with its unit, as the head of a column or axis. */
export const headed = (title: string, unit: string | null | undefined) =>
  unit && unit !== "1" ? `${title} (${unit})` : title;

export const counted = (count: number, one: string, many = `${one}s`) =>
  `${formatNumber(count)} ${count === 1 ? one : many}`;
