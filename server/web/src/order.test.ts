import { describe, expect, it } from "vitest";

import type { Plan } from "./api/types";
import { EMPTY_ORDER, orderOf, warmStarts } from "./order";

function plan(id: string, kind: Plan["kind"], state = "SUCCEEDED"): Plan {
  return { id, kind, created_at: "2026-11-24T08:00:00.123+08:00", run: { state } } as Plan;
}

describe("orderOf", () => {
  it("sends what was filled in and nothing else", () => {
    const day = "2026-11-25";
    expect(orderOf(EMPTY_ORDER, day, [])).toEqual({ service_date: day, kind: "collection", seconds: 30 });
    const near = { ...EMPTY_ORDER, stopGap: "2.5" };
    expect(orderOf(near, day, [])).toEqual({ service_date: day, kind: "collection", seconds: 30, stop_gap: 0.025 });
    expect(orderOf({ ...near, kind: "clearing" }, day, [])).toEqual({ service_date: day, kind: "clearing", seconds: 30 });
    const form = { ...EMPTY_ORDER, kind: "clearing" as const, seconds: "", iterations: "500", seed: "0", threads: "2" };
    expect(orderOf(form, day, [])).toEqual({ service_date: day, kind: "clearing", iterations: 500, seed: 0, threads: 2 });
  });

  it("starts from a plan with the operator's clock, and clearing plans never do", () => {
    const plans = [plan("a", "collection")];
    const form = { ...EMPTY_ORDER, seconds: "", warmStart: "a", freezeBefore: "10:30", maxChanged: "0" };
    expect(orderOf(form, "2026-11-25", plans)).toEqual({
      service_date: "2026-11-25",
      kind: "collection",
      warm_start: "a",
      freeze_before: "2026-11-25T10:30:00+08:00",
      max_changed: 0,
    });
    const gone = { service_date: "2026-11-26", kind: "collection" };
    expect(orderOf(form, "2026-11-26", []), "a plan of another day").toEqual(gone);
    expect(orderOf({ ...form, kind: "clearing" }, "2026-11-25", plans)).toEqual({
      service_date: "2026-11-25",
      kind: "clearing",
    });
  });
});

it("starts from collection plans with routes alone", () => {
  const plans = [plan("a", "collection"), plan("b", "clearing"), plan("c", "collection", "FAILED")];
  expect(warmStarts(plans).map((one) => one.id)).toEqual(["a"]);
});
