// The reports of the command, made in the page: the same rows and counts, and beside them what the page knows besides.

import type { AuditRow, Language } from "../engine/protocol.ts";
import type { ReportFacts } from "./facts.ts";
import { faultHelp, faultText } from "../results/faults.ts";
import { type Entry, type RecordEntry, recordWords, type Results, wordsOf } from "../results/rows.ts";

export type Schema = "lacre.verify/1" | "lacre.audit/1";

/** The report of loose messages or of records, in pieces: in one text a hundred thousand rows would be too long. */
export function jsonReport(schema: Schema, results: Results, facts: ReportFacts, language: Language): string[] {
  const { tool, at, revocation, ...more } = facts;
  const rows = schema === "lacre.verify/1" ? messageRows(results, language) : recordRows(results, language);
  const counts = schema === "lacre.verify/1" ? verifyCounts(results) : auditCounts(results);
  const head = `{"schema":${JSON.stringify(schema)},"tool":${JSON.stringify(tool)},"at":${JSON.stringify(at)},"revocation":${JSON.stringify(revocation[schema === "lacre.verify/1" ? "verify" : "audit"])},"results":[`;
  const added = Object.entries(more).map(([name, value]) => `,${JSON.stringify(name)}:${JSON.stringify(value)}`);
  return [
    head,
    ...rows.map((row, index) => `${index === 0 ? "\n" : ",\n"}${JSON.stringify(row)}`),
    `\n],"counts":${JSON.stringify(counts)}`, ...added, "}\n",
  ];
}

/** Whether an entry stands for a record: one that was judged, or a row or the rest of an archive that could not be read. */
export function isOfArchive({ record, fault, place }: Entry): boolean {
  if (record !== null) return true;
  const code = fault?.code;
  return place.span !== undefined || place.row !== undefined || code === "parquet" || code === "row-group-too-large" || code === "line-too-long" || code === "row-too-long";
}

function messageRows(results: Results, language: Language): unknown[] {
  return results.entries.filter((entry) => !isOfArchive(entry)).map((entry) => {
    const { name, row } = entry;
    if (row !== null) return { file: name, ...row, ...wordsOf(entry, language) };
    return {
      file: name, bytes: null, sha256: null, profile: null, verdict: null, code: "unreadable", message: faultText(entry),
      help: faultHelp(entry), place: null, signer: null, notes: [],
    };
  });
}

function recordRows(results: Results, language: Language): unknown[] {
  const rows: unknown[] = [];
  let last: RecordEntry | null = null;
  for (const entry of results.entries) {
    if (entry.record !== null && entry.record !== last) rows.push(recordRow(entry.record, language));
    if (entry.record === null && isOfArchive(entry)) rows.push(unread(entry));
    last = entry.record;
  }
  return rows;
}

function recordRow(record: RecordEntry, language: Language): AuditRow {
  const { row, english } = record;
  const messages = row.messages.map((message, index) => (language === "en" ? { ...message, ...english.messages[index] } : message));
  return { ...row, ...recordWords(record, language), messages };
}

function unread(entry: Entry): unknown {
  return {
    file: entry.name, row: entry.place.row ?? entry.line ?? null, exchange_id: null, channel: null, request_date: null, outcome: null,
    verdict: null, code: "unreadable", message: faultText(entry), help: faultHelp(entry), side: null, recorded_verdict: null,
    recorded_otherwise: false, seal: null, chain_id: null, chain_sequence: null, elsewhere: [], messages: [], rules_version: null,
    stricter_since: null,
  };
}

/** As `lacre verify` counts. */
export function verifyCounts(results: Results) {
  const counts = { messages: 0, valid: 0, invalid: 0, indeterminate: 0, unsigned: 0, malformed: 0, unreadable: 0, passed_over: results.passedOver };
  for (const entry of results.entries) {
    if (isOfArchive(entry) || entry.end === "exempt") continue;
    counts[entry.end] += 1;
    counts.messages += 1;
  }
  return counts;
}

/** As `lacre audit verify` counts: each record once. */
export function auditCounts(results: Results) {
  const counts = {
    records: 0, valid: 0, invalid: 0, indeterminate: 0, unsigned: 0, malformed: 0, nothing_to_prove: 0, not_kept: 0, unreadable: 0,
    elsewhere: 0, seal_broken: 0, seal_absent: 0, recorded_otherwise: 0, stricter_since: 0, messages: 0, passed_over: results.passedOver,
  };
  for (const { row } of results.records) {
    counts.records += 1;
    counts[row.verdict ?? (row.elsewhere.length > 0 ? "not_kept" : "nothing_to_prove")] += 1;
    counts.elsewhere += row.elsewhere.length;
    if (row.seal === "broken") counts.seal_broken += 1;
    if (row.seal === "absent") counts.seal_absent += 1;
    if (row.recorded_otherwise) counts.recorded_otherwise += 1;
    if (row.stricter_since !== null) counts.stricter_since += 1;
    counts.messages += row.messages.length;
  }
  const unread = results.entries.filter((entry) => entry.record === null && isOfArchive(entry)).length;
  counts.records += unread;
  counts.unreadable += unread;
  return counts;
}
