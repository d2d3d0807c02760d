// The files that are trusted: added by drop or choice, each for the side that it is for, kept in the page only.

import type { App } from "../app.ts";
import type { CertificateRow, Input, ListRow, Side } from "../engine/protocol.ts";
import { ofPicker } from "../input/gather.ts";
import { day, language, t } from "../i18n/index.ts";
import { commonName } from "../results/order.ts";
import { type RefusedFile, toldOf, type TrustFile } from "../trust.ts";
import { byId, h, plain, put } from "./dom.ts";
import { give } from "./inputs.ts";
import { code } from "./shell.ts";

const ENDINGS = ".pem,.cer,.crt,.der,.p7b,.p7c,.crl";
/** A file may hold tens of thousands of blocks that are none of ours: the JSON report has every note. */
const NOTES_SHOWN_MAX = 20;
const SIDES: readonly Side[] = ["both", "bacen", "own"];

export function showTrust(app: App): void {
  const section = byId("trust");
  const draw = () => {
    const { files, refused } = app.trust;
    const hasCertificates = app.trust.certificates.length > 0;
    const picker = h("input", { type: "file", multiple: true, id: "trust-pick", class: "hidden", tabindex: "-1", "aria-hidden": "true", accept: ENDINGS });
    picker.addEventListener("change", () => void give(app, ofPicker(picker.files), isAlways));
    put(
      section,
      h("h2", { id: "trust-title" }, t().trustTitle),
      !hasCertificates && h("p", { class: "warn" }, t().trustNone),
      files.length + refused.length > 0 && h("ul", { class: "certificates" },
        ...refused.map((one) => refusedFile(app, one)), ...files.map((file, number) => trustFile(app, file, number))),
      app.trust.told.revocation.verify === "not-checked" && h("p", { id: "trust-unchecked", class: "warn" }, t().revocationUncheckedWhy),
      picker,
      h("div", { class: "row" }, h("button", { type: "button", id: "trust-add", onclick: () => picker.click() }, t().trustAdd)),
      h("p", { class: "quiet" }, t().trustHint),
      hasCertificates && h("p", { class: "quiet" }, t().roleHelp),
    );
  };
  app.on(["trust", "language"], draw);
  draw();
}

/** What is chosen here is meant for trust, whatever it is called. */
async function isAlways(_: Input): Promise<boolean> {
  return true;
}

function trustFile(app: App, file: TrustFile, number: number): HTMLElement {
  const name = plain(file.name);
  const { notes, refused, lists } = toldOf(app.trust.told, number, language());
  return h("li", { class: "trust-file" },
    top(name, () => void app.removeTrust(file)),
    file.certificates.length > 0 && sides(app, file, name),
    ...file.certificates.map(certificate),
    ...lists.map(list),
    ...refused.map(({ message, help }) => note(message, help)),
    ...notes.slice(0, NOTES_SHOWN_MAX).map(({ message }) => note(message, null)),
    notes.length > NOTES_SHOWN_MAX && h("p", { class: "warn" }, t().andMore(notes.length - NOTES_SHOWN_MAX)));
}

function top(name: string, remove: () => void): HTMLElement {
  return h("div", { class: "certificate-top" },
    h("strong", null, name),
    h("button", { type: "button", class: "small", "aria-label": `${t().trustRemove}: ${name}`, onclick: remove }, t().trustRemove));
}

function sides(app: App, file: TrustFile, name: string): HTMLElement {
  const choice = h("select", { "aria-label": `${t().trustRole}: ${name}` },
    ...SIDES.map((side) => h("option", { value: side, selected: side === file.side }, t().sides[side])));
  choice.addEventListener("change", () => void app.setSide(file, choice.value as Side));
  return h("div", { class: "row" }, choice);
}

function certificate(row: CertificateRow): HTMLElement {
  return h("details", { class: "certificate" },
    h("summary", null, plain(commonName(row.subject)), " ", currently(row.not_before, row.not_after)),
    h("dl", { class: "facts" }, ...certificateFacts(row)));
}

function list(row: ListRow): HTMLElement {
  return h("p", { class: "list" },
    t().listOf(plain(commonName(row.issuer)), row.entries, day(row.this_update)), " ",
    row.stale && h("span", { class: "tag bad" }, t().listStale(day(row.next_update ?? row.this_update))));
}

function note(message: string, help: string | null): HTMLElement {
  return h("p", { class: "warn" }, ...code(plain(message)), help !== null && h("span", { class: "help" }, ...code(help)));
}

function refusedFile(app: App, refused: RefusedFile): HTMLElement {
  const name = plain(refused.name);
  const words = typeof refused.words === "string" ? t().trustRefused[refused.words] : refused.words[language()];
  return h("li", { class: "trust-file refused" },
    top(name, () => app.forgetRefused(refused)),
    h("p", { class: "warn strong" }, t().trustNotUsed),
    note(words.message ?? "", words.help));
}

/** The facts of a certificate, as pairs of term and description. */
export function certificateFacts(row: CertificateRow): HTMLElement[] {
  const facts: [string, string, string?][] = [
    [t().subject, plain(row.subject)],
    [t().issuer, plain(row.issuer)],
    [t().serial, row.serial, "mono"],
    [t().validity, t().validFromTo(row.not_before, row.not_after)],
    [t().fingerprint, row.sha256, "mono"],
  ];
  return facts.flatMap(([term, text, look]) => [h("dt", null, term), h("dd", { class: look }, text)]);
}

/** A hint only: verdicts hold validity against the instant that was chosen. */
function currently(notBefore: string, notAfter: string): HTMLElement | null {
  const now = Date.now();
  if (Date.parse(notAfter) < now) return h("span", { class: "tag" }, t().expiredNow);
  return Date.parse(notBefore) > now ? h("span", { class: "tag" }, t().notYetNow) : null;
}
