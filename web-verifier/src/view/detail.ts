// One message in depth: the verdict, why, the way of the proof with both digests, the message itself with what no signature
// covers, and its alleged original beside it.

import type { App } from "../app.ts";
import type { Which } from "../engine/look.ts";
import type { InspectRow, Look, TargetName } from "../engine/protocol.ts";
import { instant, language, t } from "../i18n/index.ts";
import { faultHelp } from "../results/faults.ts";
import { type End, type Entry, recordWords, type RecordEntry } from "../results/rows.ts";
import { save } from "../report/save.ts";
import { comparing } from "./compare.ts";
import { byId, h, plain, put } from "./dom.ts";
import { shape, step } from "./icons.ts";
import { notesList } from "./notes.ts";
import { type Mark, pane } from "./octets.ts";
import { code } from "./shell.ts";
import { reasonOf, shortName } from "./table.ts";
import type { Selection } from "./selection.ts";

type Outcome = "passed" | "failed" | "not-reached";

export class Detail {
  readonly #app: App;
  readonly #selection: Selection;
  readonly #dialog = byId<HTMLDialogElement>("detail");
  #position = 0;
  /** What is asked for last wins: answers to what was asked before are dropped. */
  #asked = 0;

  constructor(app: App, selection: Selection) {
    this.#app = app;
    this.#selection = selection;
    this.#dialog.addEventListener("close", () => document.getElementById("grid")?.focus());
  }

  /** Shows the row at a position of the table. */
  open(position: number): void {
    const entry = this.#app.results.entries[this.#selection.order[position] ?? -1];
    if (entry === undefined) return;
    this.#position = position;
    void this.#draw(entry);
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#dialog.scrollTop = 0;
  }

