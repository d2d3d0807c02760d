// The report as a page to read, print or keep: everything that was found, and everything needed to find it again.

import type { App, Run } from "../app.ts";
import { language, octets, t, whole } from "../i18n/index.ts";
import { factsOf, type ReportFacts } from "../report/facts.ts";
import { csvReport } from "../report/csv.ts";
import { isOfArchive, jsonReport, type Schema } from "../report/json.ts";
import { save } from "../report/save.ts";
import { idOf, signerOf } from "../results/order.ts";
import { ENDS, type Entry, notesOf, timeOf } from "../results/rows.ts";
import { byId, h, plain, put } from "./dom.ts";
import { shape } from "./icons.ts";
import { notesList } from "./notes.ts";
import { say } from "./say.ts";
import { policyText } from "./shell.ts";
import { headline, isRevocationUnchecked } from "./summary.ts";
import { nameOf, reasonOf } from "./table.ts";

/** Rows that are drawn before the page gets its turn again. */
const ROWS_AT_ONCE = 1_000;
/** Inputs that are listed by themselves; loose messages have their hash in their row. */
const INPUTS_LISTED_MAX = 200;
/** Notes of trusted files; the JSON has all. */
const NOTES_LISTED_MAX = 200;

export function showReport(app: App): void {
  const page = byId("report");
  let built = 0;
  const open = async () => {
    const { run } = app;
    if (run === null || run.endedMs === null) return;
    const mine = ++built;
    byId("work").hidden = true;
    page.hidden = false;
    const facts = factsOf(app, run, policyText());
    const body = h("div", { class: "rows-of-report" });
    put(page, toolbar(app, facts), sheet(app, facts, body));
    scrollTo(0, 0);
    byId("report-title").focus();
    say(t().reportBuilding);
    for (let from = 0; from < app.results.entries.length && mine === built; from += ROWS_AT_ONCE) {
      body.append(rowTable(app.results.entries.slice(from, from + ROWS_AT_ONCE)));
      await new Promise((resolve) => setTimeout(resolve));
    }
    if (mine !== built) return;
    page.dataset["built"] = "true";
    for (const button of page.querySelectorAll<HTMLButtonElement>("button:disabled")) button.disabled = false;
    say(t().reportTitle);
  };
  const close = () => {
    built++;
    page.hidden = true;
    delete page.dataset["built"];
    put(page);
    byId("work").hidden = false;
    document.getElementById("report-open")?.focus();
  };
  addEventListener("lacre:report", () => void open());
  addEventListener("lacre:report-close", close);
  app.on(["language"], () => void (page.hidden ? undefined : open()));
  // What the report was made of has changed.
  app.on(["run"], () => {
    if (!page.hidden && app.run?.endedMs === null) close();
  });
}

function toolbar(app: App, facts: ReportFacts): HTMLElement {
  const button = (id: string, text: string, onclick: () => void, more: Record<string, unknown> = {}) => h("button", { type: "button", id, onclick, ...more }, text);
  const { entries } = app.results;
  const name = (ending: string) => `${t().reportTitle.toLowerCase().replaceAll(" ", "-").normalize("NFD").replace(/[^a-z-]/g, "")}-${facts.generated.replace(/[:]/g, "")}.${ending}`;
  const json = (schema: Schema) => () => save(name(schema === "lacre.verify/1" ? "json" : "audit.json"), "application/json", jsonReport(schema, app.results, facts, language()));
  const [archived, loose] = [entries.some(isOfArchive), entries.some((entry) => !isOfArchive(entry))];
  const both = archived && loose;
  return h("div", { class: "toolbar" },
    button("report-close", t().reportBack, () => dispatchEvent(new Event("lacre:report-close"))),
    h("span", { class: "grow" }),
    button("save-print", t().reportPrint, () => print(), { disabled: true, class: "primary" }),
    button("save-html", t().reportHtml, () => save(name("html"), "text/html", standalone()), { disabled: true }),
    button("save-csv", t().reportCsv, () => save(name("csv"), "text/csv;charset=utf-8", csvReport(app.results, language()))),
    (loose || !archived) && button("save-json", both ? t().reportJsonMessages : t().reportJson, json("lacre.verify/1")),
    archived && button("save-audit-json", both ? t().reportJsonRecords : t().reportJson, json("lacre.audit/1")));
}

