import { describe, expect, it } from "vitest";

import type { Route, RouteStep } from "./api/types";
import { broken, changes } from "./changes";
import { isLocked, isRouteLocked, orderLock, promises, timeLock, toggled, toggledRoute, type Lock } from "./locks";

const DAY = "2026-11-25";
const at = (time: string): string => `${DAY}T${time}:00+08:00`;

function stop(booking: string, time: string, window: [string, string] = ["08:00", "18:00"]): RouteStep {
  const [start, end] = window.map(at);
  return { type: "job", start: at(time), booking: { id: booking, window: { start, end } } } as RouteStep;
}

function route(vehicle: string, ...stops: RouteStep[]): Route {
  const other = (type: string): RouteStep => ({ type, start: at("07:00") }) as RouteStep;
  const steps = [other("start"), ...stops, other("unload"), other("end")];
  return { id: `route of ${vehicle}`, vehicle_id: vehicle, vehicle_name: `Van ${vehicle}`, steps } as Route;
}

const first = route("1", stop("a", "09:00"), stop("b", "10:00"), stop("c", "11:00"));
const second = route("2", stop("d", "09:30"));
const onVehicle = (booking: string, vehicle: string): Lock => ({ kind: "vehicle", booking, vehicle });

describe("locks", () => {
  it("come and go by the same click, and one takes the place of another vehicle's", () => {
    const locked = toggled([], onVehicle("a", "1"));
    expect(locked).toEqual([onVehicle("a", "1")]);
    expect(isLocked(locked, onVehicle("a", "2")), "on another plan the stop may be another's").toBe(false);
    expect(toggled(locked, onVehicle("a", "2"))).toEqual([onVehicle("a", "2")]);
    expect(toggled(locked, onVehicle("a", "1"))).toEqual([]);
  });

  it("of a whole route are all or none", () => {
    const some = toggled([], onVehicle("a", "1"));
    const all = toggledRoute(some, first);
    expect([all.length, isRouteLocked(some, first), isRouteLocked(all, first)]).toEqual([3, false, true]);
    expect(toggledRoute(all, first)).toEqual([]);
    expect(isRouteLocked([], route("3")), "without stops there is nothing to lock").toBe(false);
  });

  it("of a time stay within what was promised and around what is planned", () => {
    const time = (...[planned, window]: Parameters<typeof timeOf>): string => timeOf(planned, window);
    const timeOf = (planned: string, window: [string, string]): string => {
      const lock = timeLock("a", stop("a", planned, window));
      return lock.kind === "time" ? `${lock.from}-${lock.to}` : "";
    };
    expect(time("09:00", ["08:00", "10:00"])).toBe("08:45-09:15");
    expect(time("08:05", ["08:00", "08:10"])).toBe("08:00-08:10");
    expect(time("10:20", ["08:00", "10:00"]), "a late visit stays possible").toBe("10:05-10:20");
    expect(time("23:50", ["22:00", "00:00"])).toBe("23:35-23:59");
  });
});

describe("promises", () => {
  it("are what the server asks for", () => {
    const locks: Lock[] = [onVehicle("a", "1"), { kind: "time", booking: "b", from: "9:45", to: "10:15" }, orderLock(first)];
    expect(promises(locks, DAY, "Asia/Shanghai")).toEqual({
      locks: [
        { type: "vehicle", booking_id: "a", vehicle_ids: ["1"] },
        { type: "start", booking_id: "b", start: at("09:45"), end: at("10:15") },
        { type: "sequence", booking_id: "a", next_id: "b" },
        { type: "sequence", booking_id: "b", next_id: "c" },
      ],
      unreadable: [],
    });
  });

  it("tell of a time that is none", () => {
    const lock: Lock = { kind: "time", booking: "b", from: "soon", to: "" };
    expect(promises([lock], DAY, "Asia/Shanghai").unreadable).toEqual(["soon", ""]);
  });
});

describe("changes", () => {
  const after = [
    route("1", stop("a", "09:02"), stop("c", "10:30")),
    route("2", stop("b", "09:00"), stop("e", "09:30")),
  ];
  const found = changes([first, second], after);

  it("tell other vehicles, other times, and who is served no more or anew", () => {
    const ids = (list: { booking: string }[]): string => list.map(({ booking }) => booking).join();
    expect([ids(found.moved), ids(found.retimed), ids(found.added), ids(found.dropped), found.same]).toEqual(["b", "c", "e", "d", 1]);
    expect([found.moved[0]?.before?.vehicle, found.moved[0]?.after?.vehicle]).toEqual(["Van 1", "Van 2"]);
    expect(changes([first], [first])).toEqual({ moved: [], retimed: [], added: [], dropped: [], same: 3 });
  });

  it("find each kind of lock that does not hold", () => {
    const time = (from: string, to: string): Lock => ({ kind: "time", booking: "c", from, to });
    const kept: Lock[] = [onVehicle("a", "1"), time("9:00", "10:30"), time("9：00", "１０：３０"), { kind: "order", vehicle: "1", bookings: ["a", "c"] }];
    expect(broken(kept, after)).toEqual([]);
    const not: Lock[] = [
      onVehicle("b", "1"),
      onVehicle("d", "2"),
      time("09:00", "10:29"),
      time("10:31", "11:00"),
      time("10：31", "11：00"),
      time("soon", "11:00"),
      { kind: "order", vehicle: "1", bookings: ["a", "b", "c"] },
      { kind: "order", vehicle: "2", bookings: ["e", "b"] },
    ];
    expect(broken(not, after)).toEqual(not);
  });
});
