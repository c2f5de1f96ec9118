import { afterEach, expect, it, vi } from "vitest";

import { call, readProblem, Unreachable } from "./client";

it("reads a problem document with all its faults", () => {
  const problem = readProblem(422, {
    code: "INVALID_REQUEST",
    detail: "Two fields are wrong.",
    errors: [{ code: "UNKNOWN_MATERIAL", message: "`gold` is unknown", remedy: "Ask for another." }, { code: "NO_MESSAGE" }],
  });
  expect([problem.status, problem.code, problem.message]).toEqual([422, "INVALID_REQUEST", "Two fields are wrong."]);
  expect(problem.faults).toEqual([{ code: "UNKNOWN_MATERIAL", message: "`gold` is unknown", remedy: "Ask for another." }]);
});

it("makes a problem of whatever a proxy answers", () => {
  expect(readProblem(502, undefined).message).toBe("HTTP 502");
  expect(readProblem(502, { title: "Bad Gateway" }).message).toBe("Bad Gateway");
  expect(readProblem(401, null).signedOut).toBe(true);
});

afterEach(() => void vi.unstubAllGlobals());

/** What becomes of a request that is answered by this. */
function answered(response: Response): Promise<unknown> {
  vi.stubGlobal("fetch", () => Promise.resolve(response));
  return call("POST", "/v1/bookings", {});
}

it("takes an answer that breaks off for none", async () => {
  const broken = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('{"id":'));
      controller.error(new TypeError("the line went dead"));
    },
  });
  await expect(answered(new Response(broken, { status: 201 }))).rejects.toThrow(Unreachable);
  for (const text of ['{"id":', "", "<html>"]) await expect(answered(new Response(text, { status: 201 })), text).rejects.toThrow(Unreachable);
  await expect(answered(new Response("<html>", { status: 502 }))).rejects.toMatchObject({ status: 502 });
  expect(await answered(new Response(null, { status: 204 }))).toBeUndefined();
  expect(await answered(new Response('{"id":"a"}', { status: 201 }))).toEqual({ id: "a" });
});
