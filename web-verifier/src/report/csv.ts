// The table as CSV, one line for each of its rows, safe to open in a spreadsheet.

import type { Language } from "../engine/protocol.ts";
import { type Entry, notesOf, type Results, timeOf, wordsOf } from "../results/rows.ts";
import { faultHelp, faultText } from "../results/faults.ts";

const HEADER = [
  "row", "file", "record", "side", "part", "verdict", "required", "code", "message", "help", "profile", "bytes", "sha256", "definition",
  "created", "message_ids", "end_to_end_ids", "signer_trusted", "signer_subject", "signer_issuer", "signer_serial", "exchange_id", "channel",
  "outcome", "recorded_verdict", "seal", "chain_id", "chain_sequence", "notes",
];

/**
 * In pieces. Portuguese spreadsheets expect semicolons, English ones commas; the mark at the beginning tells both that the
 * text is UTF-8.
 */
export function csvReport(results: Results, language: Language): string[] {
  const separator = language === "en" ? "," : ";";
  const line = (cells: readonly unknown[]) => `${cells.map((value) => cell(value, separator)).join(separator)}\r\n`;
  return ["\ufeff", line(HEADER), ...results.entries.map((entry) => line(cells(entry, language)))];
}

function cells(entry: Entry, language: Language): unknown[] {
  const { index, name, record, side, part, end, row, said, fault } = entry;
  const { message, help } = wordsOf(entry, language);
  const { signer } = row ?? {};
  const audit = record?.row;
  return [
    index + 1, name, audit?.row, side, part, row?.verdict ?? (end === "exempt" ? "" : end), end !== "exempt",
    row?.code ?? audit?.code ?? (fault === null ? "" : "unreadable"), message ?? faultText(entry), fault === null ? help : faultHelp(entry), row?.profile, row?.bytes,
    row?.sha256, said?.definition, timeOf(entry), said?.ids.join(" "), said?.endToEndIds.join(" "), signer?.trusted, signer?.subject,
    signer?.issuer, signer?.serial, audit?.exchange_id, audit?.channel, audit?.outcome, audit?.recorded_verdict, audit?.seal,
    audit?.chain_id, audit?.chain_sequence, notesOf(entry, language).map(({ code, element, value }) => [code, element, value].filter(Boolean).join(" ")).join("; "),
  ];
}

/**
 * One cell. What a spreadsheet would run as a formula gets an apostrophe before it, whether it begins so at once or behind
 * white space. Spreadsheets in East Asian languages take the full-width signs too.
 */
export function cell(value: unknown, separator: string): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "string") return String(value);
  const safe = /^\s*[=+\-@|%＝＋－＠]|^[\t\r\n]/.test(value) ? `'${value}` : value;
  return safe.includes(separator) || /["\r\n;,\t]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe;
}
