/** The stops of a plan, route by route, with the buttons that lock them, and the list of what is locked. */

import type { Route, RouteStep } from "../api/types";
import { h } from "../dom";
import type { Translator } from "../i18n";
import {
  bookingsOf,
  isLocked,
  isRouteLocked,
  lockKey,
  orderLock,
  timeLock,
  toggled,
  toggledRoute,
  type Lock,
} from "../locks";

export interface StopsProps {
  t: Translator;
  /** Absent until somebody wants to see them. */
  routes: readonly Route[] | undefined;
  asking: boolean;
  /** Id of the one whose stops are shown; the first where it has no route. */
  vehicle: string | undefined;
  locks: readonly Lock[];
  /** Of locked bookings and vehicles, by id. */
  names: ReadonlyMap<string, string>;
  onShow: () => void;
  onVehicle: (vehicle: string) => void;
  /** `routes`: of which something was locked. */
  onLocks: (locks: readonly Lock[], routes?: readonly Route[]) => void;
  /** A time of a lock is typed. */
  onTime: (lock: Lock, changed: { from?: string; to?: string }) => void;
  onReplan: () => void;
}

export function stopsPanel(props: StopsProps): HTMLElement {
  const { t, routes, asking, onShow } = props;
  return h(
    "div",
    { class: "stops", "data-stops": routes ? "shown" : "" },
    h("h3", {}, t.text("planStops")),
    asking && h("p", { class: "muted small", role: "status" }, t.text("loadingStops")),
    !routes && !asking && h("button", { type: "button", "data-key": "show stops", onclick: onShow }, t.text("showStops")),
    ...(routes ? shown(props, routes) : []),
    ...locked(props),
  );
}

function shown(props: StopsProps, routes: readonly Route[]): HTMLElement[] {
  const { t, locks, onVehicle, onLocks } = props;
  const route = routes.find((one) => one.vehicle_id === props.vehicle) ?? routes[0];
  if (!route) return [h("p", {}, t.text("stopsNone"))];
  const press = (key: string, pressed: boolean, text: string, then: () => void, label?: string): HTMLElement =>
    h("button", { type: "button", "data-key": key, "aria-pressed": String(pressed), "aria-label": label, onclick: then }, text);
  const toggle = (lock: Lock) => (): void => onLocks(toggled(locks, lock), [route]);
  const order = orderLock(route);
  const row = (step: RouteStep, number: number): HTMLElement => {
    const booking = step.booking?.id ?? "";
    const [time, vehicle] = [step.start.slice(11, 16), route.vehicle_name];
    const possible: Lock[] = [{ kind: "vehicle", booking, vehicle: route.vehicle_id }, timeLock(booking, step)];
    const window = step.booking?.window;
    return h(
      "tr",
      { "data-stop": booking },
      h("th", { scope: "row" }, t.number(number)),
      h("td", {}, time),
      h("td", {}, window ? `${window.start.slice(11, 16)}–${window.end.slice(11, 16)}` : ""),
      h(
        "td",
        { class: "locks" },
        ...possible.map((lock) => {
          const [text, label] =
            lock.kind === "vehicle"
              ? [t.text("lockVehicle"), t.text("lockVehicleOf", { time, vehicle })]
              : [t.text("lockTime"), t.text("lockTimeOf", { time })];
          return press(`lock ${lockKey(lock)}`, isLocked(locks, lock), text, toggle(lock), label);
        }),
      ),
    );
  };
  const columns = [t.text("stop"), t.text("at"), t.text("window"), t.text("order.locks")];
  return [
    h(
      "label",
      { class: "field" },
      h("span", {}, t.text("route")),
      h(
        "select",
        { name: "route shown", onchange: (event) => onVehicle((event.target as HTMLSelectElement).value) },
        ...routes.map((one) => h("option", { value: one.vehicle_id, selected: one === route }, one.vehicle_name)),
      ),
    ),
    h(
      "p",
      { class: "actions" },
      press("lock route", isRouteLocked(locks, route), t.text("lockRoute"), () => onLocks(toggledRoute(locks, route), [route])),
      bookingsOf(route).length > 1 && press("lock order", isLocked(locks, order), t.text("lockOrder"), toggle(order)),
    ),
    h(
      "div",
      { class: "scroll", "data-key": `stops of ${route.id}`, tabindex: 0, role: "region", "aria-label": route.vehicle_name },
      h(
        "table",
        {},
        h("thead", {}, h("tr", {}, ...columns.map((column) => h("th", { scope: "col" }, column)))),
        h("tbody", {}, ...route.steps.filter((step) => step.type === "job" && step.booking).map((step, k) => row(step, k + 1))),
      ),
    ),
  ];
}

/** What is locked, in words; shown as soon as there is something, whichever plan is looked at. */
function locked(props: StopsProps): HTMLElement[] {
  const { t, routes, locks, onLocks, onReplan } = props;
  if (locks.length === 0) return routes ? [h("p", { class: "muted small" }, t.text("locksNone"))] : [];
  return [
    h("h3", {}, t.text("locks", { count: t.number(locks.length) })),
    h(
      "div",
      { class: "scroll", "data-key": "locks", tabindex: 0, role: "region", "aria-label": t.text("locks", { count: locks.length }) },
      h("ul", { class: "plain" }, ...locks.map((lock) => entry(props, lock))),
    ),
    h(
      "p",
      { class: "actions" },
      h("button", { type: "button", class: "primary", "data-key": "replan", onclick: onReplan }, t.text("replan")),
      h("button", { type: "button", "data-key": "unlock all", onclick: () => onLocks([]) }, t.text("unlockAll")),
    ),
  ];
}

function entry({ t, locks, names, onLocks, onTime }: StopsProps, lock: Lock): HTMLElement {
  const key = lockKey(lock);
  const name = (id: string): string => names.get(id) ?? id.slice(-6);
  const said =
    lock.kind === "vehicle"
      ? t.text("lock.vehicle", { stop: name(lock.booking), vehicle: name(lock.vehicle) })
      : lock.kind === "time"
        ? t.text("lock.time", { stop: name(lock.booking) })
        : t.text("lock.order", { vehicle: name(lock.vehicle), count: t.number(lock.bookings.length) });
  const time = (field: "from" | "to", label: string): HTMLElement =>
    h("input", {
      type: "text",
      class: "clock",
      name: `${field} ${key}`,
      value: lock.kind === "time" ? lock[field] : "",
      placeholder: "HH:MM",
      autocomplete: "off",
      "aria-label": `${said} ${label}`,
      oninput: (event) => onTime(lock, { [field]: (event.target as HTMLInputElement).value }),
    });
  return h(
    "li",
    { "data-lock": key },
    h("span", {}, said),
    lock.kind === "time" && time("from", t.text("lockFrom")),
    lock.kind === "time" && "–",
    lock.kind === "time" && time("to", t.text("lockTo")),
    h(
      "button",
      { type: "button", "data-key": `unlock ${key}`, "aria-label": `${t.text("unlock")} ${said}`, onclick: () => onLocks(toggled(locks, lock)) },
      "×",
    ),
  );
}
