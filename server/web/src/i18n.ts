/** Texts in zh-CN and en, and numbers with their units. Knows no page and no server. */

import * as booking from "./texts/booking";
import * as city from "./texts/city";
import * as replan from "./texts/replan";

export type Language = "zh-CN" | "en";

const zh = { ...city.zh, ...booking.zh, ...replan.zh };

export type MessageKey = keyof typeof zh;

const en: Record<MessageKey, string> = { ...city.en, ...booking.en, ...replan.en };

const texts: Record<Language, Record<MessageKey, string>> = { "zh-CN": zh, en };

/** What codes of the server speak of. */
type CodePrefix =
  | "booking"
  | "bound"
  | "building"
  | "cause"
  | "clearing"
  | "due"
  | "fault"
  | "field"
  | "kind"
  | "part"
  | "profile"
  | "reason"
  | "run"
  | "skill"
  | "slot"
  | "state"
  | "step"
  | "stream"
  | "tier"
  | "travel";

export class Translator {
  constructor(readonly language: Language) {}

  /** Fills `{name}` with its value, and `{name|one|many}` with the word that fits a count. */
  text(key: MessageKey, values: Record<string, string | number> = {}): string {
    const fill = (whole: string, name: string, one?: string, many?: string): string => {
      const value = String(values[name] ?? whole);
      if (one === undefined || many === undefined) return value;
      return value === "1" ? one : many;
    };
    return texts[this.language][key].replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, fill);
  }

  /** The text of a code the server sent; the code itself where it is newer than this page. */
  code(prefix: CodePrefix, code: string): string {
    const key = `${prefix}.${code}`;
    return key in texts[this.language] ? this.text(key as MessageKey) : code;
  }

  /** Of what the server names in both languages; one that is missing is stood in for by the other. */
  name({ zh, en }: { zh: string; en: string }): string {
    return this.language === "en" ? en || zh : zh || en;
  }

  /** Fen as yuan. */
  money(fen: number): string {
    return new Intl.NumberFormat(this.language, { style: "currency", currency: "CNY" }).format(fen / 100);
  }

  /** A date (`YYYY-MM-DD`) with its day of the week. */
  day(date: string): string {
    const form = { weekday: "short", month: "short", day: "numeric", timeZone: "UTC" } as const;
    const day = new Date(`${date}T00:00:00Z`);
    return Number.isNaN(day.getTime()) ? date : new Intl.DateTimeFormat(this.language, form).format(day);
  }

  kilometres(metres: number): string {
    return `${this.number(metres / 1000, 1)} km`;
  }

  hours(seconds: number): string {
    return `${this.number(seconds / 3600, 1)} h`;
  }

  kilograms(grams: number): string {
    return `${this.number(grams / 1000, 0)} kg`;
  }

  /** A fraction as percent. */
  percent(fraction: number): string {
    return new Intl.NumberFormat(this.language, { style: "percent", maximumFractionDigits: 1 }).format(fraction);
  }

  /** Things side by side, such as `a, b`. */
  list(things: readonly string[]): string {
    return things.join(this.language === "en" ? ", " : "、");
  }

  number(value: number, digits = 0): string {
    return new Intl.NumberFormat(this.language, { maximumFractionDigits: digits }).format(value);
  }
}

/** The first language the browser wants that this page speaks; Chinese where none matches. */
export function preferredLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    if (tag.toLowerCase().startsWith("zh")) return "zh-CN";
    if (tag.toLowerCase().startsWith("en")) return "en";
  }
  return "zh-CN";
}
