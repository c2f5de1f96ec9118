/** The pickups listed below the form: of a resident their own, of whoever books for others what was booked here. */

import { ApiProblem, newKey } from "./api/client";
import type { Booking, BookingList, Material } from "./api/types";
import type { Translator } from "./i18n";
import { bookingsList } from "./panels/bookings";

/** Listed at once; whoever has more asks for them. */
const PAGE = 20;

export interface BookingsHost {
  text: () => Translator;
  call: <T>(method: "GET" | "POST", path: string, body?: unknown, key?: string) => Promise<T>;
  causes: (error: unknown) => string[];
  onRender: () => void;
  onSignedOut: (error: unknown) => void;
  /** A booking is no more. */
  onCancelled: (id: string) => void;
}

export class OwnBookings {
  #own = true;
  #bookings: readonly Booking[] = [];
  #next: string | undefined;
  #asking = false;
  /** Why the list could not be had. */
  #failed: readonly string[] = [];
  /** Of the cancellation of each booking: sent again, it is done once. */
  readonly #keys = new Map<string, string>();
  readonly #cancelling = new Set<string>();
  #refused: readonly string[] = [];
  /** Answers to questions from before the last `forget` are dropped. */
  #generation = 0;

  constructor(readonly host: BookingsHost) {}

  /** `own`: those of whoever is signed in are listed, else only what is added. */
  async start(own: boolean): Promise<void> {
    this.forget();
    this.#own = own;
    await this.reload();
  }

  forget(): void {
    this.#generation++;
    this.#bookings = [];
    this.#next = undefined;
    this.#asking = false;
    this.#failed = this.#refused = [];
    this.#keys.clear();
    this.#cancelling.clear();
  }

  add(booking: Booking): void {
    this.#bookings = [booking, ...this.#bookings.filter(({ id }) => id !== booking.id)];
  }

  /** The list as it is by now. */
  async reload(): Promise<void> {
    if (this.#own) await this.#page(undefined);
  }

  panel(materials: ReadonlyMap<string, Material>): HTMLElement {
    return bookingsList({
      t: this.host.text(),
      title: this.#own ? "myBookings" : "madeHere",
      bookings: this.#bookings,
      materials,
      more: this.#next !== undefined,
      asking: this.#asking,
      failed: this.#failed,
      cancelling: this.#cancelling,
      refused: this.#refused,
      onMore: () => void this.#page(this.#next),
      onRetry: () => void this.reload(),
      onCancel: (id) => void this.#cancel(id),
    });
  }

  async #page(cursor: string | undefined): Promise<void> {
    if (this.#asking) return;
    const generation = this.#generation;
    this.#asking = true;
    this.#failed = [];
    this.host.onRender();
    try {
      const query = new URLSearchParams({ limit: String(PAGE), ...(cursor === undefined ? {} : { cursor }) });
      const { bookings, next_cursor } = await this.host.call<BookingList>("GET", `/v1/bookings?${query}`);
      if (generation !== this.#generation) return;
      const known = new Set(bookings.map(({ id }) => id));
      const before = cursor === undefined ? [] : this.#bookings.filter(({ id }) => !known.has(id));
      this.#bookings = [...before, ...bookings];
      this.#next = next_cursor ?? undefined;
    } catch (error) {
      if (generation !== this.#generation) return;
      if (error instanceof ApiProblem && error.signedOut) return this.host.onSignedOut(error);
      this.#failed = this.host.causes(error);
    }
    this.#asking = false;
    this.host.onRender();
  }

  async #cancel(id: string): Promise<void> {
    if (this.#cancelling.has(id)) return;
    const generation = this.#generation;
    const key = this.#keys.get(id) ?? newKey();
    this.#keys.set(id, key);
    this.#cancelling.add(id);
    this.#refused = [];
    this.host.onRender();
    try {
      const booking = await this.#cancelled(id, key);
      if (generation !== this.#generation) return;
      this.#bookings = this.#bookings.map((one) => (one.id === id ? booking : one));
      if (booking.state === "cancelled") this.host.onCancelled(id);
      else {
        const t = this.host.text();
        this.#refused = [t.text("notCancellable", { state: t.code("booking", booking.state) })];
      }
    } catch (error) {
      if (generation !== this.#generation) return;
      if (error instanceof ApiProblem && error.signedOut) return this.host.onSignedOut(error);
      this.#refused = this.host.causes(error);
    }
    this.#cancelling.delete(id);
    this.host.onRender();
  }

  /** The booking afterwards; where it cannot be cancelled any more, as it stands. */
  async #cancelled(id: string, key: string): Promise<Booking> {
    try {
      return await this.host.call<Booking>("POST", `/v1/bookings/${id}/cancel`, {}, key);
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.code !== "NOT_CANCELLABLE") throw error;
      return this.host.call<Booking>("GET", `/v1/bookings/${id}`);
    }
  }
}
