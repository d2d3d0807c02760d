// The verdict over everything, first and in large; below it the counts, each a filter.

import type { App } from "../app.ts";
import { t, whole } from "../i18n/index.ts";
import { isOfArchive } from "../report/json.ts";
import { ENDS, type End } from "../results/rows.ts";
import { worst } from "../results/order.ts";
import { byId, h, put } from "./dom.ts";
import { shape } from "./icons.ts";
import type { Selection } from "./selection.ts";

export function showSummary(app: App, selection: Selection): void {
  const section = byId("summary");
  const draw = () => {
    const { entries } = app.results;
    section.hidden = entries.length === 0;
    const focused = section.contains(document.activeElement) ? document.activeElement?.id : null;
    if (entries.length === 0) return put(section);
    put(section, verdict(app), chips(app, selection), findings(app, selection));
    // Drawn anew, the button that was pressed has to be found where it was.
    if (focused) document.getElementById(focused)?.focus();
  };
  selection.on(draw);
}

/** The headline: all valid, or the worst that there is. */
export function headline(app: App): { end: End; text: string } {
  const { ends, entries } = app.results;
  const judged = entries.length - ends.exempt;
  const end = worst(ends) ?? "exempt";
  if (judged === 0) return { end: "exempt", text: t().sumNothing };
  if (end === "valid" || (end === "exempt" && ends.valid === judged)) {
    return { end: "valid", text: judged === 1 ? t().sumOneValid : t().sumAllValid(judged) };
  }
  if (judged === 1) return { end, text: t().sumOne(t().ends[end].toLowerCase()) };
  return { end, text: t().sumWorst(ends[end], judged, ends[end] === 1 ? t().ends[end].toLowerCase() : t().endsMany[end]) };
}

/** Whether nobody knows, of some of what was judged, if its certificates were revoked. */
export function isRevocationUnchecked({ run, results }: App): boolean {
  const known = run?.trust.revocation;
  const holds = (archive: boolean) => results.entries.some((entry) => isOfArchive(entry) === archive);
  return (known?.verify === "not-checked" && holds(false)) || (known?.audit === "not-checked" && holds(true));
}

function verdict(app: App): HTMLElement {
  const { end, text } = headline(app);
  const partial = app.isRunning || (app.run?.end ?? "done") !== "done";
  return h("div", { class: `headline end-${end}` },
    shape(end, 56),
    h("div", null,
      h("h2", { id: "headline" }, text),
      h("p", null, partial ? `${t().sumPartial}. ` : "", t().endsMeaning[end])),
    h("button", { type: "button", id: "report-open", class: "primary", disabled: app.isRunning, onclick: () => dispatchEvent(new Event("lacre:report")) }, t().reportOpen));
}

function chips(app: App, selection: Selection): HTMLElement {
  const { ends } = app.results;
  const chosen = selection.filter.ends;
  return h("div", { class: "chips", role: "group", "aria-label": t().filterBy },
    ...ENDS.filter((end) => ends[end] > 0 || chosen.has(end)).map((end) =>
      h("button", {
        type: "button", id: `chip-${end}`, class: `chip end-${end}`, "aria-pressed": String(chosen.has(end)), onclick: () => selection.toggle(end),
      }, shape(end), h("span", { class: "chip-word" }, t().ends[end]), h("strong", null, whole(ends[end])))));
}

function findings(app: App, selection: Selection): HTMLElement | null {
  const { found, noted, passedOver, records, twins } = app.results;
  const has = found.brokenSeals + found.disagreeing > 0;
  const judgesRequests = app.run?.trust.judgesRequests ?? false;
  const lines: [string, boolean][] = [];
  if (isRevocationUnchecked(app)) lines.push([t().revocationUnchecked, true]);
  const refusedLists = app.run?.trust.rows.en.refused_lists.length ?? 0;
  if (refusedLists > 0) lines.push([t().listsRefused(refusedLists), true]);
  if (noted > 0) lines.push([t().noted(noted), true]);
  if (found.records > 0) lines.push([t().recordsLine(found.records), false]);
  if (found.brokenSeals > 0) lines.push([t().brokenSeals(found.brokenSeals), true]);
  if (found.disagreeing > 0) lines.push([t().disagreeing(found.disagreeing), true]);
  if (found.noSeals > 0) lines.push([t().noSeals(found.noSeals), false]);
  if (found.elsewhere > 0) lines.push([t().elsewhere(found.elsewhere), true]);
  if (records.length > 0 && !judgesRequests) lines.push([t().noOwn, false]);
  if (passedOver > 0) lines.push([t().passedOver(passedOver), false]);
  if (twins > 0) lines.push([t().twins(twins), false]);
  if (lines.length === 0) return null;
  const only = h("input", { type: "checkbox", id: "findings-only", checked: selection.filter.findingsOnly });
  only.addEventListener("change", () => selection.setFindingsOnly(only.checked));
  return h("div", { class: "findings" },
    h("ul", null, ...lines.map(([text, bad]) => h("li", { class: bad ? "warn strong" : "" }, text))),
    has && h("label", { class: "inline" }, only, h("span", null, t().showFindings)));
}
