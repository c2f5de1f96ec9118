import { expect, it } from "vitest";

import { ApiProblem, Unreachable } from "./api/client";
import { causesInWords } from "./causes";
import { Translator } from "./i18n";

const zh = new Translator("zh-CN");

it("says faults in the page's words, each once, and others as the server did", () => {
  const fault = (code: string): { code: string; message: string } => ({ code, message: `the server's ${code}` });
  const faults = [fault("AMOUNT_TOO_LARGE"), fault("AMOUNT_TOO_LARGE"), fault("NEW_FAULT")];
  const problem = new ApiProblem(422, "INVALID_REQUEST", "3 faults", faults);
  expect(causesInWords(zh, problem)).toEqual(["一次上门收不了这么多，最多 2000 kg。", "the server's NEW_FAULT"]);
  expect(causesInWords(zh, new ApiProblem(409, "SLOT_FULL", "No more pickups fit"))).toEqual([
    "这个时段刚被约满，请重新查看时段。",
  ]);
  expect(causesInWords(zh, new ApiProblem(409, "OTHER", "something else"))).toEqual(["something else"]);
});

it("knows a server that is away, and what a token may not do", () => {
  expect(causesInWords(zh, new Unreachable("/v1"))).toEqual([zh.text("serverDown")]);
  expect(causesInWords(zh, new ApiProblem(403, "FORBIDDEN", "no"))).toEqual([zh.text("forbidden")]);
  expect(causesInWords(zh, new Error("odd"))).toEqual(["odd"]);
});
