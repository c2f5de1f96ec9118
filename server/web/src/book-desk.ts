/** Booking a pickup: asks for the slots of a place and a day, books the one chosen, and keeps the list of what was booked. */

import { ApiProblem, newKey, Unreachable } from "./api/client";
import type { Booking, BookingList, Building, BuildingList, CreateBooking, Material, MaterialList, SlotList, SlotOffers, SlotQuestion } from "./api/types";
import {
  bookingOf,
  EMPTY_BOOKING,
  freeSlots,
  NO_ITEM,
  placeText,
  postedFen,
  pricedSlots,
  questionOf,
  readPlace,
  type BookingForm,
  type SlotRow,
} from "./booking";
import { dayAfter } from "./city";
import type { Translator } from "./i18n";
import { bookPanel } from "./panels/book";
import { bookingsList, windowText } from "./panels/bookings";
import { slotsList } from "./panels/slots";

/** How far ahead the server books. */
const DAYS_AHEAD = 14;
const BOOKINGS_LISTED = 20;

type LngLat = { lng: number; lat: number };

/** What of the map it needs. */
export interface PlaceMap {
  centre: () => LngLat;
  flyTo: (at: LngLat) => void;
  setPlace: (at: LngLat | undefined) => void;
  /** The next click is a place. */
  setPicking: (on: boolean) => void;
}

/** What the page lends it. */
export interface BookHost {
  text: () => Translator;
  call: <T>(method: "GET" | "POST", path: string, body?: unknown, key?: string) => Promise<T>;
  /** An error in words, each fault by itself. */
  causes: (error: unknown) => string[];
  onRender: () => void;
  onFailure: (error: unknown) => void;
  /** A pickup is booked, and the card says so. */
  onBooked: () => void;
  /** The map's part, where there is a map. */
  map: () => PlaceMap | undefined;
}

/** Slots as they were asked for. */
interface Asked {
  question: SlotQuestion;
  rows: readonly SlotRow[];
  unpriced: string | undefined;
  stale: boolean;
}

export class BookDesk {
  #form: BookingForm = EMPTY_BOOKING;
  #today = "";
  /** Residents see what they booked before; who books for others what was booked here. */
  #own = true;
  #materials: readonly Material[] = [];
  #bookings: readonly Booking[] = [];
  #found: readonly Building[] | "looking" | undefined;
  #picking = false;
  #asking = false;
  #asked: Asked | undefined;
  #chosen: string | undefined;
  #booking = false;
  /** Of the booking that is tried: kept until it is known what became of it, so that trying again books once. */
  #attempt: { body: string; key: string } | undefined;
  #refused: readonly string[] = [];
  #bookingRefused: readonly string[] = [];
  #cancelRefused: readonly string[] = [];
  #booked: Booking | undefined;
  /** Answers to questions from before the last `forget` are dropped. */
  #generation = 0;

  constructor(readonly host: BookHost) {}

  get picking(): boolean {
    return this.#picking;
  }

