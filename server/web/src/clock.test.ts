import { describe, expect, it } from "vitest";

import { instantAt, timeOfDay } from "./clock";

describe("instantAt", () => {
  it("carries the zone's offset of that date", () => {
    expect(instantAt("2026-11-25", "10:30", "Asia/Macau")).toBe("2026-11-25T10:30:00+08:00");
    expect(instantAt("2026-11-25", "9:05", "UTC")).toBe("2026-11-25T09:05:00+00:00");
    expect(instantAt("2026-01-15", "10:30", "America/St_Johns")).toBe("2026-01-15T10:30:00-03:30");
    expect(instantAt("2026-07-15", "10：30", "America/St_Johns")).toBe("2026-07-15T10:30:00-02:30");
  });

  it("knows the hours around a change of the clocks", () => {
    const zone = "Europe/Berlin";
    expect(instantAt("2026-03-29", "01:59", zone)).toBe("2026-03-29T01:59:00+01:00");
    expect(instantAt("2026-03-29", "02:30", zone), "skipped").toBe("2026-03-29T02:30:00+01:00");
    expect(instantAt("2026-03-29", "03:00", zone)).toBe("2026-03-29T03:00:00+02:00");
    expect(instantAt("2026-10-25", "02:30", zone), "the first of two").toBe("2026-10-25T02:30:00+02:00");
    expect(instantAt("2026-10-25", "03:00", zone)).toBe("2026-10-25T03:00:00+01:00");
  });

  it("takes the colon and the digits of either script", () => {
    for (const text of ["9:30", "09:30", " 9：30 ", "０９：３０"]) expect(timeOfDay(text), text).toBe("09:30");
    expect(instantAt("2026-11-25", "9：30", "UTC")).toBe("2026-11-25T09:30:00+00:00");
  });

  it("takes times of day alone", () => {
    for (const text of ["", "10", "24:00", "10:60", "10:3", "ten", "10:30:00"]) {
      expect(instantAt("2026-11-25", text, "UTC"), text).toBeUndefined();
    }
  });
});
