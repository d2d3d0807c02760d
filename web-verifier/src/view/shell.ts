// The frame around everything: fixed texts, language, appearance, and the promise that nothing leaves the machine.

import type { App } from "../app.ts";
import type { Language } from "../engine/protocol.ts";
import { octets, setLanguage, t } from "../i18n/index.ts";
import type { Texts } from "../i18n/pt.ts";
import { byId, h, put } from "./dom.ts";

type TextKey = { [K in keyof Texts]: Texts[K] extends string ? K : never }[keyof Texts];

/** Shows the frame. What is handed to the result is told when the language changes. */
export function showShell(): (changed: () => void) => void {
  let tell = () => {};
  const chooser = byId<HTMLSelectElement>("language");
  const turn = (language: Language) => {
    setLanguage(language);
    document.documentElement.lang = language;
    document.title = `${t().title} · lacre`;
    for (const element of document.querySelectorAll<HTMLElement>("[data-t]")) {
      element.textContent = t()[element.dataset["t"] as TextKey];
    }
    tell();
  };
  chooser.addEventListener("change", () => turn(chooser.value as Language));
  turn("pt-BR");
  const theme = byId<HTMLSelectElement>("theme");
  theme.addEventListener("change", () => (document.documentElement.dataset["theme"] = theme.value));
  return (changed) => (tell = changed);
}

/** The policy that the browser read, not a copy of it. */
export function policyText(): string {
  return document.querySelector<HTMLMetaElement>('meta[http-equiv="Content-Security-Policy"]')?.content ?? "";
}

export function showPrivacy(app: App): void {
  const dialog = byId<HTMLDialogElement>("privacy");
  byId("privacy-open").addEventListener("click", () => {
    draw(app, dialog);
    dialog.showModal();
  });
}

function draw(app: App, dialog: HTMLDialogElement): void {
  const tried = h("p", { class: "tried", role: "status" });
  const attempt = h("button", { type: "button", onclick: async () => (tried.textContent = await attemptToConnect()) }, t().privacyTry);
  const { wasmSha256, wasmSize } = app.engine;
  put(
    dialog,
    h("div", { class: "dialog-top" },
      h("h2", { id: "privacy-title" }, t().privacyTitle),
      h("button", { type: "button", class: "close", onclick: () => dialog.close() }, t().close)),
    h("div", { class: "dialog-body" },
      h("p", null, t().privacyIntro),
      h("h3", null, t().privacyPolicy),
      h("pre", { class: "policy", tabindex: "0" }, policyText().replaceAll("; ", ";\n")),
      h("h3", null, t().privacyCheck),
      h("ol", null, ...t().privacySteps.map((step) => h("li", null, ...code(step)))),
      h("p", { class: "row" }, attempt),
      tried,
      h("h3", null, t().privacyVersion),
      h("dl", { class: "facts" },
        h("dt", null, t().reportTool), h("dd", null, `lacre ${__VERSION__}`),
        h("dt", null, t().wasmSha256), h("dd", { class: "mono" }, wasmSha256, " ", h("span", { class: "quiet" }, octets(wasmSize)))),
      h("h3", null, t().limitsTitle),
      h("ul", null, ...t().limits.map((limit) => h("li", null, ...code(limit))))),
  );
}

/** What stands between backticks is code. */
export function code(text: string): (Node | string)[] {
  return text.split("`").map((part, index) => (index % 2 === 1 ? h("code", null, part) : part));
}

/** Shows that the policy holds, by trying to break it: a host that nobody has, and only after the person asked. */
async function attemptToConnect(): Promise<string> {
  let refused = false;
  const note = () => (refused = true);
  document.addEventListener("securitypolicyviolation", note, { once: true });
  try {
    await fetch("https://lacre.invalid/");
  } catch {
    // Refused, or no such host: the event tells which.
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
  document.removeEventListener("securitypolicyviolation", note);
  return refused ? t().privacyTried : t().privacyTriedBad;
}
