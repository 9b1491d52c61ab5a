// The colours of charts, light and dark. Paper is always light: a print does not match `screen`. The colours of the page
// itself are in page.css, under the same condition.

export interface Theme {
  readonly ink: string;
  readonly muted: string;
  readonly line: string;
  readonly paper: string;
  /** Distinct at a glance, also for the colour-blind (after Okabe and Ito, 2008). */
  readonly lines: readonly string[];
  /** From little to much. */
  readonly ramp: readonly string[];
  /** From the better side over the middle to the worse one. */
  readonly difference: readonly string[];
}

export const light: Theme = {
  ink: "#202326",
  muted: "#5a6066",
  line: "#dcdcd6",
  paper: "#fdfdfb",
  lines: ["#1f6aa5", "#c8570a", "#00805a", "#a5457f", "#8a6d00", "#4a4fa3", "#3f8fb5", "#7a4b2a"],
  ramp: ["#f2f6fa", "#c4d9ec", "#7eb0d8", "#3a7db8", "#0f4575"],
  difference: ["#0b6b58", "#7fc4b3", "#f4f4f0", "#eab083", "#a8480a"],
};

export const dark: Theme = {
  ink: "#e6e6e2",
  muted: "#a4a9ae",
  line: "#3a3f44",
  paper: "#16181a",
  lines: ["#6fb3ea", "#f0945a", "#4cc9a0", "#e08ec0", "#dcb94a", "#a3a7f5", "#86d3ee", "#cfa487"],
  ramp: ["#20272e", "#264a66", "#2f6f9f", "#61a6d6", "#c9e3f6"],
  difference: ["#5fd0b5", "#2a6a5d", "#25282b", "#84502c", "#f2a06a"],
};

const query = () => window.matchMedia("screen and (prefers-color-scheme: dark)");

export const currentTheme = (): Theme => (query().matches ? dark : light);

export function onThemeChange(redraw: () => void): void {
  query().addEventListener("change", redraw);
}
