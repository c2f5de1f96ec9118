import { describe, expect, it } from "vitest";

import { ApiProblem, Unreachable } from "./api/client";
import { Attempt } from "./attempt";

interface Body {
  door: string;
}

/** A server that keeps what was done by key; `answers` says what becomes of each request: done, done without an answer, or refused. */
function booking(answers: ("done" | "lost" | "unheard" | ApiProblem)[]): {
  attempt: Attempt<Body, string>;
  done: Map<string, string>;
  sent: string[];
} {
  const done = new Map<string, string>();
  const sent: string[] = [];
  const attempt = new Attempt<Body, string>((body, key) => {
    const answer = answers.shift() ?? "done";
    sent.push(body.door);
    if (answer instanceof ApiProblem) return Promise.reject(answer);
    if (answer === "unheard") return Promise.reject(new Unreachable("/"));
    const booked = done.get(key) ?? body.door;
    done.set(key, booked);
    return answer === "lost" ? Promise.reject(new Unreachable("/")) : Promise.resolve(booked);
  });
  return { attempt, done, sent };
}

const doors = (done: Map<string, string>): string[] => [...done.values()];
const refusal = new ApiProblem(409, "SLOT_FULL", "full");

describe("a change that is asked for again", () => {
  it("is done once, also after an answer that was lost", async () => {
    const { attempt, done, sent } = booking(["lost", "lost"]);
    for (let k = 0; k < 2; k++) await expect(attempt.ask({ door: "501" })).rejects.toThrow(Unreachable);
    expect(await attempt.ask({ door: "501" })).toEqual({ answer: "501", earlier: false });
    expect([doors(done), sent.length]).toEqual([["501"], 3]);
  });

  it.each(["lost", "unheard"] as const)("is not done twice when the door was changed after one that was %s", async (first) => {
    const { attempt, done, sent } = booking([first]);
    await expect(attempt.ask({ door: "501" })).rejects.toThrow(Unreachable);
    expect(await attempt.ask({ door: "502" })).toEqual({ answer: "501", earlier: true });
    expect([doors(done), sent]).toEqual([["501"], ["501", "501"]]);
    // Who asks again wants another one.
    expect(await attempt.ask({ door: "502" })).toEqual({ answer: "502", earlier: false });
    expect(doors(done)).toEqual(["501", "502"]);
  });

  it("takes another body only once the one before is refused for good", async () => {
    const { attempt, done, sent } = booking(["unheard", new ApiProblem(503, "BUSY", "busy"), refusal, "done"]);
    await expect(attempt.ask({ door: "501" })).rejects.toThrow(Unreachable);
    await expect(attempt.ask({ door: "502" })).rejects.toThrow("busy");
    expect(await attempt.ask({ door: "502" })).toEqual({ answer: "502", earlier: false });
    expect([doors(done), sent]).toEqual([["502"], ["501", "501", "501", "502"]]);
  });

  const problems = [[408, "TIMEOUT"], [409, "IDEMPOTENCY_KEY_IN_USE"], [500, "INTERNAL"], [502, "UNKNOWN"]] as const;
  it.each(problems)("may have been done after %i %s", async (status, code) => {
    const { attempt, sent } = booking([new ApiProblem(status, code, "no answer")]);
    await expect(attempt.ask({ door: "501" })).rejects.toThrow("no answer");
    expect(await attempt.ask({ door: "502" })).toEqual({ answer: "501", earlier: true });
    expect(sent).toEqual(["501", "501"]);
  });

  it.each([425, 429, 401])("was not done after %i, which leaves open what became of one before", async (status) => {
    const later = new ApiProblem(status, "LATER", "later");
    const first = booking([later]);
    await expect(first.attempt.ask({ door: "501" })).rejects.toThrow("later");
    expect(await first.attempt.ask({ door: "502" })).toEqual({ answer: "502", earlier: false });
    const second = booking(["lost", later]);
    await expect(second.attempt.ask({ door: "501" })).rejects.toThrow(Unreachable);
    await expect(second.attempt.ask({ door: "502" })).rejects.toThrow("later");
    expect(await second.attempt.ask({ door: "502" })).toEqual({ answer: "501", earlier: true });
    expect(doors(second.done)).toEqual(["501"]);
  });

  it("has another key after a refusal, and once it is done", async () => {
    const { attempt, done } = booking([refusal, "done", "done"]);
    await expect(attempt.ask({ door: "501" })).rejects.toThrow("full");
    await attempt.ask({ door: "501" });
    await attempt.ask({ door: "501" });
    expect(doors(done)).toEqual(["501", "501"]);
  });
});