function sheet(app: App, facts: ReportFacts, rows: HTMLElement): HTMLElement {
  const run = app.run as Run;
  const { end, text } = headline(app);
  return h("article", { class: "sheet" },
    h("header", null,
      h("p", { class: "brand" }, t().brand),
      h("h1", { id: "report-title", tabindex: "-1" }, t().reportTitle),
      facts.partial && h("p", { class: "warn strong" }, t().reportPartial)),
    h("div", { class: `headline end-${end}` }, shape(end, 44), h("div", null, h("h2", null, text), h("p", null, t().endsMeaning[end]))),
    h("dl", { class: "facts" }, ...pairs([
      [t().reportGenerated, facts.generated],
      [t().reportAt, run.at === "message" ? t().reportAtMessage : facts.at],
      [t().reportRevocation, revocation(app)],
      [t().reportProfile, run.profile === "auto" ? t().profileAuto : run.profile.toUpperCase()],
      [t().reportTool, `lacre ${facts.tool.version}`],
      [t().wasmSha256, facts.page.wasm_sha256, "mono"],
    ])),
    h("h2", null, t().reportSummary), counts(app),
    h("h2", null, t().reportTrust), trust(facts),
    h("h2", null, t().reportInputs), inputs(app, facts),
    h("h2", null, t().reportRows), rows,
    h("footer", null, t().reportFoot));
}

function pairs(facts: [string, string, string?][]): HTMLElement[] {
  return facts.flatMap(([term, text, look]) => [h("dt", null, term), h("dd", { class: look }, text)]);
}

/** What the summary says of revocation: nothing if nobody is trusted. */
function revocation(app: App): string {
  const { revocation: { verify, audit } } = (app.run as Run).trust;
  if (verify === null && audit === null) return "–";
  return isRevocationUnchecked(app) ? t().revocationUncheckedWhy : t().revocationChecked;
}

function counts(app: App): HTMLElement {
  const { ends, found, noted, passedOver, twins } = app.results;
  const more: [string, number][] = [
    [t().recordsWord, found.records], [t().sealBroken, found.brokenSeals], [t().recordedOther, found.disagreeing], [t().bodyElsewhere, found.elsewhere],
  ];
  const lines = [
    ...more.filter(([, n]) => n > 0).map(([text, n]) => `${text}: ${whole(n)}`),
    ...(noted > 0 ? [t().noted(noted)] : []),
    ...(passedOver > 0 ? [t().passedOver(passedOver)] : []),
    ...(twins > 0 ? [t().twins(twins)] : []),
  ];
  return h("div", null,
    table([t().verdict, t().count, ""], ENDS.map((end) => [h("span", { class: "with-shape" }, shape(end, 18), t().ends[end]), whole(ends[end]), t().endsMeaning[end]])),
    lines.length > 0 && h("p", null, lines.join(" · ")));
}

function trust(facts: ReportFacts): HTMLElement {
  return h("div", { class: "of-trust" },
    facts.trust.length === 0 ? h("p", { class: "warn" }, t().trustNone) : certificates(facts), lists(facts), passedOver(facts));
}

function lists({ revocation_lists: rows }: ReportFacts): HTMLElement[] {
  if (rows.length === 0) return [];
  return [h("h3", null, t().listsTitle), table([t().file, t().issuer, t().listMade, t().listDue, t().listEntries], rows.map((one) => [
    plain(one.file), plain(one.issuer), one.this_update, one.stale ? t().listStale(one.next_update ?? one.this_update) : one.next_update ?? "–", whole(one.entries),
  ]))];
}

