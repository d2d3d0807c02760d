// Where messages come in: by choice, or dropped anywhere on the page.

import type { App } from "../app.ts";
import type { Input } from "../engine/protocol.ts";
import { ofDrop, ofPicker } from "../input/gather.ts";
import { octets, t } from "../i18n/index.ts";
import { byId, h, plain, put } from "./dom.ts";
import { say } from "./say.ts";

/** Hands over what was given, and says what became of certificates and lists. */
export async function give(app: App, given: readonly Input[], isTrust?: (input: Input) => Promise<boolean>): Promise<void> {
  const { added, lists, known, refused } = await app.give(given, isTrust);
  const words = [
    added > 0 && t().trustAdded(added),
    lists > 0 && t().listsAdded(lists),
    added + lists === 0 && known > 0 && t().trustKnown,
    ...refused.slice(0, REFUSED_SAID_MAX).map((name) => t().trustBad(plain(name))),
  ].filter((part) => part !== false);
  if (words.length === 0) return;
  say(words.join(" "));
  note(words.join(" "), refused.length > 0);
}

/** The rest stands in the list of trusted files. */
const REFUSED_SAID_MAX = 3;

function note(text: string, isProblem: boolean): void {
  document.getElementById("given")?.replaceChildren(h("span", { class: isProblem ? "warn" : "quiet" }, text));
}

export function showInputs(app: App): void {
  const section = byId("inputs");
  const draw = () => {
    const files = picker("files-pick", {}, app);
    const folder = picker("folder-pick", { webkitdirectory: true }, app);
    const size = app.inputs.reduce((sum, { file }) => sum + file.size, 0);
    put(
      section,
      h("h2", { id: "inputs-title" }, t().inputsTitle),
      h("div", { class: "drop" }, h("strong", null, t().dropTitle), h("span", { class: "quiet" }, t().dropHint)),
      files, folder,
      h("div", { class: "row" },
        h("button", { type: "button", class: "primary", onclick: () => files.click() }, t().pickFiles),
        h("button", { type: "button", onclick: () => folder.click() }, t().pickFolder)),
      h("div", { class: "row spread" },
        h("span", { id: "inputs-told" }, app.inputs.length === 0 ? t().inputsNone : t().inputsSome(t().files(app.inputs.length), octets(size))),
        app.inputs.length > 0 && h("button", { type: "button", class: "small", onclick: () => app.clear() }, t().clear)),
      h("p", { id: "given" }),
    );
  };
  app.on(["inputs", "language"], draw);
  draw();
}

function picker(id: string, more: Record<string, unknown>, app: App): HTMLInputElement {
  const input = h("input", { type: "file", multiple: true, id, class: "hidden", tabindex: "-1", "aria-hidden": "true", ...more });
  input.addEventListener("change", () => {
    void give(app, ofPicker(input.files));
    input.value = "";
  });
  return input;
}

/** The whole page takes what is dropped on it, but for a place that wants it for itself. */
export function takeDrops(app: App): void {
  const veil = byId("veil");
  let depth = 0;
  const show = (shown: boolean) => {
    veil.hidden = !shown;
    veil.textContent = shown ? t().dropTitle : "";
  };
  const wanted = (event: DragEvent) => (event.dataTransfer?.types.includes("Files") ?? false) && !isElsewhere(event);
  addEventListener("dragenter", (event) => {
    if (wanted(event)) show(++depth > 0);
  });
  addEventListener("dragleave", (event) => {
    if (wanted(event)) show(--depth > 0);
  });
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    depth = 0;
    show(false);
    if (event.dataTransfer === null || isElsewhere(event)) return;
    void ofDrop(event.dataTransfer).then((given) => give(app, given));
  });
}

function isElsewhere(event: Event): boolean {
  return event.target instanceof Element && event.target.closest("dialog") !== null;
}
