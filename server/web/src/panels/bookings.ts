/** Pickups that were booked: of a resident their own, of whoever books for others those made since the page was opened. */

import type { Booking, Material } from "../api/types";
import { h } from "../dom";
import type { Translator } from "../i18n";
import { faultList, retryable } from "./faults";

export interface BookingsProps {
  t: Translator;
  title: "myBookings" | "madeHere";
  bookings: readonly Booking[];
  materials: ReadonlyMap<string, Material>;
  /** There are earlier ones that are not listed yet. */
  more: boolean;
  asking: boolean;
  /** Why the list could not be had. */
  failed: readonly string[];
  /** Ids of those that are being cancelled. */
  cancelling: ReadonlySet<string>;
  /** Why the last cancellation was refused. */
  refused: readonly string[];
  onMore: () => void;
  onRetry: () => void;
  onCancel: (id: string) => void;
}

/** Nothing is weighed yet. */
const CANCELLABLE: ReadonlySet<Booking["state"]> = new Set(["draft", "held", "booked", "assigned", "en_route", "arrived"]);

export function windowText({ window }: Pick<Booking, "window">): string {
  return `${window.start.slice(11, 16)}–${window.end.slice(11, 16)}`;
}

export function bookingsList(props: BookingsProps): HTMLElement {
  const { t, title, bookings, materials, more, asking, failed, cancelling, refused } = props;
  const entry = (booking: Booking): HTMLElement => {
    const when = { date: t.day(booking.service_date), window: windowText(booking) };
    const items = booking.items.map(({ material, amount_g }) => {
      const known = materials.get(material);
      return `${known ? t.name(known.name) : material} ${t.number(amount_g / 1000, 1)} kg`;
    });
    return h(
      "li",
      { "data-booking": booking.id, "data-state": booking.state },
      h("span", {}, h("strong", {}, `${when.date} ${when.window}`), " ", h("span", { class: "badge" }, t.code("booking", booking.state))),
      h("span", { class: "muted small" }, t.list(items)),
      CANCELLABLE.has(booking.state) &&
        h(
          "button",
          {
            type: "button",
            "data-key": `cancel booking ${booking.id}`,
            "aria-label": t.text("cancelBookingOf", when),
            "aria-disabled": cancelling.has(booking.id) ? "true" : undefined,
            onclick: () => props.onCancel(booking.id),
          },
          t.text(cancelling.has(booking.id) ? "cancelling" : "cancelBooking"),
        ),
    );
  };
  return h(
    "div",
    { class: "bookings" },
    h("h3", {}, `${t.text(title)} (${t.number(bookings.length)}${more ? "+" : ""})`),
    faultList(t, "cancelFailed", refused),
    bookings.length > 0 && h("ul", { class: "plain plans" }, ...bookings.map(entry)),
    bookings.length === 0 && failed.length === 0 && h("p", { class: "muted" }, t.text(asking ? "loading" : "bookingsNone")),
    more &&
      h(
        "button",
        { type: "button", "data-key": "more bookings", "aria-disabled": asking ? "true" : undefined, onclick: props.onMore },
        t.text("moreBookings"),
      ),
    retryable(t, "bookingsFailed", failed, "retry bookings", props.onRetry),
  );
}
