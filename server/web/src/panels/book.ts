/** The card in which a pickup is booked: place, items, day, then a slot. */

import type { Building, BuildingList, Material } from "../api/types";
import { isCounted, ITEMS_MAX, NO_ITEM, type BookingForm, type Datum, type ItemLine } from "../booking";
import { h } from "../dom";
import type { Translator } from "../i18n";
import { faultList, retryable } from "./faults";

export interface BookProps {
  t: Translator;
  form: BookingForm;
  materials: readonly Material[];
  /** Why they could not be told. */
  materialsFailed: readonly string[];
  /** The next click on the map is the place. */
  picking: boolean;
  hasMap: boolean;
  /** Days that can be booked, first and last. */
  days: readonly [string, string];
  /** Buildings whose names hold what was typed, once they were looked for. */
  found: BuildingList | "looking" | undefined;
  asking: boolean;
  booking: boolean;
  /** Why the last question about slots was refused. */
  refused: readonly string[];
  /** Why the last booking was. */
  bookingRefused: readonly string[];
  /** What the items are worth by now, in words; nothing where they cannot be read. */
  worth: () => string;
  /** What was booked last, in words. */
  booked: string | undefined;
  /** The slots, once there are any. */
  slots: HTMLElement | undefined;
  /** `10:00–12:00` of the slot chosen. */
  chosen: string | undefined;
  /** Of what was booked. */
  list: HTMLElement;
  /** Unfolded until somebody folds it. */
  open: boolean;
  /** From what is filled in by now; `redraw` where other fields are shown by it. */
  onFill: (change: (form: BookingForm) => Partial<BookingForm>, redraw?: boolean) => void;
  onFind: () => void;
  onFound: (building: Building) => void;
  /** Ask for the materials again. */
  onRetry: () => void;
  onPick: () => void;
  onCentre: () => void;
  onAsk: () => void;
  onBook: () => void;
}

const DATUMS: readonly Datum[] = ["wgs84", "gcj02", "bd09"];

export function bookPanel(props: BookProps): HTMLElement {
  const { t, asking, booking, refused, bookingRefused, booked, slots, chosen } = props;
  return h(
    "section",
    { class: "card", "aria-labelledby": "book-title" },
    h(
      "details",
      { "data-key": "book", open: props.open },
      h("summary", {}, h("h2", { id: "book-title" }, t.text("book"))),
      h("p", { class: "muted small" }, t.text("bookHint")),
      // Before anything is asked for.
      h("details", { "data-key": "privacy" }, h("summary", { class: "small" }, t.text("privacy")), h("p", { class: "small" }, t.text("privacyText"))),
      h(
        "form",
        { class: "book", novalidate: true, onsubmit: (event) => submitted(event, props.onAsk) },
        placeFields(props),
        itemFields(props),
        dayField(props),
        faultList(t, "slotsFailed", refused),
        h(
          "button",
          { type: "submit", class: "primary", "data-key": "show slots", "aria-disabled": asking ? "true" : undefined },
          t.text("showSlots"),
        ),
        h("p", { role: "status", "aria-live": "polite", class: "muted small" }, asking && t.text("askingSlots")),
      ),
      slots &&
        h(
          "form",
          { class: "book", novalidate: true, onsubmit: (event) => submitted(event, props.onBook) },
          slots,
          doorField(props),
          faultList(t, "bookFailed", bookingRefused),
          h(
            "button",
            { type: "submit", class: "primary", "data-key": "book slot", "aria-disabled": booking ? "true" : undefined },
            booking ? t.text("bookingNow") : chosen === undefined ? t.text("chooseSlot") : t.text("bookSlot", { window: chosen }),
          ),
        ),
      h("p", { role: "status", "aria-live": "polite", class: "done", "data-booked": booked !== undefined }, booked),
      props.list,
    ),
  );
}

function submitted(event: Event, then: () => void): void {
  event.preventDefault();
  then();
}

function placeFields(props: BookProps): HTMLElement {
  const { t, form, picking, hasMap, onFill, onPick, onCentre } = props;
  return h(
    "fieldset",
    {},
    h("legend", {}, t.text("place")),
    ...buildingFields(props),
    hasMap &&
      h(
        "p",
        { class: "actions" },
        h(
          "button",
          { type: "button", "data-key": "pick place", "aria-pressed": String(picking), onclick: onPick },
          t.text(picking ? "picking" : "pickOnMap"),
        ),
        // For those who move the map by keyboard.
        h("button", { type: "button", "data-key": "centre place", onclick: onCentre }, t.text("mapCentre")),
      ),
    h(
      "div",
      { class: "pair" },
      h("input", {
        type: "text",
        name: "place",
        value: form.place,
        autocomplete: "off",
        inputmode: "text",
        placeholder: "31.600000, 119.280000",
        "aria-label": t.text("coordinates"),
        oninput: (event) => onFill(() => ({ place: (event.target as HTMLInputElement).value })),
      }),
      h(
        "select",
        {
          name: "datum",
          "aria-label": t.text("datum"),
          onchange: (event) => onFill(() => ({ datum: (event.target as HTMLSelectElement).value as Datum })),
        },
        ...DATUMS.map((datum) => h("option", { value: datum, selected: datum === form.datum }, t.text(`datum.${datum}`))),
      ),
    ),
  );
}

