// The message beside what is said to be its original: the first difference of each part.

import type { Comparison, Difference, TargetName, Window } from "../engine/protocol.ts";
import { t } from "../i18n/index.ts";
import { h, plain, put } from "./dom.ts";
import { step } from "./icons.ts";
import { marked } from "./octets.ts";

type Compare = (original: File, targets: TargetName[]) => Promise<Comparison[]>;

export function comparing(targets: TargetName[], compare: Compare): HTMLElement {
  const result = h("div", { role: "status" });
  const take = async (file: File | undefined) => {
    if (file === undefined) return;
    try {
      const parts = await compare(file, targets);
      put(result, h("p", null, h("strong", null, t().compareWith(plain(file.name)))), h("ul", { class: "comparison" }, ...parts.map(part)));
    } catch (thrown) {
      put(result, h("p", { class: "warn" }, plain(thrown instanceof Error ? thrown.message : String(thrown))));
    }
  };
  const picker = h("input", { type: "file", class: "hidden", id: "original-pick", tabindex: "-1", "aria-hidden": "true" });
  picker.addEventListener("change", () => void take(picker.files?.[0]));
  const place = h("div", { class: "drop small-drop", id: "original" },
    h("span", null, t().compareIntro), h("button", { type: "button", onclick: () => picker.click() }, t().comparePick));
  place.addEventListener("dragover", (event) => event.preventDefault());
  place.addEventListener("drop", (event) => {
    event.preventDefault();
    void take(event.dataTransfer?.files[0]);
  });
  return h("div", null, picker, place, result);
}

function part({ target, difference, unreadable }: Comparison): HTMLElement {
  const state = unreadable ? "not-reached" : difference === null ? "passed" : "failed";
  const words = unreadable ? t().compareUnreadable : difference === null ? t().compareSame : t().compareDiffer(difference.offset);
  return h("li", null,
    h("div", { class: "row" }, step(state), h("strong", null, t().targets[target]), h("span", null, words)),
    difference !== null && sides(difference));
}

function sides({ offset, ours, theirs }: Difference): HTMLElement {
  const side = (label: string, window: Window) =>
    h("figure", null, h("figcaption", null, label), h("pre", { class: "octets", tabindex: "0", role: "region", "aria-label": label }, ...around(window, offset)));
  return h("div", { class: "sides" }, side(t().compareOurs, ours), side(t().compareTheirs, theirs));
}

/** The window with the character at the difference marked; or the word that nothing follows. */
function around(window: Window, offset: number): (Node | string)[] {
  const at = offset - window.start;
  const length = characterLength(window.bytes[at]);
  const start = at >= 0 && ((window.bytes[at] ?? 0) & 0xc0) === 0x80 ? offset - 1 : offset;
  const shown = marked(window, [{ start, end: offset + length, kind: "difference" }]);
  return at < window.bytes.length ? shown : [...shown, h("mark", { class: "mark-difference" }, ` ${t().compareEnd} `)];
}

function characterLength(first: number | undefined): number {
  if (first === undefined || first < 0xc0) return 1;
  return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}
