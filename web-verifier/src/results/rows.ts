// Everything that was found, one entry for each row of the table. Texts that repeat are kept once: a hundred thousand rows
// are a few tens of megabytes.

import type {
  AuditRow, FaultCode, InBoth, Judged, Language, MessageFields, Place, Said, Words,
} from "../engine/protocol.ts";

/** A verdict, or one of the two ends that are none: what could not be read, and what had nothing to prove. */
export type End = "valid" | "invalid" | "indeterminate" | "unsigned" | "malformed" | "unreadable" | "exempt";

/** Best first, as reports count them; `exempt` is not counted among messages. */
export const ENDS: readonly End[] = ["valid", "invalid", "indeterminate", "unsigned", "malformed", "unreadable", "exempt"];

/** A record of the audit trail, as its row has it, and the entries of its messages. */
export interface RecordEntry {
  row: AuditRow;
  english: { record: Words; messages: Words[] };
  place: Place;
}

/** One row of the table. */
export interface Entry {
  index: number;
  end: End;
  place: Place;
  name: string;
  /** None for a record without messages, and for what could not be read. */
  row: MessageFields | null;
  english: Words;
  said: Said | null;
  record: RecordEntry | null;
  side: "request" | "response" | null;
  part: number | null;
  fault: { code: FaultCode; detail: string; words: InBoth<Words> | null } | null;
  /** The number of a line or row that could not be read, from 0. */
  line: number | null;
}

/** What is wrong with records as such. */
export interface RecordFindings {
  records: number;
  brokenSeals: number;
  noSeals: number;
  disagreeing: number;
  elsewhere: number;
}

const NO_WORDS: Words = { message: null, help: null };

export class Results {
  readonly entries: Entry[] = [];
  readonly records: RecordEntry[] = [];
  readonly ends: Record<End, number> = {
    valid: 0, invalid: 0, indeterminate: 0, unsigned: 0, malformed: 0, unreadable: 0, exempt: 0,
  };
  readonly found: RecordFindings = { records: 0, brokenSeals: 0, noSeals: 0, disagreeing: 0, elsewhere: 0 };
  passedOver = 0;
  /** Files whose records stand in another format beside them. */
  twins = 0;
  /** Messages of which there is something to know, whatever their verdict. */
  noted = 0;
  /** About how much memory the entries hold, in octets. */
  bytes = 0;
  readonly #kept = new Map<string, unknown>();

  add(judged: Judged): void {
    if (judged.kind === "message") this.#message(judged);
    else if (judged.kind === "record") this.#record(judged);
    else this.#fault(judged);
  }

  #message({ place, row, english, said }: Extract<Judged, { kind: "message" }>): void {
    const { file, ...fields } = row;
    this.#push({ end: row.verdict, place, name: file, row: this.#fields(fields), english: this.#words(english), said });
  }

  #record({ place, row, english, said }: Extract<Judged, { kind: "record" }>): void {
    const messages = row.messages.map((message) => this.#fields(message));
    const kept: AuditRow = {
      ...row,
      file: this.#once(row.file),
      chain_id: this.#once(row.chain_id),
      message: this.#once(row.message),
      help: this.#once(row.help),
      messages,
    };
    const words = { record: this.#words(english.record), messages: english.messages.map((each) => this.#words(each)) };
    const record: RecordEntry = { row: kept, english: words, place };
    this.records.push(record);
    this.bytes += 500;
    this.#count(record);
    for (const [index, message] of messages.entries()) {
      const { side, part, required } = message;
      this.#push({
        end: required ? message.verdict : "exempt",
        place, name: kept.file, row: message, english: words.messages[index] ?? NO_WORDS, said: said[index] ?? null, record, side, part,
      });
    }
    if (messages.length === 0) {
      this.#push({ end: endOfEmpty(kept), place, name: kept.file, row: null, english: words.record, said: null, record });
    }
  }

  #count({ row }: RecordEntry): void {
    this.found.records += 1;
    if (row.seal === "broken") this.found.brokenSeals += 1;
    if (row.seal === "absent") this.found.noSeals += 1;
    if (row.recorded_otherwise) this.found.disagreeing += 1;
    if (row.elsewhere.length > 0) this.found.elsewhere += 1;
  }

  #fault({ place, name, code, detail, line, words }: Extract<Judged, { kind: "fault" }>): void {
    const fault = { code, detail: this.#once(detail), words: this.#once(words ?? null) };
    this.#push({ end: "unreadable", place, name, row: null, english: NO_WORDS, said: null, fault, line: line ?? null });
  }

  #push(entry: Pick<Entry, "end" | "place" | "name" | "row" | "english" | "said"> & Partial<Entry>): void {
    this.entries.push({ record: null, side: null, part: null, fault: null, line: null, ...entry, index: this.entries.length });
    this.ends[entry.end] += 1;
    if (entry.row !== null && entry.row.notes.length > 0) this.noted += 1;
    this.bytes += 420 + 2 * entry.name.length + 70 * (entry.said?.endToEndIds.length ?? 0);
  }

  #fields<R extends MessageFields>(row: R): R {
    return { ...row, message: this.#once(row.message), help: this.#once(row.help), code: this.#once(row.code), signer: this.#once(row.signer) };
  }

  #words(words: Words): Words {
    return this.#once(words);
  }

  /** The value that was kept before, if one like it was. */
  #once<T>(value: T): T {
    if (value === null || value === undefined) return value;
    const key = typeof value === "string" ? value : JSON.stringify(value);
    const kept = this.#kept.get(key);
    if (kept !== undefined && typeof kept === typeof value) return kept as T;
    if (this.#kept.size < 50_000) {
      this.#kept.set(key, value);
      this.bytes += 2 * key.length;
    }
    return value;
  }
}

function endOfEmpty(row: AuditRow): End {
  if (row.verdict !== null) return row.verdict;
  return "exempt";
}

/** The row's own words in a language; rows come in Portuguese. */
export function wordsOf(entry: Pick<Entry, "row" | "english">, language: Language): Words {
  if (language === "en") return entry.english;
  return { message: entry.row?.message ?? null, help: entry.row?.help ?? null };
}

/** What there is to know of a message whatever its verdict, in a language. */
export function notesOf({ row, english }: Pick<Entry, "row" | "english">, language: Language): MessageFields["notes"] {
  return (language === "en" ? english.notes : null) ?? row?.notes ?? [];
}

/** Words of the record as such. */
export function recordWords(record: RecordEntry, language: Language): Words {
  return language === "en" ? record.english.record : { message: record.row.message, help: record.row.help };
}

/** When the message says it was made, or the record that the request came; for searching and charts. */
export function timeOf({ said, record }: Entry): string | null {
  return said?.created ?? record?.row.request_date ?? null;
}
