/** Why plans leave bookings out, by plan: what was asked for, and what is on its way. */

import type { PlanExplanations } from "./api/types";

/** What the page lends them. */
export interface ExplanationsHost {
  ask: (planId: string) => Promise<PlanExplanations>;
  onRender: () => void;
  onFailure: (error: unknown) => void;
}

export class Explanations {
  readonly #answers = new Map<string, PlanExplanations>();
  readonly #asking = new Set<string>();
  /** Answers to questions from before the last `forget` are dropped. */
  #generation = 0;

  constructor(readonly host: ExplanationsHost) {}

  of(planId: string): PlanExplanations | undefined {
    return this.#answers.get(planId);
  }

  isAsking(planId: string): boolean {
    return this.#asking.has(planId);
  }

  /** The plans were loaded anew, and may have changed. */
  forget(): void {
    this.#generation++;
    this.#answers.clear();
    this.#asking.clear();
  }

  async ask(planId: string): Promise<void> {
    const generation = this.#generation;
    this.#asking.add(planId);
    this.host.onRender();
    let failure: { error: unknown } | undefined;
    try {
      const found = await this.host.ask(planId);
      if (generation === this.#generation) this.#answers.set(planId, found);
    } catch (error) {
      failure = { error };
    }
    if (generation !== this.#generation) return;
    this.#asking.delete(planId);
    if (failure) this.host.onFailure(failure.error);
    else this.host.onRender();
  }
}