function passedOver({ trust_passed_over: faults }: ReportFacts): HTMLElement[] {
  if (faults.length === 0) return [];
  return [h("h3", null, t().trustPassedOver), h("ul", null, ...faults.slice(0, NOTES_LISTED_MAX).map(({ file, message }) => h("li", null, `${plain(file)}: ${plain(message)}`)),
    faults.length > NOTES_LISTED_MAX && h("li", null, t().andMore(faults.length - NOTES_LISTED_MAX)))];
}

function certificates(facts: ReportFacts): HTMLElement {
  return table([t().file, t().subject, t().issuer, t().serial, t().validity, t().fingerprint], facts.trust.map((one) => [
    h("div", null, plain(one.file), h("p", { class: "told" }, t().sides[one.role])), plain(one.subject), plain(one.issuer), one.serial, t().validFromTo(one.not_before, one.not_after), mono(one.sha256),
  ]));
}

function inputs(app: App, facts: ReportFacts): HTMLElement {
  const containers = facts.inputs.filter((_, source) => app.run?.sha256.has(source));
  const listed = facts.inputs.length <= INPUTS_LISTED_MAX ? facts.inputs : containers;
  const rest = facts.inputs.length - listed.length;
  return h("div", null,
    listed.length > 0 && table([t().file, t().size, "SHA-256"], listed.map(({ file, bytes, sha256 }) => [plain(file), octets(bytes), mono(sha256 ?? "–")])),
    rest > 0 && h("p", null, t().reportLoose(rest)));
}

/** Some rows as a table of their own: a browser lays out and prints many small tables faster than a large one. */
function rowTable(entries: readonly Entry[]): HTMLElement {
  const { verdict, name, type, time, id, signer, reason } = t().columns;
  return h("div", { class: "chunk" }, table([t().line, verdict, name, `${type}, ${time.toLowerCase()}`, id, signer, reason, "SHA-256"], entries.map((entry) => [
    whole(entry.index + 1),
    h("span", { class: "with-shape" }, shape(entry.end, 16), t().ends[entry.end]),
    nameOf(entry),
    plain([entry.said?.definition, timeOf(entry)].filter(Boolean).join(", ")),
    plain([idOf(entry), ...(entry.said?.ids ?? [])].filter((one, index, all) => one !== "" && all.indexOf(one) === index).join(" ")),
    plain([signerOf(entry), entry.row?.signer?.serial].filter(Boolean).join(", ")),
    h("div", null, [reasonOf(entry), entry.row?.code].filter(Boolean).join(" · "), notesList(notesOf(entry, language()))),
    mono(entry.row?.sha256 ?? ""),
  ])));
}

function table(head: readonly string[], rows: readonly (readonly (string | Node)[])[]): HTMLElement {
  return h("div", { class: "scroll", role: "group", tabindex: "0", "aria-label": head.filter(Boolean).join(", ") }, h("table", null,
    h("thead", null, h("tr", null, ...head.map((text) => (text === "" ? h("td", null) : h("th", { scope: "col" }, text))))),
    h("tbody", null, ...rows.map((cells) => h("tr", null, ...cells.map((content) => h("td", null, content)))))));
}

function mono(text: string): HTMLElement {
  return h("span", { class: "mono" }, text);
}

/** What is on the screen as a file of its own: it holds no script, and its policy allows none. */
function standalone(): string[] {
  const style = document.querySelector("style")?.textContent ?? "";
  const sheet = document.querySelector(".sheet");
  const copy = document.implementation.createHTMLDocument(document.title);
  const policy = copy.createElement("meta");
  policy.setAttribute("http-equiv", "Content-Security-Policy");
  policy.setAttribute("content", "default-src 'none'; style-src 'unsafe-inline'");
  const charset = copy.createElement("meta");
  charset.setAttribute("charset", "utf-8");
  const look = copy.createElement("style");
  look.textContent = style;
  copy.head.prepend(charset, policy, look);
  copy.documentElement.lang = document.documentElement.lang;
  const main = copy.createElement("main");
  main.id = "report";
  if (sheet !== null) main.append(copy.importNode(sheet, true));
  copy.body.append(main);
  return ["<!doctype html>\n", copy.documentElement.outerHTML];
}
