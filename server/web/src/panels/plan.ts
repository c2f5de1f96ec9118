/** The figures of the day's plan: what it costs, who is left out and why, and what is proved about it. */

import type { OutletClearing, Plan, PlanTravel } from "../api/types";
import { unservedByReason } from "../city";
import { h } from "../dom";
import type { Translator } from "../i18n";

/** `why` stands below the reasons of a plan that leaves bookings out; `names` are those of outlets, by id. */
export function planPanel(
  t: Translator,
  plan: Plan | undefined,
  names: ReadonlyMap<string, string>,
  why: (plan: Plan) => HTMLElement,
): HTMLElement {
  const panel = h("section", { class: "card", "aria-labelledby": "plan-title" }, h("h2", { id: "plan-title" }, t.text("plan")));
  if (!plan) {
    panel.append(h("p", {}, t.text("planNone")), h("p", { class: "muted small" }, t.text("planNoneHint")));
    return panel;
  }
  panel.append(
    h(
      "p",
      { class: "badges" },
      h("strong", { "data-figure": "kind" }, t.code("kind", plan.kind)),
      h("span", { class: `badge ${plan.state}` }, t.code("state", plan.state)),
      plan.run.state !== "SUCCEEDED" && h("span", { class: "badge" }, t.code("run", plan.run.state)),
    ),
  );
  if (plan.run.error) panel.append(h("p", { class: "error", role: "alert" }, plan.run.error));
  if (plan.stale) panel.append(h("p", { class: "warning" }, t.text("stale")));
  if (plan.state === "proposed" && plan.run.state === "SUCCEEDED") {
    panel.append(h("p", { class: "muted small" }, t.text("planUnpublished")));
  }
  if (plan.summary) panel.append(...figures(t, plan, plan.summary));
  else if (typeof plan.run.cost_fen === "number") panel.append(...running(t, plan.run, plan.run.cost_fen));
  if (plan.clearing) panel.append(...clearing(t, plan.clearing, names));
  if (plan.unassigned.length > 0) panel.append(why(plan));
  return panel;
}

/** How a run stands that goes on, or ended without a plan: its best cost, and what is proved so far. */
function running(t: Translator, run: Plan["run"], cost: number): HTMLElement[] {
  const list = h("dl", { class: "figures" });
  list.append(figure(t, "cost", t.money(cost)));
  return [list, ...proved(t, list, run)];
}

function figure(t: Translator, key: Parameters<Translator["text"]>[0], value: string): HTMLElement {
  return h("div", {}, h("dt", {}, t.text(key)), h("dd", { "data-figure": key }, value));
}

/** Puts bound and gap into the list; what has to be said about them stands below it. */
function proved(
  t: Translator,
  list: HTMLElement,
  of: Pick<Plan["run"], "lower_bound_fen" | "gap" | "lower_bound_cause">,
  leavesOut: readonly string[] = [],
): HTMLElement[] {
  const note = (text: string): HTMLElement[] => [h("p", { class: "muted small", "data-bound-note": "" }, text)];
  if (typeof of.lower_bound_fen !== "number") {
    const cause = t.code("bound", of.lower_bound_cause ?? "NOT_REACHED");
    return note(`${t.text("bound")}: ${t.text("boundNone", { cause })}`);
  }
  list.append(figure(t, "bound", t.money(of.lower_bound_fen)));
  if (typeof of.gap === "number") list.append(figure(t, "gap", t.percent(of.gap)));
  if (leavesOut.length === 0) return [];
  const parts = leavesOut.map((part) => t.code("part", part)).join(t.language === "en" ? ", " : "、");
  return note(t.text("boundCovers", { parts }));
}

function figures(t: Translator, plan: Plan, summary: NonNullable<Plan["summary"]>): HTMLElement[] {
  const list = h("dl", { class: "figures" });
  const add = (key: Parameters<Translator["text"]>[0], value: string): void => {
    list.append(figure(t, key, value));
  };
  add("cost", t.money(summary.cost_fen));
  if (plan.clearing) {
    add("clearingOutlets", t.number(plan.clearing.outlets.filter((outlet) => outlet.due !== "NOT_DUE").length));
    add("clearingLoads", `${t.number(summary.served)} / ${t.number(summary.bookings)}`);
  } else {
    add("bookings", t.number(summary.bookings));
    add("served", `${t.number(summary.served)} (${t.percent(summary.bookings ? summary.served / summary.bookings : 0)})`);
    add("unserved", t.number(summary.unassigned));
  }
  add("vehicles", t.number(summary.vehicles_used));
  add("distance", t.kilometres(summary.distance_m));
  add("duration", t.hours(summary.duration_s));
  add("mass", t.kilograms(summary.mass_g));
  add("unloads", t.number(summary.unloads));
  const parts: HTMLElement[] = [list, ...proved(t, list, summary, summary.lower_bound_leaves_out)];
  parts.push(...travelled(t, summary));
  const reasons = unservedByReason(plan);
  if (reasons.length > 0) {
    parts.push(
      h("h3", {}, t.text("reasons")),
      h(
        "ul",
        { class: "plain" },
        ...reasons.map(({ code, count }) => h("li", {}, `${t.number(count)} × ${t.code("reason", code)}`)),
      ),
    );
  }
  return parts;
}

