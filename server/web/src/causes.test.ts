import { expect, it } from "vitest";

import { ApiProblem, Unreachable, type Fault } from "./api/client";
import { causesInWords, type Reader } from "./causes";
import { Translator } from "./i18n";

const zh = new Translator("zh-CN");
const resident: Reader = { texts: "fault", detail: false };
const planner: Reader = { texts: "cause", detail: true };

it("says faults in the page's words, each once, and others as the server did", () => {
  const fault = (code: string): Fault => ({ code, message: `the server's ${code}`, remedy: "Do otherwise." });
  const faults = [fault("AMOUNT_TOO_LARGE"), fault("AMOUNT_TOO_LARGE"), fault("NEW_FAULT")];
  const problem = new ApiProblem(422, "INVALID_REQUEST", "3 faults", faults);
  expect(causesInWords(zh, problem, resident)).toEqual(["一次上门收不了这么多，最多 2000 kg。", "the server's NEW_FAULT"]);
  expect(causesInWords(zh, new ApiProblem(409, "SLOT_FULL", "No more pickups fit"), resident)).toEqual([
    "这个时段刚被约满，请重新查看时段。",
  ]);
  expect(causesInWords(zh, new ApiProblem(409, "OTHER", "something else"), resident)).toEqual(["something else"]);
});

it("knows a server that is away, and what a token may not do", () => {
  expect(causesInWords(zh, new Unreachable("/v1"), resident)).toEqual([zh.text("serverDown")]);
  expect(causesInWords(zh, new ApiProblem(403, "FORBIDDEN", "no"), resident)).toEqual([zh.text("forbidden")]);
  expect(causesInWords(zh, new Error("odd"), resident)).toEqual(["odd"]);
});

it("tells planners also what the server says, and the remedy", () => {
  const faults = [{ code: "ODD", message: "`x` is odd", remedy: "Make it even." }];
  expect(causesInWords(zh, new ApiProblem(422, "INVALID_REQUEST", "1 fault", faults), planner)).toEqual(["`x` is odd. Make it even."]);
  const roads = new ApiProblem(409, "NO_ROADS", "Import a road network first.");
  expect(causesInWords(zh, roads, planner)).toEqual(["这座城市还没有道路数据。 Import a road network first."]);
  const full = new ApiProblem(409, "SLOT_FULL", "No more pickups fit");
  expect(causesInWords(zh, full, planner), "no words for residents").toEqual(["No more pickups fit"]);
  expect(causesInWords(zh, full, { texts: "fault", detail: true })).toEqual(["这个时段刚被约满，请重新查看时段。 No more pickups fit"]);
});