  async #draw(entry: Entry): Promise<void> {
    const asked = ++this.#asked;
    const body = h("div", { class: "dialog-body" }, verdict(entry), h("p", { class: "quiet", role: "status" }, t().loading));
    put(this.#dialog, this.#top(entry), body);
    const file = this.#app.inputs[entry.place.source]?.file;
    const rest: (HTMLElement | null)[] = [];
    if (entry.row !== null && file !== undefined) {
      const which = whichOf(entry, file);
      try {
        const look = await this.#app.engine.pool.look(which, this.#app.run?.at ?? "message", language());
        rest.push(...this.#parts(entry, which, look));
      } catch (thrown) {
        rest.push(h("p", { class: "warn" }, t().lookFailed(plain(thrown instanceof Error ? thrown.message : String(thrown)))));
      }
    }
    if (asked !== this.#asked) return;
    put(body, verdict(entry), ...rest, entry.record === null ? null : recordPart(entry.record), about(entry));
    body.dataset["shown"] = String(entry.index);
  }

  #top(entry: Entry): HTMLElement {
    const { order } = this.#selection;
    const go = (by: number, text: string) => {
      const to = this.#position + by;
      return h("button", { type: "button", class: "small", id: by < 0 ? "previous" : "next", disabled: to < 0 || to >= order.length, onclick: () => this.#go(to, by) }, text);
    };
    return h("div", { class: "dialog-top" },
      h("h2", { id: "detail-title" }, shortName(entry)),
      h("div", { class: "row" }, go(-1, t().previous), go(1, t().next),
        h("button", { type: "button", class: "close", onclick: () => this.#dialog.close() }, t().close)));
  }

  #go(to: number, by: number): void {
    this.open(to);
    const button = document.getElementById(by < 0 ? "previous" : "next") as HTMLButtonElement | null;
    if (button?.disabled === false) button.focus();
    else this.#dialog.querySelector<HTMLElement>(".close")?.focus();
  }

  #parts(entry: Entry, which: Which, look: Look): (HTMLElement | null)[] {
    const { row } = look;
    const targets = [...new Set([...row.references.map(({ target }): TargetName => target), "SignedInfo" as const])];
    return [
      why(row),
      noted(row),
      this.#walk(which, row),
      this.#source(which, look),
      entry.end === "malformed" ? null
        : section(t().compareTitle, comparing(targets, (original, wanted) => this.#app.engine.pool.compare(which, original, wanted))),
      checks(row),
    ];
  }

  #walk(which: Which, row: InspectRow): HTMLElement | null {
    if (row.references.length === 0) return null;
    const outcome = (name: string): Outcome => row.checks.find((check) => check.name === name)?.outcome ?? "not-reached";
    const sealed = row.references.find(({ target }) => (target as TargetName) === "SignedInfo");
    const references = row.references.filter((reference) => reference !== sealed).map((reference) =>
      h("li", null,
        stepTop(reference.agree === null ? "not-reached" : reference.agree ? "passed" : "failed", t().targets[reference.target]),
        h("p", { class: "told" }, reference.agree === null ? t().notReached : reference.agree ? t().agree : t().disagree,
          ` · ${t().canonicalBytes(reference.canonical_bytes)}`,
          reference.first_line !== null && reference.last_line !== null && ` · ${t().whereLines(reference.first_line, reference.last_line)}`),
        digest(t().claimed, reference.claimed?.hex ?? null, reference.computed?.hex ?? null),
        digest(t().computed, reference.computed?.hex ?? null, reference.claimed?.hex ?? null),
        this.#octets(which, reference.target)));
    const certificate: Outcome = outcome("certificate") === "passed" ? outcome("validity") : outcome("certificate");
    return section(t().walkTitle,
      h("p", { class: "quiet" }, t().walkIntro),
      h("ol", { class: "walk" }, ...references,
        h("li", null, stepTop(outcome("signature"), t().signedInfoStep),
          sealed !== undefined && h("p", { class: "told" }, t().canonicalBytes(sealed.canonical_bytes)),
          sealed !== undefined && digest(t().computed, sealed.computed?.hex ?? null, null),
          this.#octets(which, "SignedInfo")),
        h("li", null, stepTop(certificate, t().certificateStep), signer(row))));
  }

  /** The canonical octets of a part, read only when they are asked for. */
  #octets(which: Which, target: TargetName): HTMLElement {
    const { pool } = this.#app.engine;
    const place = h("div", null);
    const button = h("button", { type: "button", class: "small", "aria-expanded": "false" }, t().showOctets);
    button.addEventListener("click", () => {
      const shown = place.childElementCount > 0;
      button.textContent = shown ? t().showOctets : t().hideOctets;
      button.setAttribute("aria-expanded", String(!shown));
      put(place, !shown && pane(t().targets[target], (start) => pool.window(which, target, start), []));
    });
    const keep = h("button", { type: "button", class: "small" }, t().saveOctets);
    keep.addEventListener("click", () => {
      void pool.canonical(which, target).then(
        (bytes) => save(`${target}.c14n`, "application/octet-stream", [bytes as Uint8Array<ArrayBuffer>]),
        () => put(place, h("p", { class: "warn" }, t().octetsFailed)),
      );
    });
    return h("div", { class: "octets-of" }, h("div", { class: "row" }, button, keep), place);
  }

  #source(which: Which, { row, uncovered, size }: Look): HTMLElement {
    const marks: Mark[] = uncovered.map(({ start, end, kind }) => ({ start, end, kind }));
    const offset = row.place?.offset ?? null;
    if (offset !== null) marks.push({ start: offset, end: offset + 1, kind: "error" });
    const kinds = [...new Set(uncovered.map(({ kind }) => kind))];
    return section(t().sourceTitle,
      h("p", { class: "quiet" }, uncovered.length > 0 ? t().sourceIntro : t().sourceAllCovered),
      h("ul", { class: "legend" }, ...kinds.map((kind) => h("li", null, h("mark", { class: `mark-${kind}` }, t().uncoveredKinds[kind])))),
      pane(t().sourceTitle, (start) => this.#app.engine.pool.window(which, "file", start), marks, Math.max(0, Math.min(offset ?? 0, size) - 2_000)),
      h("p", { class: "quiet" }, t().uncoveredNote));
  }
}

function whichOf({ place, name, side, part, row }: Entry, file: Blob): Which {
  return { file, place, name, side, part, profile: row?.profile ?? "auto" };
}

function section(title: string, ...content: (Node | null)[]): HTMLElement {
  return h("section", null, h("h3", null, title), ...content);
}

function verdict(entry: Entry): HTMLElement {
  const reason = reasonOf(entry);
  return h("div", { class: `headline end-${entry.end}` },
    shape(entry.end, 48),
    h("div", null,
      h("p", { class: "headline-word" }, t().ends[entry.end]),
      h("p", null, t().endsMeaning[entry.end]),
      reason !== "" && h("p", { class: "strong" }, ...code(reason)),
      entry.fault !== null && h("p", null, ...code(faultHelp(entry)))));
}

function why(row: InspectRow): HTMLElement | null {
  if (row.code === null) return null;
  const { place } = row;
  const ways: Readonly<Record<string, string>> = t().ways;
  const way = ways[row.code] ?? null;
  const where = place === null || place.line === null ? null
    : place.last_line === null ? (place.column === null || place.offset === null ? null : t().whereAt(place.line, place.column, place.offset))
    : `${place.target === null ? "" : `${place.target === "root" ? t().targets.root : place.target}, `}${t().whereLines(place.line, place.last_line)}`;
  return h("section", { class: "why" },
    h("dl", { class: "facts" },
      row.cause !== null && [h("dt", null, row.cause.proved ? t().causeProved : t().cause), h("dd", { class: "strong" }, ...code(row.cause.text))],
      [h("dt", null, t().what), h("dd", null, ...code(plain(row.message ?? "")))],
      [h("dt", null, t().help), h("dd", null, ...code(row.cause?.help ?? row.help ?? ""), way !== null && h("p", null, way))],
      where !== null && [h("dt", null, t().where), h("dd", null, where)],
      [h("dt", null, t().code), h("dd", { class: "mono" }, row.code)]));
}

function noted(row: InspectRow): HTMLElement | null {
  const notes = notesList(row.notes);
  return notes === null ? null : h("section", { class: "why", id: "detail-notes" }, h("h3", null, t().notesTitle), notes);
}

function stepTop(outcome: Outcome, text: string): HTMLElement {
  const word = outcome === "passed" ? t().passed : outcome === "failed" ? t().failed : t().notReachedShort;
  return h("div", { class: `step step-${outcome}` }, step(outcome), h("strong", null, text), h("span", { class: "step-word" }, word));
}

/** A digest in groups of eight; where the other one differs, the groups are marked. */
function digest(label: string, hex: string | null, other: string | null): HTMLElement {
  const groups = (hex ?? "").match(/.{8}/g) ?? [];
  return h("div", { class: "digest" }, h("span", { class: "digest-label" }, label),
    h("span", { class: "mono" }, ...(hex === null ? ["–"] : groups.flatMap((group, index) => {
      const differs = other !== null && other.slice(index * 8, index * 8 + 8) !== group;
      return [differs ? h("mark", { class: "mark-difference" }, group) : group, " "];
    }))));
}

function signer(row: InspectRow): HTMLElement | null {
  const { signer } = row;
  if (signer === null) return null;
  const facts: [string, string | null, string?][] = [
    [t().subject, signer.subject],
    [t().issuer, signer.issuer],
    [t().serial, signer.serial, "mono"],
    [t().validity, signer.not_before === null ? null : t().validFromTo(instant(signer.not_before), instant(signer.not_after))],
    [t().judgedAt, row.instant === null ? null : instant(row.instant)],
    [t().messageTime, row.message_time === null ? null : instant(row.message_time)],
  ];
  return h("div", null,
    h("p", { class: "told" }, signer.trusted ? t().trusted : t().untrusted),
    h("dl", { class: "facts" }, ...facts.filter(([, text]) => text !== null).flatMap(([term, text, look]) => [h("dt", null, term), h("dd", { class: look }, plain(text ?? ""))])));
}

function checks(row: InspectRow): HTMLElement | null {
  if (row.checks.length === 0) return null;
  return section(t().checksTitle, h("ul", { class: "checks" }, ...row.checks.map((check) => h("li", null,
    stepTop(check.outcome, check.text), check.message !== null && h("p", { class: "told" }, ...code(plain(check.message)))))));
}

function recordPart(record: RecordEntry): HTMLElement {
  const { row } = record;
  const words = recordWords(record, language());
  const own = row.code !== null && row.side === null;
  const end = (text: string | null) => (text !== null && text in t().ends ? t().ends[text as End] : text ?? t().none);
  const facts: [string, string, string?][] = [
    [t().seal, t().seals[row.seal], row.seal === "broken" ? "warn strong" : ""],
    [t().recordedVerdict, `${end(row.recorded_verdict)}${row.recorded_otherwise ? ` (${t().recordedOther})` : ""}`, row.recorded_otherwise ? "warn strong" : ""],
    [t().exchange, row.exchange_id ?? t().none, "mono"],
    [t().channel, row.channel?.toUpperCase() ?? t().none],
    [t().created, instant(row.request_date)],
    [t().outcome, row.outcome ?? t().none, "mono"],
    [t().chain, row.chain_id === null ? t().none : `${row.chain_id} · ${row.chain_sequence ?? ""}`, "mono"],
  ];
  if (row.elsewhere.length > 0) facts.push([t().bodyElsewhere, row.elsewhere.map((side) => t()[side]).join(", "), "warn"]);
  return section(t().recordTitle,
    own ? h("p", { class: "warn strong" }, ...code(plain(words.message ?? ""))) : null,
    own ? h("p", null, ...code(words.help ?? "")) : null,
    h("dl", { class: "facts" }, ...facts.flatMap(([term, text, look]) => [h("dt", null, term), h("dd", { class: look }, plain(text))])));
}

function about(entry: Entry): HTMLElement {
  const { row, said, name } = entry;
  const facts: [string, string | null, string?][] = [
    [t().file, plain(name)],
    [t().size, row === null || row.bytes === null ? null : t().bytes(row.bytes)],
    ["SHA-256", row?.sha256 ?? null, "mono"],
    [t().profile, row?.profile?.toUpperCase() ?? null],
    [t().definition, said?.definition ?? null],
    [t().created, said?.created ?? null],
    ["MsgId", said === null || said.ids.length === 0 ? null : said.ids.join(", "), "mono"],
    ["EndToEndId", said === null || said.endToEndIds.length === 0 ? null : said.endToEndIds.join(", "), "mono"],
  ];
  return section(t().aboutTitle,
    h("dl", { class: "facts" }, ...facts.filter(([, text]) => text !== null).flatMap(([term, text, look]) => [h("dt", null, term), h("dd", { class: look }, plain(text ?? ""))])),
    h("p", { class: "quiet" }, t().aboutNote));
}
