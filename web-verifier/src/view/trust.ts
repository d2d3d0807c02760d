// The certificates that are trusted: added by drop or choice, each with its role, kept in the page only.

import type { App, Held, Role } from "../app.ts";
import { ofPicker } from "../input/gather.ts";
import { day, t } from "../i18n/index.ts";
import { commonName } from "../results/order.ts";
import { byId, h, plain, put } from "./dom.ts";
import { give } from "./inputs.ts";

export function showTrust(app: App): void {
  const section = byId("trust");
  const draw = () => {
    const picker = h("input", { type: "file", multiple: true, id: "trust-pick", class: "hidden", tabindex: "-1", "aria-hidden": "true", accept: ".pem,.cer,.crt,.der" });
    picker.addEventListener("change", () => void give(app, ofPicker(picker.files)));
    put(
      section,
      h("h2", { id: "trust-title" }, t().trustTitle),
      app.certificates.length === 0
        ? h("p", { class: "warn" }, t().trustNone)
        : h("ul", { class: "certificates" }, ...app.certificates.map((held) => certificate(app, held))),
      picker,
      h("div", { class: "row" }, h("button", { type: "button", id: "trust-add", onclick: () => picker.click() }, t().trustAdd)),
      h("p", { class: "quiet" }, t().trustHint),
      app.certificates.length > 0 && h("p", { class: "quiet" }, t().roleHelp),
    );
  };
  app.on(["trust", "language"], draw);
  draw();
}

function certificate(app: App, held: Held): HTMLElement {
  const { row, role } = held;
  const name = plain(commonName(row.subject));
  const roles = h("select", { "aria-label": `${t().trustRole}: ${name}` }, option("bacen", t().roleBacen, role), option("own", t().roleOwn, role));
  roles.addEventListener("change", () => void app.setRole(held, roles.value as Role));
  return h("li", { class: "certificate" },
    h("div", { class: "certificate-top" },
      h("strong", null, name),
      h("button", { type: "button", class: "small", "aria-label": `${t().trustRemove}: ${name}`, onclick: () => void app.removeCertificate(held) }, t().trustRemove)),
    h("div", { class: "row" }, roles, currently(row.not_before, row.not_after)),
    h("details", null,
      h("summary", null, t().validFromTo(day(row.not_before), day(row.not_after))),
      h("dl", { class: "facts" }, ...certificateFacts(row))));
}

/** The facts of a certificate, as pairs of term and description. */
export function certificateFacts(row: Held["row"]): HTMLElement[] {
  const facts: [string, string, string?][] = [
    [t().subject, plain(row.subject)],
    [t().issuer, plain(row.issuer)],
    [t().serial, row.serial, "mono"],
    [t().validity, t().validFromTo(row.not_before, row.not_after)],
    [t().fingerprint, row.sha256, "mono"],
  ];
  return facts.flatMap(([term, text, look]) => [h("dt", null, term), h("dd", { class: look }, text)]);
}

function option(value: Role, text: string, chosen: Role): HTMLOptionElement {
  return h("option", { value, selected: value === chosen }, text);
}

/** A hint only: verdicts hold validity against the instant that was chosen. */
function currently(notBefore: string, notAfter: string): HTMLElement | null {
  const now = Date.now();
  if (Date.parse(notAfter) < now) return h("span", { class: "tag" }, t().expiredNow);
  return Date.parse(notBefore) > now ? h("span", { class: "tag" }, t().notYetNow) : null;
}
