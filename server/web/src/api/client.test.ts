import { expect, it } from "vitest";

import { readProblem } from "./client";

it("reads a problem document with all its faults", () => {
  const problem = readProblem(422, {
    code: "INVALID_REQUEST",
    detail: "Two fields are wrong.",
    errors: [{ code: "UNKNOWN_MATERIAL", message: "`gold` is unknown" }, { code: "NO_MESSAGE" }],
  });
  expect([problem.status, problem.code, problem.message]).toEqual([422, "INVALID_REQUEST", "Two fields are wrong."]);
  expect(problem.faults).toEqual([{ code: "UNKNOWN_MATERIAL", message: "`gold` is unknown" }]);
});

it("makes a problem of whatever a proxy answers", () => {
  expect(readProblem(502, undefined).message).toBe("HTTP 502");
  expect(readProblem(502, { title: "Bad Gateway" }).message).toBe("Bad Gateway");
  expect(readProblem(401, null).signedOut).toBe(true);
});
