import { describe, expect, it } from "vitest";

import type { Material, SlotList, SlotOffers } from "./api/types";
import { bookingOf, cheaper, EMPTY_BOOKING, freeSlots, placeText, postedFen, pricedSlots, questionOf, readPlace, type BookingForm } from "./booking";

const material = (code: string, changed: Partial<Material>): [string, Material] => [
  code,
  { code, name: { zh: code, en: code }, unit: "kg", price_fen: 100, ...changed } as Material,
];
const materials = new Map([
  material("paper", {}),
  material("fridge", { unit: "piece", piece_g: 50_000, price_fen: 5_000 }),
  material("sofa", { unit: "piece", piece_g: 25_000, price_fen: -1_250 }),
]);
const form: BookingForm = {
  ...EMPTY_BOOKING,
  place: "31.6, 119.28",
  datum: "gcj02",
  items: [{ material: "paper", amount: "2.5" }],
  date: "2026-11-26",
};

const offer = (hour: number, price: number | null, reasons: string[] = []): SlotOffers["offers"][number] => ({
  window: { start: `2026-11-26T${hour}:00:00+08:00`, end: `2026-11-26T${hour + 2}:00:00+08:00` },
  feasible: price !== null,
  reasons,
  marginal_fen: price,
  displacement_fen: price === null ? null : 0,
  price_fen: price,
});
const offers = (...list: SlotOffers["offers"]): SlotOffers => ({
  date: "2026-11-26",
  time_zone: "Asia/Shanghai",
  plan_id: "p",
  stale: false,
  offers: list,
});

describe("a place", () => {
  it("is read with the commas of either script, and nothing else", () => {
    const at = { lat: 31.6, lon: -119.28 };
    for (const text of ["31.6, -119.28", " 31.6 -119.28 ", "31.6，-119.28", "+31.6;-119.28"]) expect(readPlace(text), text).toEqual(at);
    for (const text of ["", "31.6", "31.6, 119.28, 5", "31.6, x", "NaN, 1", "1e3, 1", "31.6,,1", "0x1f, 1", "Infinity 1"]) {
      expect(readPlace(text), text).toBeUndefined();
    }
  });

  it("comes back from its own text", () => {
    expect(readPlace(placeText({ lat: 31.6, lng: -119.2800004 }))).toEqual({ lat: 31.6, lon: -119.28 });
  });
});

describe("questionOf", () => {
  it("asks in grams, pieces by their weight, and leaves empty lines out", () => {
    const items = [
      { material: "paper", amount: "2.5" },
      { material: "", amount: " " },
      { material: "fridge", amount: "2" },
    ];
    expect(questionOf({ ...form, items }, materials)).toEqual({
      question: {
        place: { lat: 31.6, lon: 119.28, datum: "gcj02" },
        items: [
          { material: "paper", amount_g: 2_500 },
          { material: "fridge", amount_g: 100_000 },
        ],
        date: "2026-11-26",
        expected_share: 0,
      },
    });
  });

  it("names everything that cannot be sent, at once", () => {
    const faults = (changed: Partial<BookingForm>): unknown => questionOf({ ...form, ...changed }, materials);
    expect(faults({ place: " ", items: [], date: "" })).toEqual({ faults: ["PLACE_MISSING", "BAD_DATE", "ITEMS_MISSING"] });
    const items = (...lines: [string, string][]): Partial<BookingForm> => ({
      items: lines.map(([material, amount]) => ({ material, amount })),
    });
    expect(faults(items(["paper", ""]))).toEqual({ faults: ["AMOUNT_UNREADABLE"] });
    expect(faults(items(["paper", "1,5"]))).toEqual({ faults: ["AMOUNT_UNREADABLE"] });
    expect(faults(items(["paper", "-1"]))).toEqual({ faults: ["AMOUNT_NOT_POSITIVE"] });
    expect(faults(items(["", "3"]))).toEqual({ faults: ["MATERIAL_MISSING"] });
    expect(faults(items(["fridge", "1.5"]))).toEqual({ faults: ["PIECES_NOT_WHOLE"] });
    expect(faults({ place: "here", ...items(["paper", "1"], ["paper", "2"]) })).toEqual({
      faults: ["PLACE_UNREADABLE", "DUPLICATE_ITEM"],
    });
  });
});

it("adds up posted prices by kilogram and by piece, those to be paid too", () => {
  const sum = (...items: BookingForm["items"]): number | undefined => postedFen({ ...form, place: "", items }, materials);
  expect(sum({ material: "paper", amount: "2.5" }, { material: "fridge", amount: "1" })).toBe(5_250);
  expect(sum({ material: "sofa", amount: "1" })).toBe(-1_250);
  expect(sum({ material: "sofa", amount: "one" })).toBeUndefined();
});

describe("slots with prices", () => {
  const rows = pricedSlots(offers(offer(10, 900), offer(12, 250), offer(14, 330), offer(16, null, ["SHIFT_END"])));

  it("mark the cheapest and what each saves against the dearest", () => {
    expect(rows.map((row) => [row.text, row.priceFen, row.savingFen, row.cheapest, row.green])).toEqual([
      ["10:00–12:00", 900, 0, false, false],
      ["12:00–14:00", 250, 650, true, true],
      ["14:00–16:00", 330, 570, false, true],
      ["16:00–18:00", undefined, 0, false, false],
    ]);
    expect([rows[3]?.bookable, rows[3]?.reasons]).toEqual([false, ["SHIFT_END"]]);
  });

  it("hint at a cheaper one where the one chosen is much dearer", () => {
    expect(cheaper(rows, rows[0])).toEqual({ row: rows[1], savingFen: 650 });
    for (const chosen of [rows[1], rows[2], undefined]) expect(cheaper(rows, chosen)).toBeUndefined();
  });

  it("mark none where all cost the same, or none can be booked", () => {
    const same = pricedSlots(offers(offer(10, 400), offer(12, 400)));
    expect(same.some((row) => row.cheapest || row.green || row.savingFen > 0)).toBe(false);
    const none = pricedSlots(offers(offer(10, null, ["SLOT_FULL"])));
    expect(none.map((row) => [row.bookable, row.priceFen, row.savingFen])).toEqual([[false, undefined, 0]]);
  });
});

it("offers free slots without prices, and tells passed from full", () => {
  const window = (hour: number): SlotList["slots"][number]["window"] => offer(hour, 1).window;
  const list: SlotList = {
    date: "2026-11-26",
    time_zone: "Asia/Shanghai",
    cell: "x",
    slots: [
      { window: window(10), capacity: 12, left: 0 },
      { window: window(12), capacity: 12, left: 0 },
      { window: window(14), capacity: 12, left: 3 },
    ],
  };
  const rows = freeSlots(list, Date.parse("2026-11-26T11:00:00+08:00"));
  expect(rows.map((row) => [row.bookable, row.left, row.reasons])).toEqual([
    [false, 0, ["SLOT_PASSED"]],
    [false, 0, ["SLOT_FULL"]],
    [true, 3, []],
  ]);
});

it("sends a door only where one was filled in", () => {
  const read = questionOf(form, materials);
  const [row] = pricedSlots(offers(offer(10, 1)));
  if (!("question" in read) || !row) throw new Error("no question");
  expect(bookingOf(read.question, row, " ")).toEqual({
    place: { lat: 31.6, lon: 119.28, datum: "gcj02" },
    items: [{ material: "paper", amount_g: 2_500 }],
    window: { start: "2026-11-26T10:00:00+08:00", end: "2026-11-26T12:00:00+08:00" },
  });
  expect(bookingOf(read.question, row, " 3-2-501 ").address).toBe("3-2-501");
});
