/** The plans of a day, and the form that orders another one. */

import type { Plan } from "../api/types";
import { h } from "../dom";
import type { MessageKey, Translator } from "../i18n";
import { warmStarts, type OrderForm } from "../order";
import { faultList } from "./faults";

export interface PlansProps {
  t: Translator;
  plans: readonly Plan[];
  /** Id of the one whose figures are shown. */
  shown: string | undefined;
  /** What is filled in; kept by the page while it is made anew. */
  form: OrderForm;
  ordering: boolean;
  /** Why the last order was refused. */
  refused: readonly string[];
  /** How many locks are sent with an order. */
  locks: number;
  onShow: (id: string) => void;
  onPublish: (id: string) => void;
  onCancel: (id: string) => void;
  onFill: (changed: Partial<OrderForm>) => void;
  onOrder: () => void;
}

export function plansPanel(props: PlansProps): HTMLElement {
  const { t, plans } = props;
  return h(
    "section",
    { class: "card", "aria-labelledby": "plans-title" },
    h("h2", { id: "plans-title" }, t.text("plans")),
    plans.length === 0
      ? h("p", {}, t.text("plansNone"))
      : h("ul", { class: "plain plans" }, ...plans.map((plan) => entry(props, plan))),
    h(
      "details",
      { "data-key": "order", open: props.refused.length > 0 },
      h("summary", {}, t.text("order")),
      orderForm(props),
    ),
  );
}

function entry({ t, shown, onShow, onPublish, onCancel }: PlansProps, plan: Plan): HTMLElement {
  const act = (key: MessageKey, onclick: () => void): HTMLElement =>
    h("button", { type: "button", "data-act": key, "data-key": `${key} ${plan.id}`, onclick }, t.text(key));
  const open = plan.run.state === "QUEUED" || plan.run.state === "RUNNING";
  const publishable = plan.state === "proposed" && plan.run.state === "SUCCEEDED";
  return h(
    "li",
    { "data-plan": plan.id, "data-kind": plan.kind, "aria-current": plan.id === shown ? "true" : undefined },
    h(
      "span",
      { class: "badges" },
      h("strong", {}, t.code("kind", plan.kind)),
      h("span", { class: `badge ${plan.state}` }, t.code("state", plan.state)),
      plan.run.state !== "SUCCEEDED" && h("span", { class: "badge" }, t.code("run", plan.run.state)),
    ),
    h(
      "span",
      { class: "muted small" },
      `${t.text("plannedAt")} ${plan.created_at.slice(11, 19)}`,
      plan.summary ? ` · ${t.money(plan.summary.cost_fen)}` : "",
    ),
    h(
      "span",
      { class: "actions" },
      plan.id !== shown && act("showPlan", () => onShow(plan.id)),
      publishable && act("publish", () => onPublish(plan.id)),
      open && act("cancelRun", () => onCancel(plan.id)),
    ),
  );
}

function orderForm({ t, plans, form, ordering, refused, locks, onFill, onOrder }: PlansProps): HTMLElement {
  const field = (label: MessageKey, control: HTMLElement): HTMLElement =>
    h("label", { class: "field" }, h("span", {}, t.text(label)), control);
  // Texts, not numbers and times: of those the browser keeps back what it cannot read, and the field would seem to be empty.
  const typed = (label: MessageKey, name: keyof OrderForm, type: "number" | "time"): HTMLElement =>
    field(
      label,
      h("input", {
        type: "text",
        name,
        value: form[name],
        autocomplete: "off",
        inputmode: type === "number" ? "decimal" : undefined,
        placeholder: type === "time" ? "HH:MM" : undefined,
        oninput: (event) => onFill({ [name]: (event.target as HTMLInputElement).value }),
      }),
    );
  const chosen = (label: MessageKey, name: keyof OrderForm, options: readonly (readonly [string, string])[]): HTMLElement =>
    field(
      label,
      h(
        "select",
        { name, onchange: (event) => onFill({ [name]: (event.target as HTMLSelectElement).value }) },
        ...options.map(([value, text]) => h("option", { value, selected: value === form[name] }, text)),
      ),
    );
  const starts = warmStarts(plans);
  const again = form.kind === "collection" && starts.length > 0;
  return h(
    "form",
    {
      class: "order",
      onsubmit: (event) => {
        event.preventDefault();
        onOrder();
      },
    },
    chosen("kind", "kind", [
      ["collection", t.text("kind.collection")],
      ["clearing", t.text("kind.clearing")],
    ]),
    typed("order.seconds", "seconds", "number"),
    typed("order.iterations", "iterations", "number"),
    typed("order.seed", "seed", "number"),
    typed("order.threads", "threads", "number"),
    form.kind === "collection" && typed("order.stopGap", "stopGap", "number"),
    again &&
      chosen("order.warmStart", "warmStart", [
        ["", t.text("order.fromScratch")],
        ...starts.map((plan) => [plan.id, `${plan.created_at.slice(11, 19)} · ${t.code("state", plan.state)}`] as const),
      ]),
    again && form.warmStart !== "" && typed("order.freezeBefore", "freezeBefore", "time"),
    again && form.warmStart !== "" && typed("order.maxChanged", "maxChanged", "number"),
    form.kind === "collection" &&
      locks > 0 &&
      h("p", { class: "muted small", "data-locks": locks }, t.text("orderLocks", { count: t.number(locks) })),
    faultList(t, "orderFailed", refused),
    // Not `disabled`: that would take the focus away.
    h(
      "button",
      { type: "submit", class: "primary", "data-key": "submit order", "aria-disabled": ordering ? "true" : undefined },
      t.text(ordering ? "ordering" : "orderPlan"),
    ),
  );
}
