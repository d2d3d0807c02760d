// The table of results: only the rows in sight exist as elements, so that a hundred thousand scroll as smoothly as ten.

import type { App } from "../app.ts";
import { instant, language, t } from "../i18n/index.ts";
import { type Column, idOf, signerOf } from "../results/order.ts";
import { faultText } from "../results/faults.ts";
import { type Entry, timeOf, wordsOf } from "../results/rows.ts";
import { byId, h, plain, put } from "./dom.ts";
import { shape } from "./icons.ts";
import type { Selection } from "./selection.ts";

const COLUMNS: readonly Column[] = ["verdict", "name", "type", "time", "id", "signer", "reason"];
const OVERSCAN = 8;
const SEARCH_MS = 180;
/** Longest text of a cell: what is longer is read in the detail. */
const CELL_CHARACTERS_MAX = 200;
const NAME_CHARACTERS = 40;

export function showTable(app: App, selection: Selection, open: (index: number) => void): void {
  const table = new Table(app, selection, open);
  selection.on(() => table.refresh());
  app.on(["language"], () => table.frame());
  addEventListener("resize", () => table.refresh());
}

class Table {
  readonly #app: App;
  readonly #selection: Selection;
  readonly #open: (index: number) => void;
  readonly #section = byId("table");
  #grid: HTMLElement | null = null;
  #body: HTMLElement | null = null;
  #active = 0;
  #frameAsked = false;

  constructor(app: App, selection: Selection, open: (index: number) => void) {
    this.#app = app;
    this.#selection = selection;
    this.#open = open;
    this.frame();
  }

