/** The plans of the day shown: which one is looked at, ordering another, publishing, and following runs to their end. */

import { ApiProblem } from "./api/client";
import type { Plan } from "./api/types";
import { planToShow } from "./city";
import type { Translator } from "./i18n";
import type { Lock } from "./locks";
import { EMPTY_ORDER, orderOf, type OrderForm, type Unreadable } from "./order";
import { plansPanel } from "./panels/plans";
import type { Origin } from "./replanning";

/** How often a run that has not ended is asked about. */
const FOLLOW_MS = 1_000;

const isOpen = ({ run }: Plan): boolean => run.state === "QUEUED" || run.state === "RUNNING";

/** Asking again would be answered the same: nobody is signed in any more, or the plan is not theirs to see. */
const isFinal = (error: unknown): boolean =>
  error instanceof ApiProblem && error.status >= 400 && error.status < 500 && error.status !== 429;

/** What the page lends them. */
export interface Host {
  text: () => Translator;
  date: () => string;
  /** IANA name of the operator's time zone. */
  zone: () => string;
  call: <T>(method: "GET" | "POST", path: string, body?: unknown) => Promise<T>;
  /** An error in words, each fault by itself. */
  causes: (error: unknown) => string[];
  /** The server has something new: load the day again. */
  onChange: () => Promise<void>;
  /** Only what is drawn beside the map has changed. */
  onRender: () => void;
  /** The run of the plan shown has come further. */
  onProgress: () => void;
  onFailure: (error: unknown) => void;
  /** What is locked of the day's plans. */
  locks: () => readonly Lock[];
  /** A plan was ordered. */
  onOrdered: (plan: Plan, origin: Origin) => void;
}

export class DayPlans {
  #plans: readonly Plan[] = [];
  #chosen: string | undefined;
  #form: OrderForm = EMPTY_ORDER;
  #ordering = false;
  #refused: readonly string[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly host: Host) {}

  get shown(): Plan | undefined {
    return planToShow(this.#plans, this.#chosen);
  }

  get all(): readonly Plan[] {
    return this.#plans;
  }

  set(plans: readonly Plan[]): void {
    this.#plans = plans;
  }

  /** The order is filled in to start from this plan. */
  startFrom(id: string): void {
    this.#form = { ...this.#form, kind: "collection", warmStart: id };
    this.host.onRender();
  }

  /** Another day, or nobody is signed in any more. */
  forget(): void {
    clearTimeout(this.#timer);
    // An answer on its way is of no use any more.
    this.#timer = undefined;
    this.#plans = [];
    this.#chosen = undefined;
    this.#refused = [];
    this.#form = { ...this.#form, warmStart: "", freezeBefore: "", maxChanged: "" };
  }

  /** Asks about the runs that have not ended until one of them has, and shows how far they are. */
  follow(): void {
    clearTimeout(this.#timer);
    const open = this.#plans.filter(isOpen);
    if (open.length === 0) return;
    this.#timer = setTimeout(() => {
      const timer = this.#timer;
      Promise.all(open.map(({ id }) => this.host.call<Plan>("GET", `/v1/plans/${id}`)))
        .then((now) => {
          if (timer === this.#timer) this.#follow(now);
        })
        .catch((error: unknown) => {
          if (timer !== this.#timer) return;
          // Loading the day tells which it is; a server that is away for a moment is asked again.
          if (isFinal(error)) void this.host.onChange();
          else this.follow();
        });
    }, FOLLOW_MS);
  }

  #follow(now: readonly Plan[]): void {
    const before = this.#plans;
    const shown = JSON.stringify(this.shown);
    this.#plans = before.map((plan) => now.find(({ id }) => id === plan.id) ?? plan);
    if (this.#plans.some((plan, k) => plan.run.state !== before[k]?.run.state)) {
      void this.host.onChange();
      return;
    }
    if (JSON.stringify(this.shown) !== shown) this.host.onProgress();
    this.follow();
  }

  panel(): HTMLElement {
    return plansPanel({
      t: this.host.text(),
      plans: this.#plans,
      shown: this.shown?.id,
      form: this.#form,
      ordering: this.#ordering,
      refused: this.#refused,
      locks: this.host.locks().length,
      onShow: (id) => {
        this.#chosen = id;
        this.host.onRender();
      },
      onPublish: (id) => void this.#act(`/v1/plans/${id}/publish`, id),
      onCancel: (id) => void this.#act(`/v1/plans/${id}/cancel`, id),
      onFill: (changed) => {
        const form = { ...this.#form, ...changed };
        const shape = (of: OrderForm): string => `${of.kind} ${of.warmStart !== ""}`;
        const other = shape(form) !== shape(this.#form);
        this.#form = form;
        // Only where other fields are asked for: made anew, the one that is typed in would lose the cursor.
        if (other) this.host.onRender();
      },
      onOrder: () => void this.#order(),
    });
  }

  async #order(): Promise<void> {
    if (this.#ordering) return;
    const day = { date: this.host.date(), zone: this.host.zone(), plans: this.#plans, locks: this.host.locks() };
    const { order, unreadable } = orderOf(this.#form, day);
    this.#refused = unreadable.map((fault) => this.#unreadable(fault));
    if (unreadable.length > 0) {
      this.host.onRender();
      return;
    }
    this.#ordering = true;
    this.host.onRender();
    try {
      const plan = await this.host.call<Plan>("POST", "/v1/plans", order);
      this.#chosen = plan.id;
      this.#ordering = false;
      this.host.onOrdered(plan, { from: order.warm_start ?? undefined, locks: order.locks ? day.locks : [] });
      await this.host.onChange();
    } catch (error) {
      this.#ordering = false;
      if (error instanceof ApiProblem && error.signedOut) {
        this.host.onFailure(error);
        return;
      }
      this.#refused = this.host.causes(error);
      this.host.onRender();
    }
  }

  #unreadable({ field, wants }: Unreadable): string {
    const t = this.host.text();
    return t.text(wants === "time" ? "notATime" : "notANumber", { field: t.text(`order.${field}`) });
  }

  async #act(path: string, id: string): Promise<void> {
    try {
      await this.host.call<Plan>("POST", path);
      this.#chosen = id;
      await this.host.onChange();
    } catch (error) {
      this.host.onFailure(error);
    }
  }
}
