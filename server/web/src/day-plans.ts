/** The plans of the day shown: which one is looked at, ordering another, publishing, and following runs to their end. */

import type { Plan } from "./api/types";
import { planToShow } from "./city";
import type { Translator } from "./i18n";
import { EMPTY_ORDER, orderOf, type OrderForm } from "./order";
import { plansPanel } from "./panels/plans";

/** How often a run that has not ended is asked about. */
const FOLLOW_MS = 1_000;

/** What the page lends them. */
export interface Host {
  text: () => Translator;
  date: () => string;
  call: <T>(method: "GET" | "POST", path: string, body?: unknown) => Promise<T>;
  /** An error in words, each fault by itself. */
  causes: (error: unknown) => string[];
  /** The server has something new: load the day again. */
  onChange: () => Promise<void>;
  /** Only what is drawn beside the map has changed. */
  onRender: () => void;
  onFailure: (message: string) => void;
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

  set(plans: readonly Plan[]): void {
    this.#plans = plans;
  }

  /** Another day, or nobody is signed in any more. */
  forget(): void {
    clearTimeout(this.#timer);
    this.#plans = [];
    this.#chosen = undefined;
    this.#refused = [];
    this.#form = { ...this.#form, warmStart: "", freezeBefore: "", maxChanged: "" };
  }

  /** Asks about the runs that have not ended until one of them has. */
  follow(): void {
    clearTimeout(this.#timer);
    const open = this.#plans.filter(({ run }) => run.state === "QUEUED" || run.state === "RUNNING");
    if (open.length === 0) return;
    this.#timer = setTimeout(() => {
      const timer = this.#timer;
      Promise.all(open.map((plan) => this.host.call<Plan>("GET", `/v1/plans/${plan.id}`)))
        .then((now) => {
          if (timer !== this.#timer) return;
          if (now.some((plan, k) => plan.run.state !== open[k]?.run.state)) void this.host.onChange();
          else this.follow();
        })
        // A server that is away for a moment is asked again.
        .catch(() => timer === this.#timer && this.follow());
    }, FOLLOW_MS);
  }

  panel(): HTMLElement {
    return plansPanel({
      t: this.host.text(),
      plans: this.#plans,
      shown: this.shown?.id,
      form: this.#form,
      ordering: this.#ordering,
      refused: this.#refused,
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
    this.#ordering = true;
    this.#refused = [];
    this.host.onRender();
    try {
      const order = orderOf(this.#form, this.host.date(), this.#plans);
      const plan = await this.host.call<Plan>("POST", "/v1/plans", order);
      this.#chosen = plan.id;
    } catch (error) {
      this.#refused = this.host.causes(error);
    }
    this.#ordering = false;
    if (this.#refused.length === 0) await this.host.onChange();
    else this.host.onRender();
  }

  async #act(path: string, id: string): Promise<void> {
    try {
      await this.host.call<Plan>("POST", path);
      this.#chosen = id;
      await this.host.onChange();
    } catch (error) {
      this.host.onFailure(this.host.causes(error).join(" "));
    }
  }
}
