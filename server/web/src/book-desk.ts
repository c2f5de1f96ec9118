/** Booking a pickup: asks for the slots of a place and a day, books the one chosen, and keeps the list of what was booked. */

import { ApiProblem, Unreachable } from "./api/client";
import type { Booking, BuildingList, CreateBooking, Material, MaterialList, SlotList, SlotOffers, SlotQuestion } from "./api/types";
import { Attempt } from "./attempt";
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
import { OwnBookings } from "./own-bookings";
import { bookPanel } from "./panels/book";
import { windowText } from "./panels/bookings";
import { slotsList } from "./panels/slots";

/** How far ahead the server books. */
const DAYS_AHEAD = 14;

/** Prices that take longer are not waited for: free slots are told without them. */
const PRICES_MS = 20_000;

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
  /** Code of why there are no prices. */
  unpriced: string | undefined;
  stale: boolean;
}

export class BookDesk {
  #form: BookingForm = EMPTY_BOOKING;
  #today = "";
  /** Residents see what they booked before; who books for others what was booked here. */
  #own = true;
  #materials: readonly Material[] = [];
  /** Why what can be handed over could not be told. */
  #materialsFailed: readonly string[] = [];
  #found: BuildingList | "looking" | undefined;
  #picking = false;
  #asking = false;
  #asked: Asked | undefined;
  #chosen: string | undefined;
  #booking = false;
  readonly #attempt: Attempt<CreateBooking, Booking>;
  readonly #list: OwnBookings;
  #refused: readonly string[] = [];
  #bookingRefused: readonly string[] = [];
  #booked: Booking | undefined;
  /** It is the one that had no answer before. */
  #bookedEarlier = false;
  /** Answers to questions from before the last `forget` are dropped. */
  #generation = 0;