  /** Draws everything around the rows. */
  frame(): void {
    const body = h("div", { class: "rows", role: "rowgroup" });
    const head = h("div", { class: "head", role: "rowgroup" }, h("div", { role: "row", class: "cells", "aria-rowindex": "1" }, ...COLUMNS.map((column) => this.#header(column))));
    const grid = h("div", { id: "grid", class: "grid", role: "grid", tabindex: "0", "aria-label": t().tableTitle, "aria-describedby": "table-help" }, head, body);
    grid.addEventListener("scroll", () => this.#soon());
    grid.addEventListener("keydown", (event) => this.#key(event));
    body.addEventListener("click", (event) => {
      const row = (event.target as Element).closest<HTMLElement>("[data-position]");
      if (row !== null) this.#choose(Number(row.dataset["position"]), true);
    });
    put(this.#section, h("h2", { class: "hidden" }, t().tableTitle), this.#tools(), h("p", { id: "table-help", class: "hidden" }, t().tableHelp), grid);
    this.#grid = grid;
    this.#body = body;
    this.refresh();
  }

  refresh(): void {
    const { entries } = this.#app.results;
    this.#section.hidden = entries.length === 0;
    const { order } = this.#selection;
    this.#active = Math.min(this.#active, Math.max(0, order.length - 1));
    const shown = document.getElementById("shown");
    if (shown !== null) shown.textContent = order.length === 0 ? t().nothingFound : t().shown(order.length, entries.length);
    this.#grid?.setAttribute("aria-rowcount", String(order.length + 1));
    this.#marks();
    this.#draw();
  }

  #tools(): HTMLElement {
    const search = h("input", { type: "search", id: "search", placeholder: t().searchHint, autocomplete: "off", spellcheck: "false", value: this.#selection.filter.search });
    let timer: ReturnType<typeof setTimeout>;
    search.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => this.#selection.setSearch(search.value), SEARCH_MS);
    });
    const sort = h("select", { id: "sort", "aria-label": t().sortBy("…") },
      h("option", { value: "" }, t().sortBy("…")),
      ...COLUMNS.map((column) => h("option", { value: column }, t().sortBy(t().columns[column].toLowerCase()))));
    sort.addEventListener("change", () => {
      if (sort.value !== "") this.#selection.sortBy(sort.value as Column);
    });
    return h("div", { class: "tools" },
      h("label", { class: "search" }, h("span", { class: "hidden" }, t().search), search),
      sort,
      h("span", { id: "shown", class: "quiet" }));
  }

  #header(column: Column): HTMLElement {
    return h("div", { role: "columnheader", "data-column": column, class: `cell-${column}` },
      h("button", { type: "button", onclick: () => this.#selection.sortBy(column), title: t().sortBy(t().columns[column].toLowerCase()) },
        t().columns[column], h("span", { class: "arrow", "aria-hidden": "true" })));
  }

  #marks(): void {
    const { sorting } = this.#selection;
    for (const header of this.#grid?.querySelectorAll<HTMLElement>("[data-column]") ?? []) {
      const mine = sorting?.column === header.dataset["column"];
      header.setAttribute("aria-sort", mine ? (sorting?.descending ? "descending" : "ascending") : "none");
    }
  }

  #soon(): void {
    if (this.#frameAsked) return;
    this.#frameAsked = true;
    requestAnimationFrame(() => {
      this.#frameAsked = false;
      this.#draw();
    });
  }

  #draw(): void {
    const [grid, body] = [this.#grid, this.#body];
    if (grid === null || body === null || this.#section.hidden) return;
    const { order } = this.#selection;
    const height = rowHeight();
    body.style.height = `${order.length * height}px`;
    const from = Math.max(0, Math.floor(grid.scrollTop / height) - OVERSCAN);
    const to = Math.min(order.length, Math.ceil((grid.scrollTop + grid.clientHeight) / height) + OVERSCAN);
    const rows: HTMLElement[] = [];
    for (let position = from; position < to; position++) {
      const entry = this.#app.results.entries[order[position] ?? 0];
      if (entry !== undefined) rows.push(this.#row(entry, position, height));
    }
    body.replaceChildren(...rows);
    const active = rows.some(({ id }) => id === `row-${this.#active}`);
    if (active) grid.setAttribute("aria-activedescendant", `row-${this.#active}`);
    else grid.removeAttribute("aria-activedescendant");
  }

  #row(entry: Entry, position: number, height: number): HTMLElement {
    const isActive = position === this.#active;
    const row = h("div", {
      role: "row", id: `row-${position}`, class: `cells row end-${entry.end}${isActive ? " active" : ""}`, "data-position": position,
      "aria-rowindex": position + 2, "aria-selected": String(isActive),
    }, ...cellsOf(entry));
    row.style.transform = `translateY(${position * height}px)`;
    return row;
  }

  #key(event: KeyboardEvent): void {
    if (event.target !== this.#grid || event.altKey || event.ctrlKey || event.metaKey) return;
    const page = Math.max(1, Math.floor((this.#grid?.clientHeight ?? 400) / rowHeight()) - 1);
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    const step = steps[event.key];
    if (step !== undefined) this.#choose(this.#active + step, false);
    else if (event.key === "Enter" || event.key === " ") this.#choose(this.#active, true);
    else return;
    event.preventDefault();
  }

  #choose(position: number, opens: boolean): void {
    const { order } = this.#selection;
    if (order.length === 0 || this.#grid === null) return;
    this.#active = Math.max(0, Math.min(order.length - 1, position));
    const height = rowHeight();
    const head = this.#grid.querySelector<HTMLElement>(".head")?.offsetHeight ?? 0;
    const [top, view] = [this.#active * height, this.#grid.clientHeight - head];
    if (top < this.#grid.scrollTop) this.#grid.scrollTop = top;
    else if (top + height > this.#grid.scrollTop + view) this.#grid.scrollTop = top + height - view;
    this.#draw();
    if (opens) this.#open(this.#active);
  }
}

/** As the style sheet has it, which makes rows higher where they are narrow. */
function rowHeight(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--row")) || 44;
}

function cellsOf(entry: Entry): HTMLElement[] {
  const cell = (column: Column, ...content: (Node | string | null)[]) => h("div", { role: "gridcell", class: `cell-${column}` }, ...content);
  const reason = reasonOf(entry);
  const name = nameOf(entry);
  const id = plain(short(idOf(entry)));
  return [
    cell("verdict", shape(entry.end), h("span", { class: "word" }, t().ends[entry.end])),
    cell("name", h("span", { title: name }, shortName(entry))),
    cell("type", plain(short(entry.said?.definition ?? ""))),
    cell("time", instantShort(timeOf(entry))),
    cell("id", h("span", { class: "mono", title: id }, id)),
    cell("signer", plain(short(signerOf(entry)))),
    cell("reason", ...flags(entry), h("span", { title: reason }, reason)),
  ];
}

/** The file, and where in it. */
export function nameOf({ name, record, side, part, line }: Entry): string {
  const parts = [plain(name)];
  const row = record?.row.row ?? line;
  if (row !== null) parts.push(t().recordRow(row));
  if (side !== null) parts.push(t()[side]);
  if (part !== null) parts.push(t().part(part));
  return parts.join(" · ");
}

/** The same, in a column's width: archives lie deep, and the end of their names tells them apart. */
export function shortName({ name, record, side, part, line }: Entry): string {
  const last = plain(name).split("/").at(-1) ?? "";
  const file = last.length > NAME_CHARACTERS ? `…${last.slice(2 - NAME_CHARACTERS)}` : last;
  const row = record?.row.row ?? line;
  if (row === null) return file;
  const which = [t().recordRow(row), side !== null && t()[side], part !== null && t().part(part)].filter((word) => word !== false);
  return `${which.join(", ")} · ${file}`;
}

/** Why, in one line. */
export function reasonOf(entry: Entry): string {
  if (entry.fault !== null) return plain(short(faultText(entry)));
  if (entry.record !== null && entry.row === null) return entry.english.message === null ? t().noMessages : wordsOfEmpty(entry);
  return plain(wordsOf(entry, language()).message ?? "");
}

function wordsOfEmpty({ record, english }: Entry): string {
  return plain((language() === "en" ? english.message : record?.row.message) ?? "");
}

function flags({ record, row }: Entry): HTMLElement[] {
  const words = [
    record?.row.seal === "broken" && t().sealBroken,
    record?.row.recorded_otherwise === true && t().recordedOther,
    (record?.row.elsewhere.length ?? 0) > 0 && t().bodyElsewhere,
    (row?.notes.length ?? 0) > 0 && t().noteWord,
  ];
  return words.filter((word) => word !== false).map((word) => h("span", { class: "tag bad" }, word));
}

function instantShort(text: string | null): string {
  return text === null ? "" : plain(short(instant(text).replace(" UTC", "")));
}

function short(text: string): string {
  return text.length <= CELL_CHARACTERS_MAX ? text : `${text.slice(0, CELL_CHARACTERS_MAX)}…`;
}
