// How messages are judged: at which instant a certificate has to be valid, and by which profile.

import type { App, AtChoice } from "../app.ts";
import type { ProfileChoice } from "../engine/protocol.ts";
import { t } from "../i18n/index.ts";
import { byId, h, put } from "./dom.ts";

export function showRules(app: App): void {
  const section = byId("rules");
  const draw = () => {
    const { at } = app;
    const moment = h("input", { type: "datetime-local", step: "1", id: "at-instant", value: local(at.kind === "instant" ? at.unixS * 1000 : Date.now()) });
    const utc = h("span", { class: "quiet" });
    const tellUtc = () => (utc.textContent = t().atInstantIs(moment.value === "" ? "–" : new Date(moment.value).toISOString().replace(".000", "")));
    tellUtc();
    const chosen = (): AtChoice => ({ kind: "instant", unixS: Math.floor(new Date(moment.value).getTime() / 1000) });
    moment.addEventListener("change", () => {
      tellUtc();
      if (moment.value !== "") app.setAt(chosen());
    });
    const radio = (kind: AtChoice["kind"], text: string, make: () => AtChoice) =>
      h("label", { class: "radio" },
        h("input", {
          type: "radio", name: "at", value: kind, checked: at.kind === kind,
          onchange: () => {
            app.setAt(make());
            instantRow.hidden = kind !== "instant";
          },
        }),
        h("span", null, text));
    const instantRow = h("div", { class: "instant", hidden: at.kind !== "instant" }, h("label", { for: "at-instant" }, t().atInstantLabel), moment, utc);
    const profile = h("select", { id: "profile" },
      ...(["auto", "spi", "dict"] as const).map((value) =>
        h("option", { value, selected: value === app.profile }, value === "auto" ? t().profileAuto : value.toUpperCase())));
    profile.addEventListener("change", () => app.setProfile(profile.value as ProfileChoice));
    put(
      section,
      h("h2", { id: "rules-title" }, t().rulesTitle),
      h("fieldset", null,
        h("legend", null, t().atTitle),
        radio("now", t().atNow, () => ({ kind: "now" })),
        radio("message", t().atMessage, () => ({ kind: "message" })),
        radio("instant", t().atInstant, chosen),
        instantRow),
      h("label", { class: "inline", for: "profile" }, t().profile, profile),
    );
  };
  app.on(["language"], draw);
  draw();
}

/** An instant as `datetime-local` wants it. */
function local(ms: number): string {
  const date = new Date(ms);
  return new Date(ms - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
