// Which rows are shown, in which order: shared by the summary's filters, the table and the detail's next and previous.

import type { App } from "../app.ts";
import { language } from "../i18n/index.ts";
import { type Column, type Filter, ordered, type Sorting } from "../results/order.ts";
import type { End } from "../results/rows.ts";

const SORT_MS = 400;

export class Selection {
  readonly #app: App;
  readonly #listeners: (() => void)[] = [];
  #ends = new Set<End>();
  #search = "";
  #findingsOnly = false;
  #sorting: Sorting | null = null;
  #order: Uint32Array = new Uint32Array();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #last = 0;

  constructor(app: App) {
    this.#app = app;
    // While rows pour in, they are sorted now and then; at the end once more.
    app.on(["rows"], () => {
      if (!app.isRunning || app.results.entries.length === 0) return this.refresh();
      if (this.#timer === null) this.#timer = setTimeout(() => this.refresh(), Math.max(0, this.#last + SORT_MS - performance.now()));
    });
    app.on(["language"], () => this.refresh());
  }

  get order(): Uint32Array {
    return this.#order;
  }

  get filter(): Filter {
    return { ends: this.#ends, search: this.#search, findingsOnly: this.#findingsOnly };
  }

  get sorting(): Sorting | null {
    return this.#sorting;
  }

  on(listener: () => void): void {
    this.#listeners.push(listener);
  }

  toggle(end: End): void {
    if (!this.#ends.delete(end)) this.#ends.add(end);
    this.refresh();
  }

  setFindingsOnly(only: boolean): void {
    this.#findingsOnly = only;
    this.refresh();
  }

  setSearch(text: string): void {
    this.#search = text;
    this.refresh();
  }

  /** Ascending, descending, and back to the order of the input. */
  sortBy(column: Column): void {
    const { column: old, descending } = this.#sorting ?? { column: null, descending: false };
    if (old !== column) this.#sorting = { column, descending: false };
    else this.#sorting = descending ? null : { column, descending: true };
    this.refresh();
  }

  refresh(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#order = ordered(this.#app.results.entries, this.filter, this.#sorting, language());
    this.#last = performance.now();
    for (const listener of this.#listeners) listener();
  }
}