  constructor(readonly host: BookHost) {
    this.#attempt = new Attempt((body, key) => host.call<Booking>("POST", "/v1/bookings", body, key));
    this.#list = new OwnBookings({
      ...host,
      onSignedOut: host.onFailure,
      onCancelled: (id) => {
        if (this.#booked?.id === id) this.#booked = undefined;
      },
    });
  }

  get picking(): boolean {
    return this.#picking;
  }

  /** Somebody is signed in. `today` is the operator's. */
  async start(role: "resident" | "planner", today: string): Promise<void> {
    this.forget();
    this.#own = role === "resident";
    this.#today = today;
    this.#form = { ...this.#form, date: dayAfter(today) };
    await Promise.all([this.#loadMaterials(), this.#list.start(this.#own)]);
  }

  /** What may have changed on the server, and what could not be had before. */
  async reload(): Promise<void> {
    await Promise.all([this.#loadMaterials(), this.#list.reload()]);
  }

  async #loadMaterials(): Promise<void> {
    const generation = this.#generation;
    try {
      const { materials } = await this.host.call<MaterialList>("GET", "/v1/materials");
      if (generation !== this.#generation) return;
      this.#materials = materials;
      this.#materialsFailed = [];
    } catch (error) {
      if (generation !== this.#generation) return;
      if (error instanceof ApiProblem && error.signedOut) return this.host.onFailure(error);
      this.#materialsFailed = this.host.causes(error);
    }
    this.host.onRender();
  }

  /** Nobody is signed in any more: what one person typed is not the next one's to read. */
  forget(): void {
    this.#generation++;
    this.#form = EMPTY_BOOKING;
    this.#attempt.forget();
    this.#list.forget();
    this.#picking = this.#asking = this.#booking = false;
    this.#asked = this.#chosen = this.#booked = this.#found = undefined;
    this.#materialsFailed = this.#refused = this.#bookingRefused = [];
  }

  /** A click on the map while a place is picked. */
  pick(at: LngLat): void {
    this.#setPicking(false);
    this.#form = { ...this.#form, place: placeText(at), datum: "wgs84" };
    this.#mark();
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
      materialsFailed: this.#materialsFailed,
      picking: this.#picking,
      hasMap: this.host.map() !== undefined,
      days: [this.#today, lastDay(this.#today)],
      found: this.#found,
      asking: this.#asking,
      booking: this.#booking,
      refused: this.#refused,
      bookingRefused: this.#bookingRefused,
      worth: () => this.#worth(),
      booked: this.#booked && t.text(this.#bookedEarlier ? "earlierBooked" : "booked", { date: t.day(this.#booked.service_date), window: windowText(this.#booked) }),
      slots:
        asked &&
        slotsList({
          t,
          date: asked.question.date,
          rows: asked.rows,
          unpriced: asked.unpriced === undefined ? undefined : this.#unpriced(asked.unpriced),
          stale: asked.stale,
          chosen: this.#chosen,
          onChoose: (start) => {
            this.#chosen = start;
            this.#bookingRefused = [];
            this.host.onRender();
          },
        }),
      chosen: chosen?.text,
      list: this.#list.panel(this.#catalogue()),
      open: this.#own,
      onFill: (change, redraw = false) => {
        const changed = change(this.#form);
        this.#form = { ...this.#form, ...changed };
        if ("place" in changed || "datum" in changed) this.#mark();
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
      onRetry: () => void this.#loadMaterials(),
      onAsk: () => void this.#ask(),
      onBook: () => void this.#book(),
    });
  }

  #setPicking(on: boolean): void {
    this.#picking = on;
    this.host.map()?.setPicking(on);
  }

  /** Marks the place on the map, which is drawn in WGS-84; one that cannot be told in it has no mark. */
  #mark(): void {
    const at = this.#form.datum === "wgs84" ? readPlace(this.#form.place) : undefined;
    this.host.map()?.setPlace(at && { lng: at.lon, lat: at.lat });
  }

  #unpriced(code: string): string {
    const t = this.host.text();
    const known = t.code("fault", code);
    return known === code ? t.text("slotsNoPrices") : known;
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
      const found = await this.host.call<BuildingList>("GET", `/v1/buildings?${new URLSearchParams({ name })}`);
      if (generation !== this.#generation) return;
      this.#found = found;
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
      const offers = await within(PRICES_MS, this.host.call<SlotOffers>("POST", "/v1/slots", question));
      return { question, rows: pricedSlots(offers), unpriced: undefined, stale: offers.stale };
    } catch (error) {
      const code = withoutPrices(error);
      if (code === undefined) throw error;
      const { lat, lon, datum } = question.place;
      const query = new URLSearchParams({ lat: String(lat), lon: String(lon), datum, date: question.date });
      const list = await this.host.call<SlotList>("GET", `/v1/slots?${query}`);
      return { question, rows: freeSlots(list, Date.now()), unpriced: code, stale: false };
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
    this.#booked = undefined;
    this.#bookingRefused = [];
    this.#booking = true;
    this.host.onRender();
    try {
      const { answer: booked, earlier } = await this.#attempt.ask(bookingOf(asked.question, row, this.#form.door));
      if (generation !== this.#generation) return;
      this.#booked = booked;
      this.#list.add(booked);
      this.#bookedEarlier = earlier;
      // What is filled in by now was not sent: it stays, to be booked as well or not.
      if (!earlier) this.#clear();
    } catch (error) {
      if (generation !== this.#generation) return;
      if (error instanceof ApiProblem && error.signedOut) return this.host.onFailure(error);
      this.#bookingRefused = this.host.causes(error);
    }
    this.#booking = false;
    this.host.onRender();
    if (this.#booked) this.host.onBooked();
  }

  /** Nothing is left to be booked twice. The next caller's place is another one. */
  #clear(): void {
    this.#asked = this.#chosen = this.#found = undefined;
    const { date } = this.#form;
    this.#form = this.#own ? { ...this.#form, items: [NO_ITEM], door: "" } : { ...EMPTY_BOOKING, date };
    this.#mark();
  }
}

/** The prices did not come in time. */
class TooSlow extends Error {}

async function within<T>(milliseconds: number, answer: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TooSlow()), milliseconds);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Code of why there are no prices, where slots may be free all the same. */
function withoutPrices(error: unknown): string | undefined {
  if (error instanceof TooSlow || error instanceof Unreachable) return "TOO_SLOW";
  return error instanceof ApiProblem && (error.status === 409 || error.status >= 500) ? error.code : undefined;
}

function lastDay(today: string): string {
  let day = today;
  for (let k = 0; k < DAYS_AHEAD && day !== ""; k++) day = dayAfter(day);
  return day;
}
