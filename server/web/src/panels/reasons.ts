/** Why each booking was left out, what would serve it, and where shifts are short: asked for only when somebody wants to know. */

import type { AreaShortage, BookingExplanation, PlanExplanations } from "../api/types";
import { h } from "../dom";
import { changeText, clock } from "../explain";
import type { Translator } from "../i18n";

export interface ReasonsProps {
  t: Translator;
  explanations: PlanExplanations | undefined;
  /** The answer is on its way. */
  asking: boolean;
  /** Of vehicles and outlets, by id. */
  names: ReadonlyMap<string, string>;
  onAsk: () => void;
}

/** Relaxations of one booking that are listed: the cheapest. */
const RELAXATIONS_SHOWN = 3;
const BOOKINGS_SHOWN = 100;

export function reasonsPanel({ t, explanations, asking, names, onAsk }: ReasonsProps): HTMLElement {
  if (asking) return h("p", { class: "muted small", role: "status" }, t.text("explaining"));
  if (!explanations) return h("button", { type: "button", "data-key": "explain", onclick: onAsk }, t.text("explain"));
  const { bookings, shortages } = explanations;
  const short = shortages.filter((shortage) => shortage.lack === "VEHICLES");
  return h(
    "div",
    { "data-explained": bookings.length },
    short.length > 0 && h("h3", {}, t.text("shortages")),
    short.length > 0 && h("ul", { class: "plain" }, ...short.map((shortage) => h("li", {}, shortageText(t, shortage)))),
    h(
      "details",
      { "data-key": `reasons of ${explanations.plan_id}` },
      h("summary", {}, t.text("explained", { count: t.number(bookings.length) })),
      ...bookings.slice(0, BOOKINGS_SHOWN).map((booking) => bookingPart(t, booking, names)),
      bookings.length > BOOKINGS_SHOWN &&
        h("p", { class: "muted small" }, t.text("shown", { shown: BOOKINGS_SHOWN, total: bookings.length })),
    ),
  );
}

function shortageText(t: Translator, shortage: AreaShortage): string {
  return t.text("shortage", {
    cell: shortage.cell ?? "",
    from: clock(shortage.from_s),
    to: clock(shortage.to_s),
    shifts: t.number(shortage.shifts),
    bookings: t.number(shortage.bookings),
  });
}

function bookingPart(t: Translator, booking: BookingExplanation, names: ReadonlyMap<string, string>): HTMLElement {
  const codes = [...new Set(booking.reasons.flatMap((reason) => reason.codes))];
  const { cheapest, penalty_fen: penalty } = booking;
  return h(
    "div",
    { class: "explained", "data-booking": booking.booking_id },
    h("h4", {}, `${booking.booking_id.slice(-6)}: ${t.code("reason", booking.verdict)}`),
    codes.length > 0 && h("p", { class: "muted small" }, codes.map((code) => t.code("reason", code)).join(" · ")),
    cheapest &&
      typeof penalty === "number" &&
      h("p", { class: "small" }, t.text("cheapest", { cost: t.money(cheapest.cost_fen), penalty: t.money(penalty) })),
    h(
      "ul",
      { class: "plain small" },
      ...booking.relax.slice(0, RELAXATIONS_SHOWN).map((relaxation) => {
        const changes = relaxation.changes.map((change) => changeText(t, change, names)).join(t.text("and"));
        return h("li", {}, t.text("relax", { changes, cost: t.money(relaxation.cost_fen) }));
      }),
    ),
  );
}
