import { expect, it } from "vitest";

import type { PlanExplanations } from "./api/types";
import { Explanations } from "./explanations";

/** Questions that are answered when the test says so. */
function questions(): { explanations: Explanations; answer: (planId: string) => Promise<void>; refuse: (planId: string) => Promise<void>; seen: string[] } {
  const open = new Map<string, Settle>();
  const seen: string[] = [];
  const explanations = new Explanations({
    ask: (planId) =>
      new Promise((resolve, reject) => {
        open.set(planId, { resolve, reject });
      }),
    onRender: () => seen.push("render"),
    onFailure: (error) => seen.push(String(error)),
  });
  const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
  return {
    explanations,
    seen,
    answer: (plan_id) => {
      open.get(plan_id)?.resolve({ plan_id, bookings: [], shortages: [], complete: true });
      return settled();
    },
    refuse: (planId) => {
      open.get(planId)?.reject("refused");
      return settled();
    },
  };
}

interface Settle {
  resolve: (found: PlanExplanations) => void;
  reject: (error: unknown) => void;
}

it("keeps each answer with the plan that was asked about", async () => {
  const { explanations, answer } = questions();
  void explanations.ask("a");
  expect([explanations.isAsking("a"), explanations.isAsking("b")]).toEqual([true, false]);
  void explanations.ask("b");
  await answer("a");
  expect(explanations.of("a")?.plan_id).toBe("a");
  expect(explanations.of("b")).toBeUndefined();
  expect([explanations.isAsking("a"), explanations.isAsking("b")]).toEqual([false, true]);
});

it("drops what was asked before the plans were loaded anew", async () => {
  const { explanations, answer, refuse, seen } = questions();
  void explanations.ask("a");
  void explanations.ask("b");
  explanations.forget();
  seen.length = 0;
  await answer("a");
  await refuse("b");
  expect([explanations.of("a"), explanations.isAsking("a"), seen]).toEqual([undefined, false, []]);
});

it("says what failed, and can be asked again", async () => {
  const { explanations, refuse, seen } = questions();
  void explanations.ask("a");
  await refuse("a");
  expect(seen).toEqual(["render", "refused"]);
  expect(explanations.isAsking("a")).toBe(false);
});
