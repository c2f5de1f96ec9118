/** What a resident fills in to book a pickup, the requests it becomes, and the slots that come back. Pure: no page, no fetching. */

import type { CreateBooking, Material, Position, SlotList, SlotOffers, SlotQuestion } from "./api/types";

export type Datum = Position["datum"];

export interface ItemLine {
  /** Code of the material; empty until one is chosen. */
  material: string;
  /** As typed: kilograms, or pieces where the material is counted in them. */
  amount: string;
}

/** As typed. */
export interface BookingForm {
  /** A part of the name of a building that is looked for; not sent with the booking. */
  building: string;
  /** `latitude, longitude` in degrees. */
  place: string;
  datum: Datum;
  items: readonly ItemLine[];
  /** `YYYY-MM-DD` */
  date: string;
  door: string;
}

export const ITEMS_MAX = 20;

export const NO_ITEM: ItemLine = { material: "", amount: "" };

export const EMPTY_BOOKING: BookingForm = { building: "", place: "", datum: "wgs84", items: [NO_ITEM], date: "", door: "" };

/** Faults that are told before anything is sent, beside those that the server names. */
export type FormFault =
  | "PLACE_MISSING"
  | "PLACE_UNREADABLE"
  | "ITEMS_MISSING"
  | "MATERIAL_MISSING"
  | "AMOUNT_UNREADABLE"
  | "PIECES_NOT_WHOLE"
  | "AMOUNT_NOT_POSITIVE"
  | "DUPLICATE_ITEM"
  | "BAD_DATE";

/** Degrees as they are sent: what a map's click says beyond a decimetre is noise. */
export function placeText({ lat, lng }: { lat: number; lng: number }): string {
  return `${lat.toFixed(6)}, ${lng.toFixed(6)}`;
}

/** Latitude and longitude of a text, with the commas of either script, or a space alone. */
export function readPlace(text: string): { lat: number; lon: number } | undefined {
  const parts = text.trim().split(/\s*[,，;；\s]\s*/);
  const [lat, lon] = parts.map(decimal);
  return parts.length === 2 && lat !== undefined && lon !== undefined ? { lat, lon } : undefined;
}

