/** The form that turns an access token into a session. */

import { h } from "../dom";
import type { Translator } from "../i18n";

export interface LoginOptions {
  t: Translator;
  error: string | undefined;
  onSubmit: (token: string) => void;
}

export function loginForm({ t, error, onSubmit }: LoginOptions): HTMLElement {
  const input = h("input", {
    id: "token",
    name: "token",
    type: "password",
    autocomplete: "current-password",
    required: true,
    spellcheck: "false",
    "aria-describedby": "token-help",
  });
  return h(
    "main",
    { class: "login" },
    h(
      "form",
      {
        class: "card",
        onsubmit: (event) => {
          event.preventDefault();
          onSubmit(input.value.trim());
        },
      },
      h("h1", {}, t.text("title")),
      h("p", { class: "muted" }, t.text("subtitle")),
      h("label", { for: "token" }, t.text("tokenLabel")),
      input,
      h("p", { id: "token-help", class: "muted small" }, t.text("tokenHelp")),
      error !== undefined && h("p", { class: "error", role: "alert" }, error),
      h("button", { type: "submit", class: "primary" }, t.text("signIn")),
    ),
  );
}
