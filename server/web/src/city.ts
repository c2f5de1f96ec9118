/**
 * From the server's answers to what is drawn and listed. Pure: no page, no fetching, no language.
 */

import type { Plan, Route, Session } from "./api/types";
import type { Features, LayerName } from "./map/map-view";
import { classBreaks, routeColour } from "./map/palette";

export interface CellRow {
  cell: string;
  /** Number of the dispatch zone of that day, from 1. */
  zone: number;
  bookings: number;
  grams: number;
  at: { lng: number; lat: number };
}

export interface OutletRow {
  id: string;
  name: { zh: string; en: string };
  kind: string;
  at: { lng: number; lat: number };
}

export type PlanKind = Plan["kind"];

export interface RouteRow {
  id: string;
  /** Of the plan that it belongs to. */
  kind: PlanKind;
  vehicleId: string;
  vehicle: string;
  colour: string;
  stops: number;
  unloads: number;
  metres: number;
  seconds: number;
  grams: number;
}

export interface ReasonCount {
  code: string;
  count: number;
}

/** A layer of the map, or a part of the page beside it. */
export type Part = LayerName | "plans" | "book";

/** What a role may see, as the server grants it; asking for more would only be refused. */
export const SEEN: Readonly<Record<Session["role"], ReadonlySet<Part>>> = {
  resident: new Set(["book", "outlets", "roads"]),
  collector: new Set(["routes", "outlets", "roads"]),
  planner: new Set(["plans", "book", "routes", "outlets", "cells", "roads"]),
};

type Properties = Record<string, unknown>;

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const number = (value: unknown): number => (typeof value === "number" && Number.isFinite(value) ? value : 0);

/** West, south, east, north of all coordinates; nothing where there are none. */
export function bounds(features: Features): [number, number, number, number] | undefined {
  let box: [number, number, number, number] | undefined;
  const visit = (node: unknown): void => {
    if (!Array.isArray(node)) return;
    const [lon, lat] = node as unknown[];
    if (typeof lon === "number" && typeof lat === "number") {
      box = box
        ? [Math.min(box[0], lon), Math.min(box[1], lat), Math.max(box[2], lon), Math.max(box[3], lat)]
        : [lon, lat, lon, lat];
    } else {
      for (const child of node) visit(child);
    }
  };
  for (const { geometry } of features.features) if (geometry && "coordinates" in geometry) visit(geometry.coordinates);
  return box;
}

/** Cells with the value that colours them, their rows (most bookings first), and the class bounds. */
export function demandCells(features: Features): { drawn: Features; rows: CellRow[]; breaks: number[] } {
  const rows: CellRow[] = [];
  const drawn = features.features.map((feature) => {
    const properties: Properties = feature.properties ?? {};
    const box = bounds({ type: "FeatureCollection", features: [feature] }) ?? [0, 0, 0, 0];
    const row = {
      cell: text(properties["cell"]),
      bookings: number(properties["bookings"]),
      grams: number(properties["mass_g"]),
      zone: number(properties["zone"]),
      at: { lng: (box[0] + box[2]) / 2, lat: (box[1] + box[3]) / 2 },
    };
    rows.push(row);
    return { ...feature, properties: { ...properties, value: row.bookings } };
  });
  rows.sort((a, b) => b.bookings - a.bookings || a.cell.localeCompare(b.cell));
  return { drawn: { type: "FeatureCollection", features: drawn }, rows, breaks: classBreaks(rows.map((row) => row.bookings)) };
}

export function outlets(features: Features): { drawn: Features; rows: OutletRow[] } {
  const rows: OutletRow[] = [];
  const drawn = features.features.flatMap((feature) => {
    if (feature.geometry?.type !== "Point") return [];
    const properties: Properties = feature.properties ?? {};
    const [lng, lat] = feature.geometry.coordinates;
    const row = {
      id: text(properties["id"]),
      name: { zh: text(properties["name_zh"]), en: text(properties["name_en"]) },
      kind: text(properties["kind"]),
      at: { lng: number(lng), lat: number(lat) },
    };
    rows.push(row);
    return [{ ...feature, properties: { id: row.id, tier: row.kind } }];
  });
  return { drawn: { type: "FeatureCollection", features: drawn }, rows };
}

/** Number of outlets of each kind, in the order of the trade: from the doorstep to the plant. */
export function outletsByKind(rows: readonly OutletRow[]): { kind: string; count: number }[] {
  const order = ["smart_bin", "collection_point", "transfer_station", "sorting_center"];
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(row.kind, (counts.get(row.kind) ?? 0) + 1);
  const rank = (kind: string): number => (order.includes(kind) ? order.indexOf(kind) : order.length);
  return [...counts]
    .map(([kind, count]) => ({ kind, count }))
    .sort((a, b) => rank(a.kind) - rank(b.kind) || a.kind.localeCompare(b.kind));
}

/** Routes that empty outlets belong to the day's clearing plan, all others to its collection plan. */
export function kindOfRoute(route: Route): PlanKind {
  return route.steps.some((step) => step.type === "clear") ? "clearing" : "collection";
}

