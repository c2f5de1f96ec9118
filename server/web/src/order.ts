/** What a planner fills in to order a plan, and the request it becomes. Pure: no page, no fetching. */

import type { CreatePlan, Plan } from "./api/types";

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
  /** `HH:MM` of the service date. */
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

/** The request; what it says is for the server to judge. Clearing plans are always made anew, and nothing bounds them. */
export function orderOf(form: OrderForm, date: string, plans: readonly Plan[]): CreatePlan {
  const order: CreatePlan = { service_date: date, kind: form.kind };
  const take = (field: "seconds" | "iterations" | "seed" | "threads" | "max_changed", text: string): void => {
    if (text.trim() !== "") order[field] = Number(text);
  };
  take("seconds", form.seconds);
  take("iterations", form.iterations);
  take("seed", form.seed);
  take("threads", form.threads);
  if (form.kind === "clearing") return order;
  if (form.stopGap.trim() !== "") order.stop_gap = Number(form.stopGap) / 100;
  const before = warmStarts(plans).find((plan) => plan.id === form.warmStart);
  if (!before) return order;
  order.warm_start = before.id;
  take("max_changed", form.maxChanged);
  if (form.freezeBefore !== "") {
    // The operator's offset, as every instant of the server carries it.
    const offset = /(?:Z|[+-]\d\d:\d\d)$/.exec(before.created_at)?.[0] ?? "Z";
    order.freeze_before = `${date}T${form.freezeBefore}:00${offset}`;
  }
  return order;
}
