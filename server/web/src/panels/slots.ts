/** The slots of a day with what each costs, as radio buttons: one is chosen, those without a place say why. */

import { cheaper, type SlotRow } from "../booking";
import { h } from "../dom";
import type { MessageKey, Translator } from "../i18n";

export interface SlotsProps {
  t: Translator;
  date: string;
  rows: readonly SlotRow[];
  /** Why there are no prices, where there are none. */
  unpriced: string | undefined;
  stale: boolean;
  /** Begin of the slot chosen. */
  chosen: string | undefined;
  onChoose: (start: string) => void;
}

export function slotsList(props: SlotsProps): HTMLElement {
  const { t, date, rows, unpriced, stale, chosen } = props;
  const note = unpriced === undefined ? t.text("slotsPriced") : t.text("slotsUnpriced", { cause: unpriced });
  const free = rows.filter((row) => row.bookable);
  const priced = free.filter((row) => row.priceFen !== undefined);
  const better = cheaper(
    rows,
    rows.find((row) => row.start === chosen),
  );
  return h(
    "fieldset",
    { class: "slots", "data-slots": date, "data-priced": String(unpriced === undefined) },
    h("legend", {}, t.text("slotsOf", { date: t.day(date) })),
    h("p", { class: "muted small" }, note),
    stale && h("p", { class: "warning small" }, t.text("slotsStale")),
    free.length === 0 && h("p", { class: "warning" }, t.text("slotsNone")),
    priced.length > 1 && !rows.some((row) => row.cheapest) && h("p", { class: "muted small" }, t.text("slotSame")),
    ...rows.map((row) => slot(props, row)),
    better &&
      h(
        "p",
        { class: "hint small", role: "status" },
        t.text("slotHint", { window: better.row.text, saving: t.money(better.savingFen) }),
      ),
  );
}

function slot({ t, chosen, onChoose }: SlotsProps, row: SlotRow): HTMLElement {
  const badge = (key: MessageKey, kind: string, values: Record<string, string> = {}): HTMLElement =>
    h("span", { class: `badge ${kind}` }, t.text(key, values));
  const because = row.reasons.map((code) => t.code("slot", code));
  return h(
    "label",
    { class: "slot", "data-slot": row.start, "data-bookable": String(row.bookable) },
    h("input", {
      type: "radio",
      name: "slot",
      value: row.start,
      "data-key": `slot ${row.start}`,
      checked: row.start === chosen,
      disabled: !row.bookable,
      onchange: () => onChoose(row.start),
    }),
    h("span", { class: "slot-window" }, row.text),
    row.priceFen !== undefined && h("span", { class: "slot-price", "data-price": row.priceFen }, t.money(row.priceFen)),
    row.left !== undefined && row.bookable && h("span", { class: "muted small" }, t.text("slotLeft", { left: t.number(row.left) })),
    h(
      "span",
      { class: "slot-notes small" },
      row.cheapest && badge("slotCheapest", "published"),
      row.green && badge("slotGreen", "green"),
      row.savingFen > 0 && h("span", { class: "muted" }, t.text("slotSaves", { saving: t.money(row.savingFen) })),
      !row.bookable && h("span", { class: "muted" }, because.length > 0 ? t.list(because) : t.text("slotNoPlace")),
    ),
  );
}
