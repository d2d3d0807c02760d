// The texts of the language in use, and how numbers and instants are written in it.

import type { Language } from "../engine/protocol.ts";
import { en } from "./en.ts";
import { pt, type Texts } from "./pt.ts";

let current: Language = "pt-BR";

export function setLanguage(language: Language): void {
  current = language;
}

export function language(): Language {
  return current;
}

/** The texts. */
export function t(): Texts {
  return current === "en" ? en : pt;
}

export function whole(n: number): string {
  return n.toLocaleString(current);
}

const MEBI = 1 << 20;

export function octets(n: number): string {
  const digits = { maximumFractionDigits: 1 };
  if (n >= 1024 * MEBI) return `${(n / 1024 / MEBI).toLocaleString(current, digits)} GiB`;
  if (n >= MEBI) return `${(n / MEBI).toLocaleString(current, digits)} MiB`;
  return n >= 1024 ? `${(n / 1024).toLocaleString(current, digits)} KiB` : `${whole(n)} B`;
}

export function duration(seconds: number): string {
  if (seconds < 10) return t().seconds(seconds.toLocaleString(current, { maximumFractionDigits: 1 }));
  const all = Math.round(seconds);
  return all < 90 ? t().seconds(whole(all)) : t().minutes(Math.floor(all / 60), all % 60);
}

/** An instant as people read it, always in UTC, which reports and certificates speak. What is no instant stays as it is. */
export function instant(text: string | null): string {
  if (text === null) return "–";
  const time = Date.parse(text);
  if (Number.isNaN(time)) return text;
  return `${new Date(time).toLocaleString(current, { dateStyle: "short", timeStyle: "medium", timeZone: "UTC" })} UTC`;
}

/** Only its day. */
export function day(text: string): string {
  const time = Date.parse(text);
  return Number.isNaN(time) ? text : new Date(time).toLocaleDateString(current, { timeZone: "UTC" });
}
