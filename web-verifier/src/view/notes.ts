// What there is to know of a message whatever its verdict: where other programs may read it differently, with the whole value.

import type { MessageFields } from "../engine/protocol.ts";
import { t, whole } from "../i18n/index.ts";
import { h, plain } from "./dom.ts";
import { code } from "./shell.ts";

/** A value that is longer is cut here, and says so: all of it stands in the JSON. */
const VALUE_CHARACTERS_MAX = 4_000;

export function notesList(notes: MessageFields["notes"]): HTMLElement | null {
  if (notes.length === 0) return null;
  return h("ul", { class: "notes" }, ...notes.map((note) => h("li", null,
    h("p", null, ...code(plain(note.text))),
    (note.element !== null || note.value !== null) && h("dl", { class: "facts" },
      note.element !== null && [h("dt", null, t().noteElement), h("dd", { class: "mono" }, plain(note.element))],
      note.value !== null && [h("dt", null, t().noteValue), h("dd", { class: "mono value", tabindex: "0" }, value(note.value))],
      note.line !== null && note.column !== null && note.offset !== null &&
        [h("dt", null, t().where), h("dd", null, t().whereAt(note.line, note.column, note.offset))]))));
}

function value(text: string): string {
  const shown = plain(text.slice(0, VALUE_CHARACTERS_MAX));
  return text.length <= VALUE_CHARACTERS_MAX ? shown : `${shown}… ${t().noteCut(whole(text.length))}`;
}
