/** What is different from another plan of the day. */

import type { Plan } from "../api/types";
import type { Change, Changes, Served } from "../changes";
import { h } from "../dom";
import type { Translator } from "../i18n";

export interface ChangesProps {
  t: Translator;
  /** Plans to compare with. */
  others: readonly Plan[];
  /** The one that is compared with. */
  against: Plan | undefined;
  /** Absent while it is worked out. */
  changes: Changes | undefined;
  /** Of those that were sent with the plan's order; absent while its routes are not known. */
  locks: { count: number; broken: number } | undefined;
  onAgainst: (id: string) => void;
}

const KINDS = ["moved", "retimed", "added", "dropped"] as const;
const ROWS_MAX = 50;

export function changesPanel({ t, others, against, changes, locks, onAgainst }: ChangesProps): HTMLElement {
  const label = (plan: Plan): string => `${plan.created_at.slice(11, 19)} · ${t.code("state", plan.state)}`;
  const choice = h(
    "label",
    { class: "field small" },
    h("span", {}, t.text(against ? "compareWith" : "compare")),
    h(
      "select",
      { name: "compare with", onchange: (event) => onAgainst((event.target as HTMLSelectElement).value) },
      h("option", { value: "", selected: !against }, t.text("compareNone")),
      ...others.map((plan) => h("option", { value: plan.id, selected: plan.id === against?.id }, label(plan))),
    ),
  );
  if (!against) return h("div", { class: "order" }, locksSaid(t, locks), choice);
  return h(
    "div",
    { class: "order", "data-changes": changes ? "done" : "asking" },
    h("h3", {}, t.text("changesTitle", { time: against.created_at.slice(11, 19) })),
    locksSaid(t, locks),
    ...(changes ? told(t, changes) : [h("p", { class: "muted small", role: "status" }, t.text("changesComparing"))]),
    choice,
  );
}

function locksSaid(t: Translator, locks: ChangesProps["locks"]): HTMLElement | false {
  if (!locks || locks.count === 0) return false;
  const kept = locks.broken === 0;
  const said = t.text(kept ? "locksKept" : "locksBroken", { count: t.number(kept ? locks.count : locks.broken) });
  return h("p", { class: kept ? "done" : "warning", role: "status", "data-locks-kept": String(kept) }, said);
}

function told(t: Translator, changes: Changes): HTMLElement[] {
  const counts: (readonly [(typeof KINDS)[number] | "same", number])[] = [
    ...KINDS.map((kind) => [kind, changes[kind].length] as const),
    ["same", changes.same],
  ];
  const rows = KINDS.flatMap((kind) => changes[kind]);
  const parts: HTMLElement[] = [
    h(
      "dl",
      { class: "figures" },
      ...counts.map(([kind, count]) =>
        h("div", {}, h("dt", {}, t.text(`change.${kind}`)), h("dd", { "data-change": kind }, t.number(count))),
      ),
    ),
  ];
  if (rows.length > 0) parts.push(list(t, rows));
  return parts;
}

function list(t: Translator, rows: readonly Change[]): HTMLElement {
  const place = (served: Served | undefined): string =>
    served ? `${served.start.slice(11, 16)} ${served.vehicle}` : t.text("unservedNow");
  const columns = [t.text("stop"), t.text("changedBefore"), t.text("changedAfter")];
  return h(
    "details",
    { "data-key": "changed stops" },
    h("summary", {}, t.text("changeList", { count: t.number(rows.length) })),
    rows.length > ROWS_MAX && h("p", { class: "muted small" }, t.text("shown", { shown: ROWS_MAX, total: rows.length })),
    h(
      "div",
      { class: "scroll", "data-key": "rows of changes", tabindex: 0, role: "region", "aria-label": t.text("changeList", { count: rows.length }) },
      h(
        "table",
        {},
        h("thead", {}, h("tr", {}, ...columns.map((column) => h("th", { scope: "col" }, column)))),
        h(
          "tbody",
          {},
          ...rows.slice(0, ROWS_MAX).map((change) =>
            h(
              "tr",
              { "data-changed": change.booking },
              h("th", { scope: "row" }, change.booking.slice(-6)),
              h("td", {}, place(change.before)),
              h("td", {}, place(change.after)),
            ),
          ),
        ),
      ),
    ),
  );
}
