/** Why something that was asked for was refused. */

import { h } from "../dom";
import type { MessageKey, Translator } from "../i18n";

/** Nothing where there are no causes. */
export function faultList(t: Translator, title: MessageKey, causes: readonly string[]): HTMLElement | false {
  if (causes.length === 0) return false;
  return h(
    "div",
    { class: "error", role: "alert" },
    h("p", {}, t.text(title)),
    h("ul", {}, ...causes.map((cause) => h("li", {}, cause))),
  );
}