function decimal(text: string): number | undefined {
  return /^[-+]?(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : undefined;
}

/** Of pieces where the material is counted in them. */
export function gramsOf(material: Material, amount: number): number {
  return Math.round(amount * gramsInUnit(material));
}

const gramsInUnit = (material: Material): number =>
  material.unit === "piece" && typeof material.piece_g === "number" ? material.piece_g : 1_000;

export const isCounted = (material: Material | undefined): boolean =>
  material?.unit === "piece" && typeof material.piece_g === "number";

/** The question about slots, or everything about it that cannot be sent. Lines that nothing was filled in on are left out. */
export function questionOf(
  form: BookingForm,
  materials: ReadonlyMap<string, Material>,
): { question: SlotQuestion } | { faults: FormFault[] } {
  const faults = new Set<FormFault>();
  const at = readPlace(form.place);
  if (form.place.trim() === "") faults.add("PLACE_MISSING");
  else if (!at) faults.add("PLACE_UNREADABLE");
  if (!/^\d{4}-\d\d-\d\d$/.test(form.date)) faults.add("BAD_DATE");
  const items: SlotQuestion["items"] = [];
  for (const line of form.items) {
    const text = line.amount.trim();
    if (line.material === "" && text === "") continue;
    const material = materials.get(line.material);
    const amount = decimal(text);
    if (!material) faults.add("MATERIAL_MISSING");
    if (amount === undefined) faults.add("AMOUNT_UNREADABLE");
    else if (amount <= 0) faults.add("AMOUNT_NOT_POSITIVE");
    else if (isCounted(material) && !Number.isInteger(amount)) faults.add("PIECES_NOT_WHOLE");
    if (items.some((before) => before.material === line.material)) faults.add("DUPLICATE_ITEM");
    // An amount that rounds to nothing is still one to the server, which refuses it.
    if (material && amount !== undefined) items.push({ material: line.material, amount_g: gramsOf(material, amount) });
  }
  if (items.length === 0 && ![...faults].some((fault) => fault.startsWith("AMOUNT") || fault === "MATERIAL_MISSING")) {
    faults.add("ITEMS_MISSING");
  }
  if (faults.size > 0 || !at) return { faults: [...faults] };
  return { question: { place: { ...at, datum: form.datum }, items, date: form.date, expected_share: 0 } };
}

/** Fen for the resident at posted prices, negative where it is to be paid; nothing where a line cannot be read. */
export function postedFen(form: BookingForm, materials: ReadonlyMap<string, Material>): number | undefined {
  const read = questionOf({ ...form, place: "0, 0", date: "2000-01-01" }, materials);
  if ("faults" in read) return undefined;
  return read.question.items.reduce((sum, item) => {
    const material = materials.get(item.material);
    return material ? sum + Math.round((item.amount_g / gramsInUnit(material)) * material.price_fen) : sum;
  }, 0);
}

/** One slot as it is offered. */
export interface SlotRow {
  start: string;
  end: string;
  /** `08:00–10:00` on the operator's clock. */
  text: string;
  bookable: boolean;
  /** What it costs the day's routes; absent where there are no prices. */
  priceFen: number | undefined;
  /** Against the dearest slot that can be booked. */
  savingFen: number;
  cheapest: boolean;
  /** Little dearer than the cheapest: a collector is near anyway. */
  green: boolean;
  /** Pickups that still fit; known only where there are no prices. */
  left: number | undefined;
  /** Codes of what stands against it. */
  reasons: readonly string[];
}

/** Up to so many fen above the cheapest slot a collector is taken to be near anyway (assumed). */
const NEAR_FEN = 100;

const clockText = ({ start, end }: { start: string; end: string }): string => `${start.slice(11, 16)}–${end.slice(11, 16)}`;

export function pricedSlots({ offers }: SlotOffers): SlotRow[] {
  const price = (offer: SlotOffers["offers"][number]): number | undefined =>
    offer.feasible && typeof offer.price_fen === "number" ? offer.price_fen : undefined;
  const prices = offers.flatMap((offer) => price(offer) ?? []);
  const [least, most] = [Math.min(...prices), Math.max(...prices)];
  return offers.map((offer) => {
    const fen = price(offer);
    const differs = fen !== undefined && least < most;
    return {
      ...offer.window,
      text: clockText(offer.window),
      bookable: offer.feasible,
      priceFen: fen,
      savingFen: differs ? most - fen : 0,
      cheapest: differs && fen === least,
      green: differs && fen <= least + NEAR_FEN,
      left: undefined,
      reasons: offer.feasible ? [] : offer.reasons,
    };
  });
}

export function freeSlots({ slots }: SlotList, now: number): SlotRow[] {
  return slots.map((slot) => ({
    ...slot.window,
    text: clockText(slot.window),
    bookable: slot.left > 0,
    priceFen: undefined,
    savingFen: 0,
    cheapest: false,
    green: false,
    left: slot.left,
    reasons: slot.left > 0 ? [] : [Date.parse(slot.window.start) < now ? "SLOT_PASSED" : "SLOT_FULL"],
  }));
}

/** A slot that is cheaper than the one chosen by more than a trifle. */
export function cheaper(rows: readonly SlotRow[], chosen: SlotRow | undefined): { row: SlotRow; savingFen: number } | undefined {
  const best = rows.find((row) => row.cheapest);
  if (!best || chosen?.priceFen === undefined || best.priceFen === undefined || chosen.green) return undefined;
  return { row: best, savingFen: chosen.priceFen - best.priceFen };
}

/** The booking of a slot; the door is sent only where it was filled in. */
export function bookingOf({ place, items }: SlotQuestion, { start, end }: SlotRow, door: string): CreateBooking {
  const address = door.trim();
  return { place, items, window: { start, end }, ...(address === "" ? {} : { address }) };
}
