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

/** The same of what can be asked for again. */
export function retryable(
  t: Translator,
  title: MessageKey,
  causes: readonly string[],
  key: string,
  onRetry: () => void,
): HTMLElement | false {
  const faults = faultList(t, title, causes);
  if (faults) faults.append(h("button", { type: "button", "data-key": key, onclick: onRetry }, t.text("retry")));
  return faults;
}
