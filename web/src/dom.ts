// Elements of the page. Text only ever becomes text nodes and attributes become attributes; nothing here, or anywhere in the
// page, turns a string into markup. So the names in a results file cannot do anything but be read.

type Child = Node | string | number | undefined | false;
type Attributes = Record<string, string | number | boolean | undefined>;

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    made.setAttribute(key, value === true ? "" : String(value));
  }
  for (const child of children)
    if (child !== undefined && child !== false) made.append(child instanceof Node ? child : String(child));
  return made;
}

export function button(label: string, onClick: () => void, attributes: Attributes = {}): HTMLButtonElement {
  const made = element("button", { type: "button", ...attributes }, label);
  made.addEventListener("click", onClick);
  return made;
}

/** A labelled list of which one is chosen. With one option there is nothing to choose, and it stays hidden. */
export function choice<T>(
  label: string,
  options: readonly { title: string; value: T }[],
  onChoose: (value: T) => void,
  chosen = 0,
): HTMLElement {
  const select = element("select", { "aria-label": label }, ...options.map(({ title }, index) =>
    element("option", { value: index, selected: index === chosen }, title)));
  select.addEventListener("change", () => {
    const option = options[select.selectedIndex];
    if (option) onChoose(option.value);
  });
  return element("label", { class: "control", hidden: options.length < 2 }, element("span", {}, label), select);
}

/** A slider over the values of a list, with the present one written beside it. */
export function slider(
  label: string,
  values: readonly string[],
  index: number,
  onSlide: (index: number) => void,
): HTMLElement {
  const output = element("output", {}, values[index] ?? "");
  const input = element("input", { type: "range", min: 0, max: Math.max(0, values.length - 1), step: 1, value: index,
    disabled: values.length < 2, "aria-label": label, "aria-valuetext": values[index] ?? "" });
  input.addEventListener("input", () => {
    const at = Number(input.value);
    output.textContent = values[at] ?? "";
    input.setAttribute("aria-valuetext", values[at] ?? "");
    onSlide(at);
  });
  return element("label", { class: "control" }, element("span", {}, label),
    element("span", { class: "row" }, input, output));
}

export function toggle(label: string, checked: boolean, onToggle: (checked: boolean) => void): HTMLElement {
  const input = element("input", { type: "checkbox", checked });
  input.addEventListener("change", () => onToggle(input.checked));
  return element("label", { class: "control tick" }, input, element("span", {}, label));
}

/** Replaces controls by new ones; the one in hand is still in hand. */
export function refill(place: HTMLElement, ...controls: Node[]): void {
  const all = () => [...place.querySelectorAll<HTMLElement>("select, input")];
  const held = all().findIndex((control) => control === document.activeElement);
  place.replaceChildren(...controls);
  all()[held]?.focus();
}

/** Hands the person a file. */
export function save(name: string, type: string, content: string): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = element("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** A part of the page with its heading. */
export function section(id: string, title: string, ...children: Child[]): HTMLElement {
  return element("section", { id, "aria-labelledby": `${id}-title` },
    element("h2", { id: `${id}-title` }, title), ...children);
}
