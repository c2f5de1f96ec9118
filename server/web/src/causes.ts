/** What went wrong, in words: the page's own where it has some for the code, else the server's. */

import { ApiProblem, Unreachable } from "./api/client";
import type { Translator } from "./i18n";

/** Each fault by itself. */
export function causesInWords(t: Translator, error: unknown): string[] {
  if (error instanceof Unreachable) return [t.text("serverDown")];
  if (!(error instanceof ApiProblem)) return [error instanceof Error ? error.message : String(error)];
  if (error.status === 403) return [t.text("forbidden")];
  const said = (code: string, message: string): string => {
    const known = t.code("fault", code);
    return known === code ? message : known;
  };
  if (error.faults.length === 0) return [said(error.code, error.message)];
  return [...new Set(error.faults.map((fault) => said(fault.code, fault.message)))];
}
