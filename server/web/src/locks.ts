/** What a planner locks of a plan before it is made again, and the promises that are sent for it. Pure: no page, no fetching. */

import type { PlanLock, Route, RouteStep } from "./api/types";
import { instantAt } from "./clock";

export type Lock =
  /** The booking stays with the vehicle. */
  | { kind: "vehicle"; booking: string; vehicle: string }
  /** The visit starts within these times of day, `HH:MM` as typed. */
  | { kind: "time"; booking: string; from: string; to: string }
  /** The bookings stay on one route, in this order; others may come in between. */
  | { kind: "order"; vehicle: string; bookings: readonly string[] };

/** Around the planned start, where nothing else is typed. */
const MINUTES_AROUND = 15;

/** Locks with the same key take each other's place. */
export function lockKey(lock: Lock): string {
  return lock.kind === "order" ? `order ${lock.vehicle}` : `${lock.kind} ${lock.booking}`;
}

/** Such a lock is there, at whatever times of day. */
export function isLocked(locks: readonly Lock[], lock: Lock): boolean {
  const key = lockKey(lock);
  return locks.some((one) => {
    if (lockKey(one) !== key) return false;
    if (one.kind === "vehicle" && lock.kind === "vehicle") return one.vehicle === lock.vehicle;
    return one.kind !== "order" || lock.kind !== "order" || one.bookings.join() === lock.bookings.join();
  });
}

/** Without the lock where it was there, else with it, in the place of another one for the same thing. */
export function toggled(locks: readonly Lock[], lock: Lock): Lock[] {
  const key = lockKey(lock);
  const others = locks.filter((one) => lockKey(one) !== key);
  return isLocked(locks, lock) ? others : [...others, lock];
}

/** All stops of a route with its vehicle, or none of them any more where all were. */
export function toggledRoute(locks: readonly Lock[], route: Route): Lock[] {
  const own = vehicleLocks(route);
  const keys = new Set(own.map(lockKey));
  const others = locks.filter((lock) => !keys.has(lockKey(lock)));
  return isRouteLocked(locks, route) ? others : [...others, ...own];
}

export function isRouteLocked(locks: readonly Lock[], route: Route): boolean {
  const own = vehicleLocks(route);
  return own.length > 0 && own.every((lock) => isLocked(locks, lock));
}

function vehicleLocks(route: Route): Lock[] {
  return bookingsOf(route).map((booking) => ({ kind: "vehicle", booking, vehicle: route.vehicle_id }));
}

export function orderLock(route: Route): Lock {
  return { kind: "order", vehicle: route.vehicle_id, bookings: bookingsOf(route) };
}

/** Around the planned start, and within what was promised to the resident. */
export function timeLock(booking: string, step: RouteStep): Lock {
  const minute = (text: string): number => Number(text.slice(11, 13)) * 60 + Number(text.slice(14, 16));
  const at = minute(step.start);
  const window = step.booking?.window;
  // A window that ends at midnight ends on the next day's clock.
  const [first, last] = window ? [minute(window.start), minute(window.end) || 1_440] : [0, 1_440];
  const from = Math.min(at, Math.max(at - MINUTES_AROUND, first));
  const to = Math.max(at, Math.min(at + MINUTES_AROUND, last, 1_439));
  const clock = (minutes: number): string => `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
  return { kind: "time", booking, from: clock(from), to: clock(to) };
}

const two = (n: number): string => String(n).padStart(2, "0");

export function bookingsOf(route: Route): string[] {
  return route.steps.flatMap((step) => (step.type === "job" && step.booking ? [step.booking.id] : []));
}

/** What is sent. Times that cannot be read are told, for without them the lock would be another one. */
export function promises(locks: readonly Lock[], date: string, zone: string): { locks: PlanLock[]; unreadable: string[] } {
  const unreadable: string[] = [];
  const instant = (text: string): string => {
    const at = instantAt(date, text, zone);
    if (at === undefined) unreadable.push(text);
    return at ?? "";
  };
  const sent = locks.flatMap((lock): PlanLock[] => {
    switch (lock.kind) {
      case "vehicle":
        return [{ type: "vehicle", booking_id: lock.booking, vehicle_ids: [lock.vehicle] }];
      case "time":
        return [{ type: "start", booking_id: lock.booking, start: instant(lock.from), end: instant(lock.to) }];
      case "order":
        return lock.bookings
          .slice(1)
          .map((next, k) => ({ type: "sequence", booking_id: lock.bookings[k] ?? next, next_id: next }));
    }
  });
  return { locks: sent, unreadable };
}
