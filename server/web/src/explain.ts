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

export function changeText(t: Translator, change: FieldChange): string {
  const field = t.code("field", change.field.replaceAll(/\[\d+\]/g, ""));
  if (change.adds.length > 0) return `${field} + ${change.adds.join(", ")}`;
  if (change.subject === "streams") return `${field} (${change.id})`;
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