/** Which outlets are emptied, fullest first, and whether all that must be are. */
function clearing(t: Translator, of: NonNullable<Plan["clearing"]>, names: ReadonlyMap<string, string>): HTMLElement[] {
  const due = of.outlets.filter((outlet) => outlet.due !== "NOT_DUE").sort((a, b) => b.fill_level - a.fill_level);
  const verdict = h(
    "p",
    { class: of.complete ? "small" : "warning", "data-complete": String(of.complete) },
    t.text(of.complete ? "clearingComplete" : "clearingIncomplete"),
  );
  // The server speaks English here, and of ids.
  const named = (note: string): string => note.replaceAll(/`([\w-]+)`/g, (whole, id: string) => names.get(id) ?? whole);
  const notes = of.notes.map((note) => h("p", { class: "muted small", lang: "en" }, named(note)));
  if (due.length === 0) return [h("p", {}, t.text("clearingNothing")), ...notes];
  const overflow = (outlet: OutletClearing): string => {
    const days = outlet.overflow_in_days;
    if (typeof days !== "number") return "";
    return days <= 0 ? t.text("overflowToday") : t.text("overflowDays", { days: t.number(days) });
  };
  const row = (outlet: OutletClearing): HTMLElement =>
    h(
      "tr",
      { "data-outlet": outlet.outlet_id },
      h("th", { scope: "row" }, names.get(outlet.outlet_id) ?? outlet.outlet_id.slice(-6)),
      h("td", {}, t.code("due", outlet.due)),
      h("td", { class: "number" }, t.percent(outlet.fill_level)),
      h("td", {}, overflow(outlet)),
      h("td", { class: "number" }, `${t.number(outlet.jobs_served)} / ${t.number(outlet.jobs)}`),
    );
  const columns = ["name", "due", "fillLevel", "overflow", "loads"] as const;
  return [
    verdict,
    h("p", { class: "muted small" }, t.code("clearing", of.order)),
    ...notes,
    h(
      "div",
      { class: "scroll", "data-key": "clearing", tabindex: 0, role: "region", "aria-label": t.text("clearingOutlets") },
      h(
        "table",
        { class: "clearing" },
        h("thead", {}, h("tr", {}, ...columns.map((key) => h("th", { scope: "col" }, t.text(key))))),
        h("tbody", {}, ...due.map(row)),
      ),
    ),
  ];
}

/** What distances and times stand on: an estimate is never shown as if it were the road. */
function travelled(t: Translator, summary: NonNullable<Plan["summary"]>): HTMLElement[] {
  const names = (entries: PlanTravel[]): string =>
    t.list(entries.map((entry) => t.code("profile", entry.profile)));
  const notes: HTMLElement[] = [];
  const estimated = summary.travel.filter((entry) => entry.source.kind === "estimate");
  if (estimated.length > 0) {
    notes.push(h("p", { class: "warning", "data-estimated": "" }, t.text("estimated", { profiles: names(estimated) })));
    for (const cause of new Set(estimated.map((entry) => entry.source.stands_in).filter(Boolean))) {
      notes.push(h("p", { class: "muted small" }, t.text("estimatedBecause", { cause: String(cause) })));
    }
  }
  for (const entry of summary.travel.filter((entry) => entry.places_too_far > 0)) {
    notes.push(
      h("p", { class: "warning" }, t.text("tooFar", { profiles: names([entry]), count: t.number(entry.places_too_far) })),
    );
  }
  const kinds = [...new Set(summary.travel.map((entry) => entry.source.kind))];
  if (kinds.some((kind) => kind !== "roads")) {
    const sources = t.list(kinds.map((kind) => t.code("travel", kind)));
    notes.push(h("p", { class: "muted small" }, t.text("travelSource", { sources })));
  }
  return notes;
}