function buildingFields({ t, form, found, onFill, onFind, onFound }: BookProps): HTMLElement[] {
  const field = h("input", {
    type: "text",
    name: "building",
    value: form.building,
    maxlength: 100,
    autocomplete: "off",
    placeholder: t.text("building"),
    "aria-label": t.text("building"),
    oninput: (event) => onFill(() => ({ building: (event.target as HTMLInputElement).value })),
    // Enter looks for the name; the form's own button asks for slots. While characters are composed, Enter chooses one.
    onkeydown: (event) => {
      const { key, isComposing } = event as KeyboardEvent;
      if (key !== "Enter" || isComposing) return;
      event.preventDefault();
      onFind();
    },
  });
  const parts = [
    h(
      "div",
      { class: "find" },
      field,
      h("button", { type: "button", "data-key": "find building", onclick: onFind }, t.text("findBuilding")),
    ),
  ];
  if (found === undefined) return parts;
  const looking = found === "looking";
  const count = looking ? 0 : found.buildings.length;
  const said = looking ? t.text("findingBuilding") : count > 0 ? t.text("buildingsFound", { count }) : t.text("buildingsNone");
  parts.push(h("div", { role: "status", class: "small", "data-found": looking ? "" : count }, said));
  if (!looking && count > 0) {
    const choose = (building: Building): HTMLElement =>
      h(
        "li",
        {},
        h(
          "button",
          { type: "button", class: "link", "data-key": `building ${building.id}`, onclick: () => onFound(building) },
          t.name(building.name),
        ),
        // What tells namesakes apart.
        h(
          "span",
          { class: "muted small" },
          ` ${t.list([...(building.area ? [t.name(building.area)] : []), t.code("building", building.kind)])}`,
        ),
      );
    parts.push(h("div", { class: "scroll found", "data-key": "found" }, h("ul", { class: "plain" }, ...found.buildings.map(choose))));
    if (found.more) parts.push(h("p", { class: "muted small" }, t.text("buildingsMore")));
  }
  return parts;
}

function itemFields(props: BookProps): HTMLElement {
  const { t, form, worth, onFill } = props;
  const sum = h("p", { class: "muted small", "data-worth": "" }, worth());
  const more = (): void => onFill(({ items }) => ({ items: [...items, NO_ITEM] }), true);
  return h(
    "fieldset",
    {},
    h("legend", {}, t.text("items")),
    retryable(t, "materialsFailed", props.materialsFailed, "retry materials", props.onRetry),
    ...form.items.map((line, at) => itemLine(props, line, at, sum)),
    form.items.length < ITEMS_MAX &&
      h("button", { type: "button", class: "link", "data-key": "add item", onclick: more }, t.text("addItem")),
    sum,
  );
}

function itemLine({ t, form, materials, worth, onFill }: BookProps, line: ItemLine, at: number, sum: HTMLElement): HTMLElement {
  const change = (changed: Partial<ItemLine>, redraw = false): void => {
    onFill(({ items }) => ({ items: items.map((one, k) => (k === at ? { ...one, ...changed } : one)) }), redraw);
    sum.textContent = worth();
  };
  const remove = (): void => onFill(({ items }) => ({ items: items.filter((_, k) => k !== at) }), true);
  const counted = isCounted(materials.find((material) => material.code === line.material));
  return h(
    "div",
    { class: "item" },
    h(
      "select",
      {
        name: `material ${at}`,
        "aria-label": t.text("material"),
        // The unit beside the amount is the material's.
        onchange: (event) => change({ material: (event.target as HTMLSelectElement).value }, true),
      },
      h("option", { value: "", selected: line.material === "" }, t.text("chooseMaterial")),
      ...materials.map((material) =>
        h("option", { value: material.code, selected: material.code === line.material }, t.name(material.name)),
      ),
    ),
    h("input", {
      type: "text",
      name: `amount ${at}`,
      value: line.amount,
      autocomplete: "off",
      inputmode: "decimal",
      "aria-label": t.text("amount"),
      oninput: (event) => change({ amount: (event.target as HTMLInputElement).value }),
    }),
    h("span", { class: "muted" }, counted ? t.text("pieces") : "kg"),
    form.items.length > 1 &&
      h(
        "button",
        { type: "button", "data-key": `remove item ${at}`, "aria-label": t.text("removeItem", { number: at + 1 }), onclick: remove },
        "×",
      ),
  );
}

function dayField({ t, form, days: [first, last], onFill }: BookProps): HTMLElement {
  return h(
    "label",
    { class: "field" },
    h("span", {}, t.text("bookDate")),
    h("input", {
      type: "date",
      name: "book date",
      value: form.date,
      min: first,
      max: last,
      onchange: (event) => onFill(() => ({ date: (event.target as HTMLInputElement).value })),
    }),
  );
}

function doorField({ t, form, onFill }: BookProps): HTMLElement {
  return h(
    "label",
    { class: "door" },
    h("span", {}, t.text("door")),
    h("input", {
      type: "text",
      name: "door",
      value: form.door,
      maxlength: 200,
      autocomplete: "off",
      "aria-describedby": "door-help",
      oninput: (event) => onFill(() => ({ door: (event.target as HTMLInputElement).value })),
    }),
    h("span", { class: "muted small", id: "door-help" }, t.text("doorHelp")),
  );
}
