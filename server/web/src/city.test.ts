import { describe, expect, it } from "vitest";

import type { Plan, Route, RouteStep } from "./api/types";
import {
  bounds,
  collectedGrams,
  dayAfter,
  demandCells,
  kindOfRoute,
  drawnRoutes,
  firstDate,
  outlets,
  outletsByKind,
  planToShow,
  routeRows,
  totalsByKind,
  unservedByReason,
} from "./city";
import type { Features } from "./map/map-view";

function features(...list: Features["features"]): Features {
  return { type: "FeatureCollection", features: list };
}

function point(lng: number, lat: number, properties: Record<string, unknown> = {}): Features["features"][number] {
  return { type: "Feature", geometry: { type: "Point", coordinates: [lng, lat] }, properties };
}

function step(type: RouteStep["type"], grams: number): RouteStep {
  const at = "2026-11-25T09:00:00+08:00";
  const load = grams === 0 ? [] : [{ stream: "paper", mass_g: grams, volume_l: 1 }];
  const place = { lat: 22.2, lon: 113.5, datum: "wgs84" as const };
  return { id: `${type}-${grams}`, type, place, eta: at, start: at, departure: at, distance_m: 0, load };
}

function route(id: string, vehicle: string, steps: RouteStep[]): Route {
  return {
    id,
    plan_id: "p",
    date: "2026-11-25",
    vehicle_id: vehicle,
    vehicle_name: vehicle,
    cost_fen: 100,
    duration_s: 3600,
    distance_m: 1000,
    steps,
  };
}

function plan(changes: Partial<Plan>): Plan {
  const run = { state: "SUCCEEDED" } as Plan["run"];
  return { kind: "collection", created_at: "2026-11-24T08:00:00Z", state: "proposed", run, unassigned: [], ...changes } as Plan;
}

describe("bounds", () => {
  it("holds every coordinate of every kind of geometry", () => {
    const line: Features["features"][number] = {
      type: "Feature",
      geometry: { type: "LineString", coordinates: [[113.5, 22.1], [113.6, 22.3]] },
      properties: {},
    };
    expect(bounds(features(point(113.4, 22.2), line))).toEqual([113.4, 22.1, 113.6, 22.3]);
  });

  it("is nothing where there is nothing", () => {
    expect(bounds(features())).toBeUndefined();
  });
});

it("lists cells with most bookings first and survives missing properties", () => {
  const { rows, drawn } = demandCells(features(point(1, 1, { cell: "a", bookings: 2 }), point(3, 3, { cell: "b", bookings: 7, mass_g: 900, zone: 3 }), point(5, 5)));
  expect(rows.map((row) => [row.cell, row.zone, row.bookings, row.grams])).toEqual([["b", 3, 7, 900], ["a", 0, 2, 0], ["", 0, 0, 0]]);
  expect(drawn.features.map((feature) => feature.properties?.["value"])).toEqual([2, 7, 0]);
});

it("counts outlets from the doorstep to the plant, kinds it does not know last", () => {
  const kinds = ["sorting_center", "collection_point", "barge", "collection_point", "smart_bin"];
  const { rows } = outlets(features(...kinds.map((kind, k) => point(k, k, { id: String(k), kind }))));
  expect(outletsByKind(rows)).toEqual([
    { kind: "smart_bin", count: 1 },
    { kind: "collection_point", count: 2 },
    { kind: "sorting_center", count: 1 },
    { kind: "barge", count: 1 },
  ]);
});

