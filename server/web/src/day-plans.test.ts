import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { ApiProblem, Unreachable } from "./api/client";
import type { Plan } from "./api/types";
import { DayPlans } from "./day-plans";
import { Translator } from "./i18n";

function running(id: string, cost_fen: number, state = "RUNNING"): Plan {
  const run = { state, cost_fen };
  return { id, kind: "collection", state: "proposed", created_at: "2026-11-24T08:00:00+08:00", run } as Plan;
}

/** The plans of a day with a server whose next answers are `answers`, and what the page was told. */
function following(answers: (Plan | Error)[], plans = [running("a", 900)]): { day: DayPlans; told: string[] } {
  const told: string[] = [];
  const day = new DayPlans({
    text: () => new Translator("en"),
    date: () => "2026-11-25",
    zone: () => "Asia/Macau",
    call: <T>(): Promise<T> => {
      const answer = answers.shift();
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer as T);
    },
    causes: (error) => [String(error)],
    onChange: async () => void told.push("change"),
    onRender: () => told.push("render"),
    onProgress: () => told.push(`progress ${day.shown?.run.cost_fen}`),
    locks: () => [],
    onOrdered: (plan, { from }) => told.push(`ordered ${plan.id} from ${from}`),
    onFailure: (error) => told.push(`failure ${String(error)}`),
  });
  day.set(plans);
  day.follow();
  return { day, told };
}

describe("following a run", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("shows how far it is, and loads the day once it has ended", async () => {
    const answers = [running("a", 900), running("a", 800), running("a", 700), running("a", 700, "SUCCEEDED")];
    const { told } = following(answers);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(told, "nothing has changed").toEqual([]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(told).toEqual(["progress 800", "progress 700"]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(told).toEqual(["progress 800", "progress 700", "change"]);
  });

  it("asks a server that is away again, and one that refuses no more", async () => {
    const away = [new Unreachable("/"), new ApiProblem(503, "BUSY", "busy"), new ApiProblem(429, "SLOW", "slow")];
    const answers = [...away, running("a", 800), new ApiProblem(401, "SIGN_IN_NEEDED", "who?")];
    const { told } = following(answers);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(told).toEqual(["progress 800"]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(told).toEqual(["progress 800", "change"]);
    const gone = following([new ApiProblem(404, "NOT_FOUND", "gone"), running("a", 1)]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(gone.told).toEqual(["change"]);
  });

  it("drops what comes after the day was left", async () => {
    const answers = [new ApiProblem(401, "SIGN_IN_NEEDED", "who?")];
    const { day, told } = following(answers);
    vi.advanceTimersByTime(1_000);
    day.forget();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(told).toEqual([]);
  });
});
