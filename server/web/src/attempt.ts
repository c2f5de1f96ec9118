/** A change that is asked for until it is known what became of it, so that it is done once, however often it is sent. */

import { ApiProblem, newKey, Unreachable } from "./api/client";

/** Asks the server for the change; the same key is answered as it was the first time. */
export type Send<B, T> = (body: B, key: string) => Promise<T>;

export interface Outcome<T> {
  answer: T;
  /** It is what became of an earlier body, of which nothing was known; the one given was not sent. */
  earlier: boolean;
}

/** What such a change was asked for with. */
interface Asked<B> {
  body: B;
  key: string;
  /** It may have been done. */
  lost: boolean;
}

/** Refusals after which the same request may yet be done: too slow, too early, too often, nobody signed in, its twin still at work. */
const NOT_FINAL: ReadonlySet<number> = new Set([401, 408, 425, 429]);

/** The change was not done, and will not be. */
export function isRefusal(error: unknown): boolean {
  if (!(error instanceof ApiProblem) || error.status < 400 || error.status >= 500) return false;
  return !NOT_FINAL.has(error.status) && error.code !== "IDEMPOTENCY_KEY_IN_USE";
}

/** The change may have been done. */
function isLost(error: unknown): boolean {
  if (error instanceof Unreachable) return true;
  return error instanceof ApiProblem && (error.status >= 500 || error.status === 408 || error.code === "IDEMPOTENCY_KEY_IN_USE");
}

export class Attempt<B, T> {
  #asked: Asked<B> | undefined;

  constructor(readonly send: Send<B, T>) {}

  /** Asks for `body`, unless an earlier one may have been done: then for that one again, which tells what became of it. */
  async ask(body: B): Promise<Outcome<T>> {
    const same = (asked: Asked<B>): boolean => JSON.stringify(asked.body) === JSON.stringify(body);
    const before = this.#asked;
    if (before?.lost && !same(before)) {
      try {
        return { answer: await this.#try(before), earlier: true };
      } catch (error) {
        // Refused for good, it no longer stands in the way.
        if (!isRefusal(error)) throw error;
      }
    }
    const asked = this.#asked && same(this.#asked) ? this.#asked : { body, key: newKey(), lost: false };
    this.#asked = asked;
    return { answer: await this.#try(asked), earlier: false };
  }

  /** Nothing is known of what was asked for any more. */
  forget(): void {
    this.#asked = undefined;
  }

  async #try(asked: Asked<B>): Promise<T> {
    try {
      const answer = await this.send(asked.body, asked.key);
      if (this.#asked === asked) this.#asked = undefined;
      return answer;
    } catch (error) {
      if (isLost(error)) asked.lost = true;
      else if (isRefusal(error) && this.#asked === asked) this.#asked = undefined;
      throw error;
    }
  }
}