  /** Somebody is signed in. `today` is the operator's. */
  async start(role: "resident" | "planner", today: string): Promise<void> {
    this.forget();
    const generation = this.#generation;
    this.#own = role === "resident";
    this.#today = today;
    this.#form = { ...this.#form, date: dayAfter(today) };
    try {
      const [{ materials }, { bookings }] = await Promise.all([
        this.host.call<MaterialList>("GET", "/v1/materials"),
        this.#own
          ? this.host.call<BookingList>("GET", `/v1/bookings?limit=${BOOKINGS_LISTED}`)
          : Promise.resolve<Pick<BookingList, "bookings">>({ bookings: [] }),
      ]);
      if (generation !== this.#generation) return;
      this.#materials = materials;
      this.#bookings = bookings;
      this.host.onRender();
    } catch (error) {
      if (generation === this.#generation) this.host.onFailure(error);
    }
  }

  /** Nobody is signed in any more: what one person typed is not the next one's to read. */
  forget(): void {
    this.#generation++;
    this.#form = EMPTY_BOOKING;
    this.#bookings = [];
    this.#picking = this.#asking = this.#booking = false;
    this.#asked = this.#chosen = this.#attempt = this.#booked = this.#found = undefined;
    this.#refused = this.#bookingRefused = this.#cancelRefused = [];
  }

  /** A click on the map while a place is picked. */
  pick(at: LngLat): void {
    this.#setPicking(false);
    // The map is drawn in WGS-84.
    this.#form = { ...this.#form, place: placeText(at), datum: "wgs84" };
    this.host.map()?.setPlace(at);
    this.host.onRender();
  }

  panel(): HTMLElement {
    const t = this.host.text();
    const asked = this.#asked;
    const chosen = asked?.rows.find((row) => row.start === this.#chosen);
    return bookPanel({
      t,
      form: this.#form,
      materials: this.#materials,
      picking: this.#picking,
      hasMap: this.host.map() !== undefined,
      days: [this.#today, lastDay(this.#today)],
      found: this.#found,
      asking: this.#asking,
      booking: this.#booking,
      refused: this.#refused,
      bookingRefused: this.#bookingRefused,
      worth: () => this.#worth(),
      booked: this.#booked && t.text("booked", { date: t.day(this.#booked.service_date), window: windowText(this.#booked) }),
      slots:
        asked &&
        slotsList({
          t,
          date: asked.question.date,
          rows: asked.rows,
          unpriced: asked.unpriced === undefined ? undefined : t.code("fault", asked.unpriced),
          stale: asked.stale,
          chosen: this.#chosen,
          onChoose: (start) => {
            this.#chosen = start;
            this.#bookingRefused = [];
            this.host.onRender();
          },
        }),
      chosen: chosen?.text,
      list: bookingsList({
        t,
        title: this.#own ? "myBookings" : "madeHere",
        bookings: this.#bookings,
        materials: this.#catalogue(),
        refused: this.#cancelRefused,
        onCancel: (id) => void this.#cancel(id),
      }),
      open: this.#own,
      onFill: (change, redraw = false) => {
        this.#form = { ...this.#form, ...change(this.#form) };
        if (redraw) this.host.onRender();
      },
      onFind: () => void this.#find(),
      onFound: ({ name, place }) => {
        const at = { lat: place.lat, lng: place.lon };
        this.#found = undefined;
        this.#form = { ...this.#form, building: t.name(name) };
        this.pick(at);
        this.host.map()?.flyTo(at);
      },
      onPick: () => {
        this.#setPicking(!this.#picking);
        this.host.onRender();
      },
      onCentre: () => {
        const centre = this.host.map()?.centre();
        if (centre) this.pick(centre);
      },
      onAsk: () => void this.#ask(),
      onBook: () => void this.#book(),
    });
  }

  #setPicking(on: boolean): void {
    this.#picking = on;
    this.host.map()?.setPicking(on);
  }

  #catalogue(): ReadonlyMap<string, Material> {
    return new Map(this.#materials.map((material) => [material.code, material]));
  }

  #worth(): string {
    const fen = postedFen(this.#form, this.#catalogue());
    if (fen === undefined || fen === 0) return "";
    const t = this.host.text();
    return fen > 0 ? t.text("earns", { sum: t.money(fen) }) : t.text("owes", { sum: t.money(-fen) });
  }

  async #find(): Promise<void> {
    const name = this.#form.building.trim();
    if (this.#found === "looking" || name === "") return;
    const generation = this.#generation;
    this.#found = "looking";
    this.#refused = [];
    this.host.onRender();
    try {
      const { buildings } = await this.host.call<BuildingList>("GET", `/v1/buildings?${new URLSearchParams({ name })}`);
      if (generation !== this.#generation) return;
      this.#found = buildings;
    } catch (error) {
      if (generation !== this.#generation) return;
      this.#found = undefined;
      if (error instanceof ApiProblem && error.signedOut) return this.host.onFailure(error);
      this.#refused = this.host.causes(error);
    }
    this.host.onRender();
  }

  async #ask(): Promise<void> {
    if (this.#asking) return;
    const t = this.host.text();
    this.#booked = undefined;
    this.#bookingRefused = [];
    const read = questionOf(this.#form, this.#catalogue());
    if ("faults" in read) {
      this.#refused = read.faults.map((fault) => t.text(`fault.${fault}`));
      this.host.onRender();
      return;
    }
    const generation = this.#generation;
    const at = readPlace(this.#form.place);
    if (at && this.#form.datum === "wgs84") this.host.map()?.setPlace({ lng: at.lon, lat: at.lat });
    this.#refused = [];
    this.#asking = true;
    this.#asked = this.#chosen = undefined;
    this.host.onRender();
    try {
      const asked = await this.#slots(read.question);
      if (generation !== this.#generation) return;
      this.#asked = asked;
      const free = asked.rows.filter((row) => row.bookable);
      this.#chosen = (free.find((row) => row.cheapest) ?? free[0])?.start;
    } catch (error) {
      if (generation !== this.#generation) return;
      if (error instanceof ApiProblem && error.signedOut) return this.host.onFailure(error);
      this.#refused = this.host.causes(error);
    }
    this.#asking = false;
    this.host.onRender();
  }

  /** With prices where the day has a plan that can tell them, else those that are free. */
  async #slots(question: SlotQuestion): Promise<Asked> {
    try {
      const offers = await this.host.call<SlotOffers>("POST", "/v1/slots", question);
      return { question, rows: pricedSlots(offers), unpriced: undefined, stale: offers.stale };
    } catch (error) {
      if (!(error instanceof ApiProblem) || (error.status !== 409 && error.status !== 502)) throw error;
      const { lat, lon, datum } = question.place;
      const query = new URLSearchParams({ lat: String(lat), lon: String(lon), datum, date: question.date });
      const list = await this.host.call<SlotList>("GET", `/v1/slots?${query}`);
      return { question, rows: freeSlots(list, Date.now()), unpriced: error.code, stale: false };
    }
  }

  async #book(): Promise<void> {
    const [t, asked] = [this.host.text(), this.#asked];
    const row = asked?.rows.find(({ start }) => start === this.#chosen);
    if (this.#booking || !asked) return;
    const read = questionOf(this.#form, this.#catalogue());
    // The slots are those of what was asked, and only that is booked.
    const same = "question" in read && JSON.stringify(read.question) === JSON.stringify(asked.question);
    if (!row || !same) {
      this.#bookingRefused = [t.text(row ? "slotsUnasked" : "chooseSlot")];
      this.host.onRender();
      return;
    }
    const generation = this.#generation;
    this.#bookingRefused = [];
    this.#booking = true;
    this.host.onRender();
    try {
      const booked = await this.#send(bookingOf(asked.question, row, this.#form.door));
      if (generation !== this.#generation) return;
      this.#booked = booked;
      this.#bookings = [booked, ...this.#bookings.filter(({ id }) => id !== booked.id)];
      this.#asked = this.#chosen = undefined;
      this.#form = { ...this.#form, items: [NO_ITEM], door: "" };
    } catch (error) {
      if (generation !== this.#generation) return;
      if (error instanceof ApiProblem && error.signedOut) return this.host.onFailure(error);
      this.#bookingRefused = this.host.causes(error);
    }
    this.#booking = false;
    this.host.onRender();
    if (this.#booked) this.host.onBooked();
  }

  async #send(body: CreateBooking): Promise<Booking> {
    const text = JSON.stringify(body);
    if (this.#attempt?.body !== text) this.#attempt = { body: text, key: newKey() };
    try {
      const booked = await this.host.call<Booking>("POST", "/v1/bookings", body, this.#attempt.key);
      this.#attempt = undefined;
      return booked;
    } catch (error) {
      // Without an answer it may have been booked.
      if (!(error instanceof Unreachable) && !(error instanceof ApiProblem && error.status >= 500)) this.#attempt = undefined;
      throw error;
    }
  }

  async #cancel(id: string): Promise<void> {
    const generation = this.#generation;
    this.#cancelRefused = [];
    try {
      const booking = await this.host.call<Booking>("POST", `/v1/bookings/${id}/cancel`, {});
      if (generation !== this.#generation) return;
      this.#bookings = this.#bookings.map((one) => (one.id === id ? booking : one));
      if (this.#booked?.id === id) this.#booked = undefined;
    } catch (error) {
      if (generation !== this.#generation) return;
      if (error instanceof ApiProblem && error.signedOut) return this.host.onFailure(error);
      this.#cancelRefused = this.host.causes(error);
    }
    this.host.onRender();
  }
}

function lastDay(today: string): string {
  let day = today;
  for (let k = 0; k < DAYS_AHEAD && day !== ""; k++) day = dayAfter(day);
  return day;
}
