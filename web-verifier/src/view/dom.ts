// Elements made without markup: text is only ever text.

type Child = Node | string | number | null | undefined | false;

/** Attributes; `on…` are listeners, `true` is an attribute without a value, what is null or false is left out. */
export type Attributes = Record<string, unknown>;

export function h<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes | null = null,
  ...children: (Child | Child[])[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  apply(element, attributes);
  fill(element, children.flat());
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

export function svg<K extends keyof SVGElementTagNameMap>(
  name: K,
  attributes: Attributes | null = null,
  ...children: (Child | Child[])[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(SVG, name);
  apply(element, attributes);
  fill(element, children.flat());
  return element;
}

function apply(element: Element, attributes: Attributes | null): void {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value as EventListener);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
}

function fill(element: Element, children: readonly Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    element.append(typeof child === "number" ? String(child) : child);
  }
}

export function put(element: Element, ...children: (Child | Child[])[]): void {
  element.replaceChildren();
  fill(element, children.flat());
}

export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`no element \`${id}\``);
  return element as T;
}

/**
 * Text from a message or a file name as it may be shown: characters that turn the direction, take no room or steer a
 * terminal are written out.
 */
export function plain(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g, (character) =>
    character === "\r" ? "␍" : `⟨U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`,
  );
}