describe("routes", () => {
  // start, +3 kg, +2 kg, unload all, +4 kg, unload, end: 9 kg collected
  const day = route("r1", "van 10", [
    step("start", 0),
    step("job", 3000),
    step("job", 5000),
    step("unload", 0),
    step("job", 4000),
    step("unload", 0),
    step("end", 0),
  ]);

  it("weighs what pickups add, however often the vehicle unloads", () => {
    expect(collectedGrams(day)).toBe(9000);
  });

  it("are listed by vehicle as people count", () => {
    const rows = routeRows([day, route("r2", "van 9", [step("start", 0), step("end", 0)])]);
    expect(rows.map((row) => [row.vehicle, row.stops, row.unloads])).toEqual([["van 9", 0, 0], ["van 10", 3, 2]]);
  });

  it("of the other plan are told by what they empty, and their visits are stops", () => {
    const clears = route("r3", "truck", [step("start", 0), step("clear", 8000), step("unload", 0), step("end", 0)]);
    expect([day, clears].map(kindOfRoute)).toEqual(["collection", "clearing"]);
    expect(routeRows([clears]).map((row) => [row.stops, row.unloads, row.grams])).toEqual([[1, 1, 8000]]);
  });

  it("are summed up for each kind, so that nothing is counted twice", () => {
    const clears = route("r3", "a truck", [step("start", 0), step("clear", 8000), step("unload", 0), step("end", 0)]);
    const rows = routeRows([clears, day]);
    expect(rows.map((row) => [row.kind, row.vehicle])).toEqual([["collection", "van 10"], ["clearing", "a truck"]]);
    const sums = totalsByKind([...rows, ...rows]);
    expect(sums.map(({ kind, rows: own, totals }) => [kind, own.length, totals.stops, totals.metres, totals.grams])).toEqual([
      ["collection", 2, 6, 2000, 2 * (rows[0]?.grams ?? 0)],
      ["clearing", 2, 2, 2000, 16_000],
    ]);
    expect(totalsByKind([])).toEqual([]);
  });

  it("of a clearing plan are drawn with a point for each outlet that is emptied or unloaded at", () => {
    const outlet = { id: "o1", name: "station" };
    const clears = route("r3", "truck", [step("start", 0), { ...step("clear", 8000), outlet }, step("unload", 0), step("end", 0)]);
    const drawn = drawnRoutes(features(), [clears], routeRows([clears]));
    const points = drawn.features.map((feature) => [feature.properties?.["step"], feature.properties?.["outlet"]]);
    expect(points).toEqual([["clear", "o1"], ["unload", ""]]);
  });

  it("are drawn in the colours of their rows, with a point for each pickup", () => {
    const rows = routeRows([day]);
    const line: Features["features"][number] = {
      type: "Feature",
      geometry: { type: "LineString", coordinates: [[0, 0], [1, 1]] },
      properties: { route_id: "r1" },
    };
    const stranger = { ...line, properties: { route_id: "of another plan" } };
    const drawn = drawnRoutes(features(line, stranger), [day], rows);
    const points = Array<string>(5).fill("Point");
    expect(drawn.features.map((feature) => feature.geometry.type)).toEqual(["LineString", ...points]);
    const steps = drawn.features.slice(1).map((feature) => String(feature.properties?.["step"]));
    expect(steps.filter((kind) => kind === "job").length).toBe(3);
    expect(new Set(drawn.features.map((feature) => feature.properties?.["colour"]))).toEqual(new Set([rows[0]?.colour]));
  });
});

it("counts the unserved by their first reason where it is proven, by the verdict where nothing is", () => {
  const left = (verdict: string, ...codes: string[]): Plan["unassigned"][number] => ({
    booking_id: "b",
    verdict,
    reasons: codes.map((code) => ({ code })),
  });
  const unassigned = [
    left("PROVEN_INFEASIBLE", "SKILL", "CAPACITY"),
    left("PROVEN_INFEASIBLE", "TIME_WINDOW"),
    left("PROVEN_INFEASIBLE", "TIME_WINDOW"),
    left("SEARCH_LIMIT", "SKILL"),
  ];
  expect(unservedByReason(plan({ unassigned }))).toEqual([
    { code: "TIME_WINDOW", count: 2 },
    { code: "SEARCH_LIMIT", count: 1 },
    { code: "SKILL", count: 1 },
  ]);
});

describe("planToShow", () => {
  const proposed = plan({ id: "new", created_at: "2026-11-24T09:00:00Z" });
  const published = plan({ id: "out", state: "published" });

  it("prefers the published plan", () => {
    expect(planToShow([proposed, published])?.id).toBe("out");
  });

  it("is no clearing plan, published or not", () => {
    const clearing = plan({ id: "bins", kind: "clearing", state: "published" });
    expect(planToShow([clearing, proposed])?.id).toBe("new");
  });

  it("else shows the newest proposal, never a discarded one", () => {
    const older = plan({ id: "old", created_at: "2026-11-24T07:00:00Z" });
    const discarded = plan({ id: "no", state: "discarded", created_at: "2026-11-24T10:00:00Z" });
    expect(planToShow([older, proposed, discarded])?.id).toBe("new");
    expect(planToShow([discarded])).toBeUndefined();
  });

  it("shows a proposal whose run failed only where there is no other", () => {
    const failed = plan({ id: "failed", created_at: "2026-11-24T11:00:00Z", run: { ...proposed.run, state: "FAILED" } });
    expect(planToShow([failed, proposed])?.id).toBe("new");
    expect(planToShow([failed])?.id).toBe("failed");
  });
});

it("knows the day after, over the end of a year too", () => {
  expect(dayAfter("2026-11-24")).toBe("2026-11-25");
  expect(dayAfter("2026-12-31")).toBe("2027-01-01");
});

it("opens on tomorrow unless only today has a plan", () => {
  const opened = (...planned: string[]): string => firstDate("2026-11-24", new Set(planned));
  expect(opened("2026-11-24", "2026-11-25")).toBe("2026-11-25");
  expect(opened("2026-11-25")).toBe("2026-11-25");
  expect(opened("2026-11-24")).toBe("2026-11-24");
  expect(opened()).toBe("2026-11-25");
});
