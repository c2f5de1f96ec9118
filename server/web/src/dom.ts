/** Elements without a framework. Text only ever enters as text nodes, never as markup. */

type Child = Node | string | null | undefined | false;

type Attributes = Record<string, string | number | boolean | undefined | ((event: Event) => void)>;

/** `h("button", { class: "plain", onclick: f }, "Go")`: `on...` are listeners, `true` sets and `false` leaves out. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  for (const child of children) {
    if (child !== null && child !== undefined && child !== false) element.append(child);
  }
  return element;
}

/** A coloured square or line of the legend. Set through the DOM: an inline style attribute would need a weaker policy. */
export function swatch(colour: string, shape: "dot" | "line" | "box" = "box"): HTMLElement {
  const element = h("span", { class: `swatch ${shape}`, "aria-hidden": "true" });
  element.style.backgroundColor = colour;
  return element;
}
