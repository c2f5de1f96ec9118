import { describe, expect, it } from "vitest";

import type { FieldChange } from "./api/types";
import { changeText, clock } from "./explain";
import { Translator } from "./i18n";

const change = (field: string, from: number, to: number, unit: string, more: Partial<FieldChange> = {}): FieldChange => ({
  subject: "vehicle",
  id: "v",
  field,
  from,
  to,
  unit,
  adds: [],
  ...more,
});

describe("changeText", () => {
  it("writes each unit as people read it", () => {
    const t = new Translator("en");
    expect(changeText(t, change("shift.end", 64_800, 65_430, "s"))).toBe("end of the shift 18:00 → 18:10:30");
    expect(changeText(t, change("time_windows[1].start", 30_600, 28_800, "s"))).toBe("start of the pickup window 08:30 → 08:00");
    expect(changeText(t, change("max_duration_s", 7_200, 7_500, "s"))).toBe("longest time out 120 min → 125 min");
    expect(changeText(t, change("max_distance_m", 60_000, 61_500, "m"))).toBe("range 60 km → 61.5 km");
    expect(changeText(t, change("compartments[0].capacity_l", 900, 960, "l"))).toBe("volume of the box 900 l → 960 l");
  });

  it("names what a set gains and which streams may mix", () => {
    const t = new Translator("zh-CN");
    expect(changeText(t, change("skills", 0, 1, "set", { adds: ["crane"] }))).toBe("技能 + crane");
    const mix = change("incompatible_streams[0][1]", 1, 0, "count", { subject: "streams", id: "paper, battery" });
    expect(changeText(t, mix)).toBe("允许混装 (纸类、锂电池)");
    expect(changeText(t, change("skills", 0, 1, "set", { adds: ["two_persons", "hazardous_licence"] }))).toBe(
      "技能 + 双人作业、有害垃圾运输资质",
    );
    const box = change("compartments[1].streams", 0, 1, "set", { adds: ["glass", "kryptonite"] });
    expect(changeText(new Translator("en"), box)).toBe("materials of the box + glass, kryptonite");
  });

  it("names the vehicle or outlet where it is known", () => {
    const names = new Map([["v", "ET-07"]]);
    const text = (id: string): string => changeText(new Translator("en"), change("shift.end", 0, 60, "s", { id }), names);
    expect([text("v"), text("w")]).toEqual(["ET-07: end of the shift 00:00 → 00:01", "end of the shift 00:00 → 00:01"]);
  });

  it("shows a field it does not know as it is", () => {
    expect(changeText(new Translator("en"), change("new_field", 1, 2, "count"))).toBe("new_field 1 → 2");
  });
});

it("shows clocks before midnight and with seconds", () => {
  expect([0, 64_800, 64_861, -60].map(clock)).toEqual(["00:00", "18:00", "18:01:01", "-00:01"]);
});
