/** Changes of a plan's rules in words. Pure: no page, no fetching. */

import type { FieldChange } from "./api/types";
import type { Translator } from "./i18n";

/** Seconds since midnight as a clock shows them. */
export function clock(seconds: number): string {
  const two = (n: number): string => String(n).padStart(2, "0");
  const minutes = Math.floor(Math.abs(seconds) / 60);
  const rest = Math.abs(seconds) % 60;
  const sign = seconds < 0 ? "-" : "";
  return `${sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}${rest > 0 ? `:${two(rest)}` : ""}`;
}

/** `names`: of vehicles and outlets, by id; one that is missing is left out. */
export function changeText(t: Translator, change: FieldChange, names: ReadonlyMap<string, string> = new Map()): string {
  const path = change.field.replaceAll(/\[\d+\]/g, "");
  const subject = names.get(change.id);
  const field = subject === undefined ? t.code("field", path) : `${subject}: ${t.code("field", path)}`;
  if (change.adds.length > 0) {
    const prefix = path === "skills" ? "skill" : "stream";
    return `${field} + ${t.list(change.adds.map((name) => t.code(prefix, name)))}`;
  }
  if (change.subject === "streams") {
    return `${field} (${t.list(change.id.split(", ").map((stream) => t.code("stream", stream)))})`;
  }
  return `${field} ${valueText(t, change, change.from)} → ${valueText(t, change, change.to)}`;
}

function valueText(t: Translator, { field, unit }: FieldChange, value: number): string {
  switch (unit) {
    case "s":
      return field.endsWith("_s") ? `${t.number(value / 60, 1)} min` : clock(value);
    case "m":
      return t.kilometres(value);
    case "g":
      return `${t.number(value / 1000, 1)} kg`;
    case "l":
      return `${t.number(value)} l`;
    default:
      return t.number(value);
  }
}
