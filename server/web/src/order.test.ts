import { describe, expect, it } from "vitest";

import type { CreatePlan, Plan } from "./api/types";
import type { Lock } from "./locks";
import { EMPTY_ORDER, orderOf, warmStarts, type OrderForm } from "./order";

function plan(id: string, kind: Plan["kind"], state = "SUCCEEDED"): Plan {
  return { id, kind, created_at: "2026-11-24T08:00:00.123+08:00", run: { state } } as Plan;
}

/** The request for a day in Macau, all of it readable. */
function request(form: OrderForm, date: string, plans: Plan[] = []): CreatePlan {
  const { order, unreadable } = orderOf(form, { date, zone: "Asia/Macau", plans, locks: [] });
  expect(unreadable).toEqual([]);
  return order;
}

describe("orderOf", () => {
  it("sends what was filled in and nothing else", () => {
    const day = "2026-11-25";
    expect(request(EMPTY_ORDER, day)).toEqual({ service_date: day, kind: "collection", seconds: 30 });
    const near = { ...EMPTY_ORDER, stopGap: "2.5" };
    expect(request(near, day)).toEqual({ service_date: day, kind: "collection", seconds: 30, stop_gap: 0.025 });
    expect(request({ ...near, kind: "clearing" }, day)).toEqual({ service_date: day, kind: "clearing", seconds: 30 });
    const form = { ...EMPTY_ORDER, kind: "clearing" as const, seconds: "", iterations: "500", seed: " 0 ", threads: "2" };
    expect(request(form, day)).toEqual({ service_date: day, kind: "clearing", iterations: 500, seed: 0, threads: 2 });
  });

  it("starts from a plan with the operator's clock, and clearing plans never do", () => {
    const plans = [plan("a", "collection")];
    const form = { ...EMPTY_ORDER, seconds: "", warmStart: "a", freezeBefore: "10:30", maxChanged: "0" };
    expect(request(form, "2026-11-25", plans)).toEqual({
      service_date: "2026-11-25",
      kind: "collection",
      warm_start: "a",
      freeze_before: "2026-11-25T10:30:00+08:00",
      max_changed: 0,
    });
    const gone = { service_date: "2026-11-26", kind: "collection" };
    expect(request(form, "2026-11-26"), "a plan of another day").toEqual(gone);
    expect(request({ ...form, kind: "clearing" }, "2026-11-25", plans)).toEqual({
      service_date: "2026-11-25",
      kind: "clearing",
    });
  });

  it("sends what is locked with collection plans alone", () => {
    const lock: Lock = { kind: "vehicle", booking: "b", vehicle: "v" };
    const day = { date: "2026-11-25", zone: "Asia/Macau", plans: [], locks: [lock] };
    const { order } = orderOf(EMPTY_ORDER, day);
    expect(order.locks).toEqual([{ type: "vehicle", booking_id: "b", vehicle_ids: ["v"] }]);
    expect(orderOf({ ...EMPTY_ORDER, kind: "clearing" }, day).order.locks).toBeUndefined();
    const late: Lock = { kind: "time", booking: "b", from: "25:00", to: "9:30" };
    expect(orderOf(EMPTY_ORDER, { ...day, locks: [late] }).unreadable).toEqual([{ field: "locks", wants: "time" }]);
  });

  it("takes the clock of the date planned, not of the day the plan was made on", () => {
    const form = { ...EMPTY_ORDER, warmStart: "a", freezeBefore: "10:30" };
    const made = { ...plan("a", "collection"), created_at: "2026-03-28T20:00:00+01:00" };
    const { order } = orderOf(form, { date: "2026-03-29", zone: "Europe/Lisbon", plans: [made], locks: [] });
    expect(order.freeze_before).toBe("2026-03-29T10:30:00+01:00");
    const winter = orderOf(form, { date: "2026-03-28", zone: "Europe/Lisbon", plans: [made], locks: [] });
    expect(winter.order.freeze_before).toBe("2026-03-28T10:30:00+00:00");
  });

  it("names what it cannot read instead of leaving it out", () => {
    const day = { date: "2026-11-25", zone: "Asia/Macau", plans: [plan("a", "collection")], locks: [] };
    const form = { ...EMPTY_ORDER, seconds: "1O", seed: "9007199254740993", threads: "Infinity", stopGap: "2,5" };
    const { unreadable } = orderOf({ ...form, warmStart: "a", freezeBefore: "10:3", maxChanged: "--" }, day);
    expect(unreadable.map(({ field, wants }) => `${field}: ${wants}`)).toEqual([
      "seconds: number",
      "seed: number",
      "threads: number",
      "stopGap: number",
      "freezeBefore: time",
      "maxChanged: number",
    ]);
    const unasked = orderOf({ ...EMPTY_ORDER, freezeBefore: "?", maxChanged: "?" }, day);
    expect(unasked.unreadable, "fields that are not shown").toEqual([]);
  });
});

it("starts from collection plans with routes alone", () => {
  const plans = [plan("a", "collection"), plan("b", "clearing"), plan("c", "collection", "FAILED")];
  expect(warmStarts(plans).map((one) => one.id)).toEqual(["a"]);
});
