/** What is different between two plans of a day, stop by stop, and whether what was locked is as it was. Pure. */

import type { Route } from "./api/types";
import { timeOfDay } from "./clock";
import type { Lock } from "./locks";

/** Where and when a booking is served. */
export interface Served {
  vehicleId: string;
  vehicle: string;
  /** RFC 3339 with the operator's offset. */
  start: string;
  /** Its place among the stops of the route. */
  order: number;
}

export interface Change {
  booking: string;
  before: Served | undefined;
  after: Served | undefined;
}

export interface Changes {
  /** On another vehicle than before. */
  moved: Change[];
  /** On the same one, at another time. */
  retimed: Change[];
  /** Not served before. */
  added: Change[];
  /** Not served any more. */
  dropped: Change[];
  /** As before, to the minutes below. */
  same: number;
}

/** A start that differs by less is the same to whoever waits. */
const NOTICED_S = 300;

export function servedBy(routes: readonly Route[]): Map<string, Served> {
  const served = new Map<string, Served>();
  for (const route of routes) {
    const jobs = route.steps.filter((step) => step.type === "job");
    for (const [order, step] of jobs.entries()) {
      if (step.booking) {
        served.set(step.booking.id, { vehicleId: route.vehicle_id, vehicle: route.vehicle_name, start: step.start, order });
      }
    }
  }
  return served;
}

/** Each list by the time of day. */
export function changes(before: readonly Route[], after: readonly Route[]): Changes {
  const [was, is] = [servedBy(before), servedBy(after)];
  const found: Changes = { moved: [], retimed: [], added: [], dropped: [], same: 0 };
  for (const booking of new Set([...was.keys(), ...is.keys()])) {
    const change = { booking, before: was.get(booking), after: is.get(booking) };
    if (!change.before) found.added.push(change);
    else if (!change.after) found.dropped.push(change);
    else if (change.before.vehicleId !== change.after.vehicleId) found.moved.push(change);
    else if (Math.abs(Date.parse(change.after.start) - Date.parse(change.before.start)) / 1_000 >= NOTICED_S) found.retimed.push(change);
    else found.same++;
  }
  const start = ({ before, after }: Change): string => after?.start ?? before?.start ?? "";
  for (const list of [found.moved, found.retimed, found.added, found.dropped]) list.sort((a, b) => start(a).localeCompare(start(b)));
  return found;
}

/** Locks that these routes do not keep; there should be none. */
export function broken(locks: readonly Lock[], routes: readonly Route[]): Lock[] {
  const served = servedBy(routes);
  return locks.filter((lock) => {
    if (lock.kind === "vehicle") return served.get(lock.booking)?.vehicleId !== lock.vehicle;
    if (lock.kind === "time") {
      const start = served.get(lock.booking)?.start.slice(11, 16);
      const [from, to] = [timeOfDay(lock.from), timeOfDay(lock.to)];
      return start === undefined || from === undefined || to === undefined || start < from || start > to;
    }
    const places = lock.bookings.map((booking) => served.get(booking));
    return places.some((place, k) => {
      const before = places[k - 1];
      return k > 0 && (!place || !before || place.vehicleId !== before.vehicleId || place.order <= before.order);
    });
  });
}
