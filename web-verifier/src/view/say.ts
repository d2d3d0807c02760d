// What is said to those who listen to the page.

import { byId } from "./dom.ts";

export function say(text: string): void {
  byId("say").textContent = text;
}