/** Those of the collection plan first, each kind by vehicle. */
export function routeRows(routes: readonly Route[]): RouteRow[] {
  const kinds: readonly PlanKind[] = ["collection", "clearing"];
  const rank = (route: Route): number => kinds.indexOf(kindOfRoute(route));
  const sorted = [...routes].sort(
    (a, b) => rank(a) - rank(b) || a.vehicle_name.localeCompare(b.vehicle_name, "en", { numeric: true }),
  );
  return sorted.map((route, k) => ({
    id: route.id,
    kind: kindOfRoute(route),
    vehicleId: route.vehicle_id,
    vehicle: route.vehicle_name,
    colour: routeColour(k),
    stops: route.steps.filter((step) => step.type === "job" || step.type === "clear").length,
    unloads: route.steps.filter((step) => step.type === "unload").length,
    metres: route.distance_m,
    seconds: route.duration_s,
    grams: collectedGrams(route),
  }));
}

export type RouteTotals = Pick<RouteRow, "stops" | "unloads" | "metres" | "seconds" | "grams">;

/** Sums of the rows of each kind that has any. */
export function totalsByKind(rows: readonly RouteRow[]): { kind: PlanKind; rows: RouteRow[]; totals: RouteTotals }[] {
  const kinds: readonly PlanKind[] = ["collection", "clearing"];
  return kinds.flatMap((kind) => {
    const own = rows.filter((row) => row.kind === kind);
    if (own.length === 0) return [];
    const totals = { stops: 0, unloads: 0, metres: 0, seconds: 0, grams: 0 };
    for (const row of own) {
      for (const key of Object.keys(totals) as (keyof RouteTotals)[]) totals[key] += row[key];
    }
    return [{ kind, rows: own, totals }];
  });
}

/** What is taken on board in all, at doors or at outlets: the sum of what each stop adds to the load. */
export function collectedGrams(route: Route): number {
  const onBoard = (step: Route["steps"][number]): number => step.load.reduce((sum, load) => sum + load.mass_g, 0);
  let before = 0;
  let collected = 0;
  for (const step of route.steps) {
    const after = onBoard(step);
    if (step.type === "job" || step.type === "clear") collected += after - before;
    before = after;
  }
  return collected;
}

/** The route lines in the colours of their rows, and as points each pickup at a door and each visit to an outlet. */
export function drawnRoutes(lines: Features, routes: readonly Route[], rows: readonly RouteRow[]): Features {
  const colours = new Map(rows.map((row) => [row.id, row.colour]));
  const drawn: Features["features"] = lines.features.flatMap((feature) => {
    const route = text((feature.properties as Properties | null)?.["route_id"]);
    const colour = colours.get(route);
    return colour ? [{ ...feature, properties: { route, colour } }] : [];
  });
  for (const route of routes) {
    route.steps.forEach((step, order) => {
      if (!["job", "clear", "unload"].includes(step.type) || !step.place) return;
      drawn.push({
        type: "Feature",
        geometry: { type: "Point", coordinates: [step.place.lon, step.place.lat] },
        properties: {
          route: route.id,
          colour: colours.get(route.id) ?? routeColour(0),
          step: step.type,
          outlet: step.outlet?.id ?? "",
          eta: step.eta,
          order,
        },
      });
    });
  }
  return { type: "FeatureCollection", features: drawn };
}

/**
 * How many bookings were left out for each reason, most frequent first. Only a proof says why; where the search merely
 * found no place, its reasons are hints and the verdict is what is known.
 */
export function unservedByReason(plan: Plan): ReasonCount[] {
  const counts = new Map<string, number>();
  for (const { verdict, reasons } of plan.unassigned) {
    const code = verdict === "PROVEN_INFEASIBLE" ? (reasons[0]?.code ?? verdict) : verdict;
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return [...counts]
    .map(([code, count]) => ({ code, count }))
    .sort((a, b) => b.count - a.count || a.code.localeCompare(b.code));
}

/**
 * The plan that was chosen, else the collection plan of the day that matters most: the published one, else the newest proposal,
 * one whose run failed last.
 */
export function planToShow(plans: readonly Plan[], chosen?: string): Plan | undefined {
  const found = plans.find((plan) => plan.id === chosen);
  if (found) return found;
  const pickups = plans.filter((plan) => plan.kind === "collection");
  const newest = pickups.sort((a, b) => b.created_at.localeCompare(a.created_at));
  const proposed = newest.filter((plan) => plan.state === "proposed");
  const hopeful = proposed.find(({ run }) => run.state !== "FAILED" && run.state !== "CANCELLED");
  return newest.find((plan) => plan.state === "published") ?? hopeful ?? proposed[0];
}

/** The day a page opens on: tomorrow is what is being planned, today where only today has a plan. */
export function firstDate(today: string, planned: ReadonlySet<string>): string {
  const tomorrow = dayAfter(today);
  return planned.has(today) && !planned.has(tomorrow) ? today : tomorrow;
}

/** The day after `date` (`YYYY-MM-DD`). */
export function dayAfter(date: string): string {
  const day = new Date(`${date}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() + 1);
  return day.toISOString().slice(0, 10);
}
