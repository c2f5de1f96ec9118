/** What the map shows, as lists: for those who cannot see the map or whose browser cannot draw it. */

import type { CellRow, OutletRow } from "../city";
import { h } from "../dom";
import type { Translator } from "../i18n";

const ROWS_MAX = 100;

export interface FactsOptions {
  t: Translator;
  /** Absent where they may not be seen. */
  cells: readonly CellRow[] | undefined;
  outlets: readonly OutletRow[];
  onGo: (at: { lng: number; lat: number }) => void;
}

export function outletName(t: Translator, row: OutletRow): string {
  return t.name(row.name) || row.id;
}

export function factsPanel({ t, cells, outlets, onGo }: FactsOptions): HTMLElement {
  const go = (key: string, label: string, at: { lng: number; lat: number }): HTMLElement =>
    h("button", { type: "button", class: "link", "data-key": key, onclick: () => onGo(at) }, label);
  return h(
    "section",
    { class: "card", "aria-labelledby": "facts-title" },
    h("h2", { id: "facts-title" }, t.text("tables")),
    table(
      t,
      "outlets",
      [t.text("name"), t.text("tier")],
      outlets.map((row) => [go(row.id, outletName(t, row), row.at), t.code("tier", row.kind)]),
      t.text("outletsNone"),
    ),
    cells &&
      table(
        t,
        "cells",
        [t.text("cell"), t.text("zone"), t.text("bookings"), t.text("mass")],
        cells.map((row) => [go(row.cell, row.cell, row.at), t.number(row.zone), t.number(row.bookings), t.kilograms(row.grams)]),
        t.text("cellsNone"),
      ),
  );
}

function table(
  t: Translator,
  of: "outlets" | "cells",
  columns: readonly string[],
  rows: readonly (readonly (HTMLElement | string)[])[],
  none: string,
): HTMLElement {
  const title = t.text(of);
  const details = h("details", { "data-key": of }, h("summary", {}, `${title} (${t.number(rows.length)})`));
  if (rows.length === 0) {
    details.append(h("p", {}, none));
    return details;
  }
  if (rows.length > ROWS_MAX) {
    details.append(h("p", { class: "muted small" }, t.text("shown", { shown: ROWS_MAX, total: rows.length })));
  }
  details.append(
    h(
      "div",
      { class: "scroll", "data-key": `rows of ${of}`, tabindex: 0, role: "region", "aria-label": title },
      h(
        "table",
        {},
        h("thead", {}, h("tr", {}, ...columns.map((column) => h("th", { scope: "col" }, column)))),
        h("tbody", {}, ...rows.slice(0, ROWS_MAX).map((row) => h("tr", {}, ...row.map((value) => h("td", {}, value))))),
      ),
    ),
  );
  return details;
}
