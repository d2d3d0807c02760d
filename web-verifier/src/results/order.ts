// Which rows are shown, and in which order.

import type { Language } from "../engine/protocol.ts";
import { ENDS, type End, type Entry, timeOf, wordsOf } from "./rows.ts";

export type Column = "verdict" | "name" | "type" | "time" | "id" | "signer" | "reason";

export interface Filter {
  /** Empty: all. */
  ends: ReadonlySet<End>;
  search: string;
  findingsOnly: boolean;
}

export interface Sorting {
  column: Column;
  descending: boolean;
}

/** The indices of the entries that pass, sorted; null is the order of the input. */
export function ordered(entries: readonly Entry[], filter: Filter, sorting: Sorting | null, language: Language): Uint32Array {
  const wanted = filter.search.trim().toLowerCase();
  const indices: number[] = [];
  for (const entry of entries) {
    if (filter.ends.size > 0 && !filter.ends.has(entry.end)) continue;
    if (filter.findingsOnly && !hasFinding(entry)) continue;
    if (wanted !== "" && !matches(entry, wanted, language)) continue;
    indices.push(entry.index);
  }
  if (sorting === null) return Uint32Array.from(indices);
  const keys = new Map(indices.map((index) => [index, key(entries[index], sorting.column, language)]));
  const sign = sorting.descending ? -1 : 1;
  indices.sort((a, b) => sign * compared(keys.get(a) ?? "", keys.get(b) ?? "") || a - b);
  return Uint32Array.from(indices);
}

/** Whether the record of an entry has something to be looked into. */
export function hasFinding({ record }: Entry): boolean {
  return record !== null && (record.row.seal === "broken" || record.row.recorded_otherwise);
}

/** What an entry is found by. */
export function matches(entry: Entry, wanted: string, language: Language): boolean {
  const { name, row, said, record } = entry;
  const has = (text: string | null | undefined) => text !== null && text !== undefined && text.toLowerCase().includes(wanted);
  return has(name) || has(row?.code) || has(wordsOf(entry, language).message) || has(row?.signer?.issuer) ||
    has(row?.signer?.subject) || has(row?.signer?.serial) || has(said?.definition) || has(record?.row.exchange_id) ||
    has(record?.row.code) || (said?.ids.some(has) ?? false) || (said?.endToEndIds.some(has) ?? false);
}

/** The identifier that is shown. */
export function idOf({ said, record }: Entry): string {
  return said?.endToEndIds[0] ?? said?.ids[0] ?? record?.row.exchange_id ?? "";
}

/** The holder's short name: the value of the first CN. */
export function commonName(subject: string): string {
  return /(?:^|, )CN=((?:[^,\\]|\\.)*)/.exec(subject)?.[1] ?? subject;
}

export function signerOf({ row }: Entry): string {
  const signer = row?.signer;
  return signer === null || signer === undefined ? "" : commonName(signer.subject ?? signer.issuer);
}

function key(entry: Entry | undefined, column: Column, language: Language): string | number {
  if (entry === undefined) return "";
  switch (column) {
    // Worst first when it ascends: that is what one looks for.
    case "verdict": return SEVERITY[entry.end];
    case "name": return entry.name;
    case "type": return entry.said?.definition ?? "";
    case "time": return Date.parse(timeOf(entry) ?? "") || 0;
    case "id": return idOf(entry);
    case "signer": return signerOf(entry);
    case "reason": return entry.row?.code === null ? "" : wordsOf(entry, language).message ?? "";
  }
}

const WORST_FIRST: readonly End[] = ["invalid", "malformed", "unsigned", "unreadable", "indeterminate", "exempt", "valid"];
const SEVERITY = Object.fromEntries(ENDS.map((end) => [end, WORST_FIRST.indexOf(end)])) as Record<End, number>;

/** The end that a summary speaks of: the worst that there is. */
export function worst(ends: Readonly<Record<End, number>>): End | null {
  return WORST_FIRST.find((end) => ends[end] > 0) ?? null;
}

function compared(a: string | number, b: string | number): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return a < b ? -1 : a > b ? 1 : 0;
}
