/** What a planner fills in to order a plan, and the request it becomes. Pure: no page, no fetching. */

import type { CreatePlan, Plan } from "./api/types";
import { instantAt } from "./clock";
import { promises, type Lock } from "./locks";

/** As typed; an empty text leaves the field to the server. */
export interface OrderForm {
  kind: Plan["kind"];
  seconds: string;
  iterations: string;
  seed: string;
  threads: string;
  /** Percent of the cost. */
  stopGap: string;
  /** Id of the plan to start from. */
  warmStart: string;
  /** `HH:MM` of the service date on the operator's clock. */
  freezeBefore: string;
  maxChanged: string;
}

export const EMPTY_ORDER: OrderForm = {
  kind: "collection",
  seconds: "30",
  iterations: "",
  seed: "",
  threads: "",
  stopGap: "",
  warmStart: "",
  freezeBefore: "",
  maxChanged: "",
};

/** Plans that another one of the same day can start from. */
export function warmStarts(plans: readonly Plan[]): Plan[] {
  return plans.filter((plan) => plan.kind === "collection" && plan.run.state === "SUCCEEDED");
}

/** A field in which something else than a number, or than a time of day, was typed. */
export interface Unreadable {
  field: Exclude<keyof OrderForm, "kind" | "warmStart"> | "locks";
  wants: "number" | "time";
}

/** The day's context of an order. */
export interface OrderDay {
  /** `YYYY-MM-DD` */
  date: string;
  /** IANA name of the operator's time zone. */
  zone: string;
  plans: readonly Plan[];
  locks: readonly Lock[];
}

/**
 * The request; what it says is for the server to judge, what cannot be read is told here, for it would be left out. Clearing plans
 * are always made anew, and nothing bounds them.
 */
export function orderOf(form: OrderForm, { date, zone, plans, locks }: OrderDay): { order: CreatePlan; unreadable: Unreadable[] } {
  const order: CreatePlan = { service_date: date, kind: form.kind };
  const unreadable: Unreadable[] = [];
  const number = (field: Exclude<Unreadable["field"], "locks">): number | undefined => {
    const text = form[field].trim();
    if (text === "") return undefined;
    const value = Number(text);
    // Beyond the safe integers another number would be sent than was typed.
    if (Math.abs(value) <= Number.MAX_SAFE_INTEGER) return value;
    unreadable.push({ field, wants: "number" });
    return undefined;
  };
  const take = (key: "seconds" | "iterations" | "seed" | "threads" | "max_changed", value: number | undefined): void => {
    if (value !== undefined) order[key] = value;
  };
  take("seconds", number("seconds"));
  take("iterations", number("iterations"));
  take("seed", number("seed"));
  take("threads", number("threads"));
  if (form.kind === "clearing") return { order, unreadable };
  const percent = number("stopGap");
  if (percent !== undefined) order.stop_gap = percent / 100;
  if (locks.length > 0) {
    const promised = promises(locks, date, zone);
    order.locks = promised.locks;
    if (promised.unreadable.length > 0) unreadable.push({ field: "locks", wants: "time" });
  }
  const before = warmStarts(plans).find((plan) => plan.id === form.warmStart);
  if (!before) return { order, unreadable };
  order.warm_start = before.id;
  if (form.freezeBefore.trim() !== "") {
    const instant = instantAt(date, form.freezeBefore, zone);
    if (instant === undefined) unreadable.push({ field: "freezeBefore", wants: "time" });
    else order.freeze_before = instant;
  }
  take("max_changed", number("maxChanged"));
  return { order, unreadable };
}
