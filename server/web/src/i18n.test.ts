import { describe, expect, it } from "vitest";

import catalogue from "../../../seeds/data/streams.json";
import { preferredLanguage, Translator } from "./i18n";
import * as booking from "./texts/booking";
import * as city from "./texts/city";
import * as replan from "./texts/replan";

describe("Translator", () => {
  it("fills in values", () => {
    expect(new Translator("en").text("shown", { shown: 100, total: 250 })).toBe("First 100 of 250");
  });

  it("bends English words to their counts", () => {
    const t = new Translator("en");
    expect(t.text("overflowDays", { days: t.number(1) })).toBe("in 1 day");
    expect(t.text("overflowDays", { days: t.number(12) })).toBe("in 12 days");
    const shortage = { from: "08:00", to: "09:00", shifts: "1", bookings: "2", cell: "x" };
    expect(t.text("shortage", shortage)).toBe("08:00–09:00: 1 shift short, 2 bookings (H3 x)");
    expect(new Translator("zh-CN").text("overflowDays", { days: "1" })).toBe("1 天后");
  });

  it("shows a code it does not know as it is", () => {
    const t = new Translator("en");
    expect(t.code("reason", "TIME_WINDOW")).toBe("time window missed");
    expect(t.code("reason", "NEW_CODE")).toBe("NEW_CODE");
  });

  it("names every stream of the catalogue and every skill of the fleet in both languages", () => {
    const [zh, en] = [new Translator("zh-CN"), new Translator("en")];
    for (const stream of catalogue.streams) {
      expect([zh.code("stream", stream.code), en.code("stream", stream.code)]).toEqual([stream.zh, stream.en]);
    }
    for (const skill of ["two_persons", "hazardous_licence"]) {
      expect(zh.code("skill", skill)).toMatch(/\p{Script=Han}/u);
      expect(en.code("skill", skill)).not.toContain("_");
    }
  });

  it("writes fen, metres, seconds and grams in the units people use", () => {
    const t = new Translator("zh-CN");
    expect(t.money(-123456)).toBe("-¥1,234.56");
    expect(t.kilometres(12345)).toBe("12.3 km");
    expect(t.hours(5400)).toBe("1.5 h");
    expect(t.kilograms(1234567)).toBe("1,235 kg");
    expect(t.percent(0.9712)).toBe("97.1%");
  });
});

it("speaks the first language that it knows", () => {
  expect(preferredLanguage(["pt-PT", "en-GB", "zh-TW"])).toBe("en");
  expect(preferredLanguage(["zh-Hant-MO"])).toBe("zh-CN");
  expect(preferredLanguage(["pt"])).toBe("zh-CN");
});

it("has the same gaps in both languages, and no text is told twice", () => {
  const parts = [booking, city, replan];
  const keys = parts.flatMap(({ zh }) => Object.keys(zh));
  expect(new Set(keys).size, "one part does not take another's place").toBe(keys.length);
  const gaps = (text: string): string[] => [...new Set([...text.matchAll(/\{(\w+)/g)].map(([, name]) => String(name)))].sort();
  for (const { zh, en } of parts) {
    for (const [key, text] of Object.entries(zh)) expect(gaps((en as Record<string, string>)[key] ?? ""), key).toEqual(gaps(text));
  }
});
