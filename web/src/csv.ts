// Tables as RFC 4180 text, for spreadsheets and programs.
//
// A spreadsheet takes a text that begins with = + - or @ for a formula and runs it, so such a text gets an apostrophe in
// front. Numbers stay numbers.

export type CsvValue = string | number | boolean | null | undefined;

export function toCsv(rows: readonly (readonly CsvValue[])[]): string {
  return rows.map((row) => row.map(field).join(",") + "\r\n").join("");
}

function field(value: CsvValue): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "string") return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
