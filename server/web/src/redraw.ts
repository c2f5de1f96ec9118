/**
 * Panels are made anew whenever something changes; what a person had opened, scrolled and focused outlives that.
 *
 * Whatever is to be found again has a key: its `data-key`, its id, or its name (a box also its value).
 */

/** Where the focus was. */
interface Focus {
  key: string | undefined;
  /** The card around it, by the id of its title: where the focus goes if the thing itself is gone. */
  card: string | undefined;
  /** Of the text typed so far. */
  selection: readonly [number, number] | undefined;
}

const NOTHING_SELECTED = { selectionStart: null, selectionEnd: null };

export class Redraw {
  readonly #open = new Map<string, boolean>();
  readonly #scrolled = new Map<string, readonly [left: number, top: number]>();
  /** What a drawing before took away and did not bring back. */
  #focus: Focus | undefined;

  /** Lets `draw` change what is within `root`. */
  around(root: HTMLElement, draw: () => void): void {
    const { scrollTop } = root;
    this.#note(root);
    draw();
    for (const [key, details] of keyed<HTMLDetailsElement>(root, "details")) details.open = this.#open.get(key) ?? details.open;
    for (const [key, region] of keyed(root, ".scroll")) region.scrollTo(...(this.#scrolled.get(key) ?? [0, 0]));
    this.#refocus(root);
    root.scrollTop = scrollTop;
  }

  #note(root: HTMLElement): void {
    for (const [key, details] of keyed<HTMLDetailsElement>(root, "details")) this.#open.set(key, details.open);
    for (const [key, { scrollLeft, scrollTop }] of keyed(root, ".scroll")) this.#scrolled.set(key, [scrollLeft, scrollTop]);
    const active = document.activeElement;
    if (active instanceof HTMLElement && active !== root && root.contains(active)) this.#focus = focusAt(active);
    else if (active !== document.body) this.#focus = undefined;
  }

  #refocus(root: HTMLElement): void {
    const focus = this.#focus;
    if (!focus) return;
    if (root.contains(document.activeElement)) {
      this.#focus = undefined;
      return;
    }
    const same = [...root.querySelectorAll<HTMLElement>("button, input, select, summary, section, [tabindex]")].find(
      (element) => focus.key !== undefined && keyOf(element) === focus.key,
    );
    const card = focus.card === undefined ? null : root.querySelector<HTMLElement>(`[aria-labelledby="${focus.card}"]`);
    const target = same ?? card;
    if (!target) return;
    this.#focus = undefined;
    if (!same) target.tabIndex = -1;
    target.focus({ preventScroll: true });
    if (focus.selection && target instanceof HTMLInputElement) target.setSelectionRange(...focus.selection);
  }
}

function keyed<E extends HTMLElement>(root: HTMLElement, selector: string): [key: string, element: E][] {
  return [...root.querySelectorAll<E>(`${selector}[data-key]`)].map((element) => [element.dataset["key"] ?? "", element]);
}

function focusAt(element: HTMLElement): Focus {
  const { selectionStart: start, selectionEnd: end } = element instanceof HTMLInputElement ? element : NOTHING_SELECTED;
  return {
    key: keyOf(element),
    card: element.closest("section[aria-labelledby]")?.getAttribute("aria-labelledby") ?? undefined,
    selection: start === null || end === null ? undefined : [start, end],
  };
}

function keyOf(element: HTMLElement): string | undefined {
  // The one summary that a list, opened or closed, is operated by.
  if (element.tagName === "SUMMARY") return `summary of ${element.parentElement?.dataset["key"]}`;
  const key = element.dataset["key"] ?? (element.id || element.getAttribute("name"));
  const box = element instanceof HTMLInputElement && element.type === "checkbox" ? element.value : "";
  return key ? `${key} ${box}` : undefined;
}
