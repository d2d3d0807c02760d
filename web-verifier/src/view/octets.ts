// Octets as text, a window at a time: what is marked in them, and what cannot be seen by itself.

import type { Uncovered, Window } from "../engine/protocol.ts";
import { t } from "../i18n/index.ts";
import { h, plain, put } from "./dom.ts";

/** Something to be marked, in octets from the start of the whole. */
export interface Mark {
  start: number;
  end: number;
  kind: Uncovered["kind"] | "error" | "difference";
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The text of a window with its marks. */
export function marked({ bytes, start }: Window, marks: readonly Mark[]): (Node | string)[] {
  const end = start + bytes.length;
  const cuts = new Set([start, end]);
  const inside = marks.filter((mark) => mark.end > start && mark.start < end);
  for (const mark of inside) {
    cuts.add(Math.max(start, mark.start));
    cuts.add(Math.min(end, mark.end));
  }
  const points = [...cuts].sort((a, b) => a - b);
  // Marks come sorted by their start, and few of them overlap: only those that are open are looked at.
  return points.slice(0, -1).map((from, index) => {
    const to = points[index + 1] ?? end;
    const text = plain(decoder.decode(bytes.subarray(from - start, to - start)));
    const over = inside.filter((mark) => mark.start <= from && mark.end >= to);
    const strongest = over.find(({ kind }) => kind === "error" || kind === "difference") ?? over[0];
    return strongest === undefined ? text : mark(text, strongest.kind);
  });
}

function mark(text: string, kind: Mark["kind"]): HTMLElement {
  const title = kind === "error" ? t().errorHere : kind === "difference" ? undefined : t().uncoveredKinds[kind];
  // White space alone would be an empty box.
  return h("mark", { class: `mark-${kind}`, title }, text.replace(/^[ \n]+$/, (blank) => blank.replaceAll(" ", "·").replaceAll("\n", "↵\n")));
}

/** A pane that shows octets window by window. */
export function pane(label: string, load: (start: number) => Promise<Window>, marks: readonly Mark[], begin = 0): HTMLElement {
  const text = h("pre", { class: "octets", tabindex: "0", role: "region", "aria-label": label });
  const where = h("span", { class: "quiet", role: "status" });
  const earlier = h("button", { type: "button", class: "small", onclick: () => void show(before) }, t().earlier);
  const later = h("button", { type: "button", class: "small", onclick: () => void show(after) }, t().later);
  const whole = h("div", { class: "pane" }, h("div", { class: "row" }, where, earlier, later), text);
  let [before, after] = [0, 0];
  const show = async (start: number) => {
    try {
      const window = await load(start);
      const end = window.start + window.bytes.length;
      [before, after] = [Math.max(0, window.start - (window.bytes.length || 1)), end];
      put(text, ...marked(window, marks));
      where.textContent = t().windowOf(window.total === 0 ? 0 : window.start + 1, end, window.total);
      earlier.hidden = window.start === 0;
      later.hidden = end >= window.total;
    } catch (thrown) {
      put(text, t().octetsFailed, " ", plain(thrown instanceof Error ? thrown.message : ""));
      earlier.hidden = later.hidden = true;
    }
  };
  void show(begin);
  return whole;
}
