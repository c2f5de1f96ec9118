/** Planning a day again: the stops of the plan looked at, what of them is locked, and what a later plan changed. */

import type { Plan, Route, RouteList } from "./api/types";
import { broken, changes } from "./changes";
import type { Translator } from "./i18n";
import { lockKey, type Lock } from "./locks";
import { warmStarts } from "./order";
import { changesPanel } from "./panels/changes";
import { stopsPanel } from "./panels/stops";

/** What the page lends it. */
export interface ReplanningHost {
  text: () => Translator;
  /** The routes of a plan, published or not. */
  routes: (planId: string) => Promise<RouteList>;
  plans: () => readonly Plan[];
  onRender: () => void;
  onFailure: (error: unknown) => void;
  /** Order a plan that starts from this one. */
  onReplan: (planId: string) => void;
}

/** What a plan was ordered from. */
export interface Origin {
  /** The plan it started from, if from any. */
  from: string | undefined;
  /** As they were sent. */
  locks: readonly Lock[];
}

export class Replanning {
  readonly #routes = new Map<string, readonly Route[]>();
  readonly #asking = new Set<string>();
  /** Plans whose routes could not be had; asked for again only when somebody wants to. */
  readonly #failed = new Set<string>();
  #locks: readonly Lock[] = [];
  /** Names for the locks' list, by booking and by vehicle: those of the plan in which they were made. */
  readonly #names = new Map<string, string>();
  /** The vehicle whose stops are shown. */
  #vehicle: string | undefined;
  /** The plans whose stops somebody wants to see. */
  readonly #opened = new Set<string>();
  readonly #origins = new Map<string, Origin>();
  /** Chosen to compare with, by plan; empty for none. */
  readonly #against = new Map<string, string>();
  /** Answers to questions from before the last `forget` are dropped. */
  #generation = 0;

  constructor(readonly host: ReplanningHost) {}

  get locks(): readonly Lock[] {
    return this.#locks;
  }

  /** Another day, or nobody is signed in any more. */
  forget(): void {
    this.#generation++;
    this.#locks = [];
    this.#vehicle = undefined;
    for (const kept of [this.#routes, this.#asking, this.#failed, this.#names, this.#opened, this.#origins, this.#against]) kept.clear();
  }

  ordered(plan: Plan, origin: Origin): void {
    this.#origins.set(plan.id, origin);
  }

  /** What stands below the figures of a collection plan that has routes. */
  panels(plan: Plan): HTMLElement[] {
    if (plan.kind !== "collection" || plan.run.state !== "SUCCEEDED") return [];
    return [...this.#changes(plan), this.#stops(plan)];
  }

  #stops(plan: Plan): HTMLElement {
    const routes = this.#routes.get(plan.id);
    return stopsPanel({
      t: this.host.text(),
      routes: this.#opened.has(plan.id) ? routes : undefined,
      asking: this.#opened.has(plan.id) && this.#asking.has(plan.id),
      vehicle: this.#vehicle,
      locks: this.#locks,
      names: this.#names,
      onShow: () => {
        this.#opened.add(plan.id);
        this.#failed.delete(plan.id);
        this.#want(plan.id);
        this.host.onRender();
      },
      onVehicle: (vehicle) => {
        this.#vehicle = vehicle;
        this.host.onRender();
      },
      onLocks: (locks, routes) => {
        this.#locks = locks;
        for (const route of routes ?? []) this.#name(route);
        this.host.onRender();
      },
      onTime: (lock, changed) => {
        // Not drawn anew: the field that is typed in would be replaced.
        this.#locks = this.#locks.map((one) => (lockKey(one) === lockKey(lock) && one.kind === "time" ? { ...one, ...changed } : one));
      },
      onReplan: () => this.host.onReplan(plan.id),
    });
  }

  #name(route: Route): void {
    this.#names.set(route.vehicle_id, route.vehicle_name);
    for (const step of route.steps) {
      if (step.booking) this.#names.set(step.booking.id, `${step.start.slice(11, 16)} ${step.booking.id.slice(-6)}`);
    }
  }

  #changes(plan: Plan): HTMLElement[] {
    const others = warmStarts(this.host.plans()).filter(({ id }) => id !== plan.id);
    const origin = this.#origins.get(plan.id);
    const against = this.#against.get(plan.id) ?? origin?.from ?? "";
    const failed = (id: string): boolean => this.#failed.has(id);
    const other = others.find(({ id }) => id === against && !failed(id) && !failed(plan.id));
    const locks = origin?.locks ?? [];
    if (others.length === 0 && locks.length === 0) return [];
    if (other || locks.length > 0) this.#want(plan.id);
    if (other) this.#want(other.id);
    const [before, after] = [other && this.#routes.get(other.id), this.#routes.get(plan.id)];
    return [
      changesPanel({
        t: this.host.text(),
        others,
        against: other,
        changes: before && after && changes(before, after),
        locks: after && { count: locks.length, broken: broken(locks, after).length },
        onAgainst: (id) => {
          this.#against.set(plan.id, id);
          for (const wanted of [plan.id, id]) this.#failed.delete(wanted);
          this.host.onRender();
        },
      }),
    ];
  }

  /** Asks for a plan's routes, once. */
  #want(planId: string): void {
    if (this.#routes.has(planId) || this.#asking.has(planId) || this.#failed.has(planId)) return;
    const generation = this.#generation;
    this.#asking.add(planId);
    this.host
      .routes(planId)
      .then(({ routes }) => {
        if (generation !== this.#generation) return;
        this.#asking.delete(planId);
        const sorted = [...routes].sort((a, b) => a.vehicle_name.localeCompare(b.vehicle_name, "en", { numeric: true }));
        this.#routes.set(planId, sorted);
        this.host.onRender();
      })
      .catch((error: unknown) => {
        if (generation !== this.#generation) return;
        // Not asked again by itself: the next drawing would go on for ever.
        this.#opened.delete(planId);
        this.#failed.add(planId);
        this.#asking.delete(planId);
        this.host.onFailure(error);
      });
  }
}
