/** What went wrong, in words: the page's own where it has some for the code, else the server's. */

import { ApiProblem, Unreachable, type Fault } from "./api/client";
import type { Translator } from "./i18n";

/** For whom it is said. */
export interface Reader {
  /** `fault`: of booking a pickup; `cause`: of what planners do. */
  texts: "fault" | "cause";
  /** Also what the server says, and what would put it right: for those who can. */
  detail: boolean;
}

/** Each fault by itself. */
export function causesInWords(t: Translator, error: unknown, { texts, detail }: Reader): string[] {
  if (error instanceof Unreachable) return [t.text("serverDown")];
  if (!(error instanceof ApiProblem)) return [error instanceof Error ? error.message : String(error)];
  if (error.status === 403) return [t.text("forbidden")];
  const said = ({ code, message, remedy }: Fault): string => {
    const text = t.code(texts, code);
    const known = text === code ? [] : [text];
    const server = detail || known.length === 0 ? [message] : [];
    return [...known, ...server, ...(detail && remedy !== "" ? [remedy] : [])].map(sentence).join(" ");
  };
  if (error.faults.length === 0) return [said({ code: error.code, message: error.message, remedy: "" })];
  return [...new Set(error.faults.map(said))];
}

/** Where others follow, one ends. */
const sentence = (text: string, at: number, all: readonly string[]): string =>
  at + 1 < all.length && !/[.。!！?？：:；;]$/.test(text) ? `${text}.` : text;
