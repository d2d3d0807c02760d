// Verifies batches. Every word is fetched in both languages, so that the page can switch without verifying again.

import {
  type AuditRow, LacreError, type VerifyRow, outline, recordMessages, rowFault, verify, verifyRecord,
} from "lacre-wasm";
import type { Batch, Files, Judged, JudgedBatch, MessageItem, Rules, Said, Words } from "./protocol.ts";
import { inBoth, type Trusts } from "./trusts.ts";
import { whole } from "../input/bytes.ts";
import { Fault } from "../input/fault.ts";
import { MESSAGE_BYTES_MAX } from "../input/limits.ts";

type Messages = Extract<Batch, { kind: "messages" }>;
type Records = Extract<Batch, { kind: "records" }>;
type Findings = Pick<JudgedBatch, "judged" | "stopped">;

/** What came of each message or record of a batch. */
export async function judge(batch: Batch, files: Files, trusts: Trusts, rules: Rules): Promise<Findings> {
  if (batch.kind === "messages") return messages(batch, files, trusts, rules);
  if (batch.kind === "records") return records(batch, trusts, rules);
  if (batch.kind !== "fault") return { judged: [], stopped: null };
  const { weight: _, ...fault } = batch;
  return { judged: [fault], stopped: null };
}

async function messages(batch: Messages, files: Files, trusts: Trusts, rules: Rules): Promise<Findings> {
  const read = await Promise.allSettled(batch.items.map(async ({ place: { source, steps } }) => {
    const file = files.get(source);
    if (file === undefined) throw new Fault("unreadable");
    return whole(file, steps, MESSAGE_BYTES_MAX);
  }));
  return each(
    batch.items,
    (item, index) => {
      const bytes = read[index];
      if (bytes?.status === "fulfilled") return message(item, bytes.value, trusts, rules);
      const fault = Fault.of(bytes?.reason);
      // Too large is a verdict. The core gives it by the length alone: these octets are never touched.
      if (fault.code === "too-large") return message(item, new Uint8Array(MESSAGE_BYTES_MAX + 1), trusts, rules);
      throw fault;
    },
    (item, { code, message }) => ({ kind: "fault", place: item.place, name: item.name, code, detail: message }),
    (index) => ({ ...batch, items: batch.items.slice(index) }),
  );
}

function records(batch: Records, trusts: Trusts, rules: Rules): Findings {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const bytes = new Uint8Array(batch.buffer);
  const lineOf = (index: number) => bytes.subarray(index === 0 ? 0 : batch.ends[index - 1], batch.ends[index]);
  return each(
    batch.places,
    (place, index) => record(decoder.decode(lineOf(index)), place, batch.name, batch.rows[index] ?? 0, trusts, rules),
    (place, { code, message }, index) => {
      const fault = { kind: "fault" as const, place, name: batch.name, code, detail: message, line: batch.rows[index] ?? 0 };
      return code === "record" ? { ...fault, detail: "", words: noRecord(lineOf(index)) } : fault;
    },
    (index) => rest(batch, index),
  );
}

/** Why a line is no record, in the core's words: it knows several in one line from one that is broken. */
function noRecord(line: Uint8Array): { "pt-BR": Words; en: Words } {
  return inBoth((language) => {
    const { message = null, help = null } = rowFault(line, language) ?? {};
    return { message, help };
  });
}

function each<T>(
  items: readonly T[],
  work: (item: T, index: number) => Judged,
  fault: (item: T, fault: Fault, index: number) => Judged,
  from: (index: number) => Batch,
): Findings {
  const judged: Judged[] = [];
  for (const [index, item] of items.entries()) {
    try {
      judged.push(work(item, index));
    } catch (thrown) {
      if (thrown instanceof LacreError && thrown.code === "stopped") {
        judged.push(fault(item, new Fault("stopped", thrown.message), index));
        return { judged, stopped: { rest: index + 1 < items.length ? from(index + 1) : null } };
      }
      judged.push(fault(item, Fault.of(thrown, "record"), index));
    }
  }
  return { judged, stopped: null };
}

function rest(batch: Records, from: number): Batch {
  const start = batch.ends[from - 1] ?? 0;
  return {
    ...batch,
    buffer: batch.buffer.slice(start),
    ends: batch.ends.slice(from).map((end) => end - start),
    places: batch.places.slice(from),
    rows: batch.rows.slice(from),
  };
}

function message({ name, place }: MessageItem, bytes: Uint8Array, trusts: Trusts, rules: Rules): Judged {
  const trust = trusts.about(bytes);
  const inLanguage = (language: "pt-BR" | "en") => verify(bytes, trust, { ...rules, language, file: name });
  const row = inLanguage("pt-BR");
  const [english = NO_WORDS] = translated([row], () => [inLanguage("en")]);
  return { kind: "message", place, row, english, said: bytes.length > MESSAGE_BYTES_MAX ? null : said(bytes) };
}

function record(line: string, place: Judged["place"], name: string, index: number, trusts: Trusts, rules: Rules): Judged {
  const own = trusts.requests.size > 0 ? trusts.requests : undefined;
  const inLanguage = (language: "pt-BR" | "en"): AuditRow =>
    verifyRecord(line, trusts.answers, own, { at: rules.at, language, file: name, row: index });
  const row = inLanguage("pt-BR");
  const [words = NO_WORDS, ...messages] = translated([row, ...row.messages], () => {
    const english = inLanguage("en");
    return [english, ...english.messages];
  });
  const octets = row.messages.length > 0 ? recordMessages(line) : [];
  const saidOf = row.messages.map(({ side, part }) => {
    const kept = octets.find((message) => message.side === side && message.part === part);
    return kept === undefined ? null : said(kept.message);
  });
  return { kind: "record", place, row, english: { record: words, messages }, said: saidOf };
}

function said(bytes: Uint8Array): Said {
  const { root, message_definition, message_id, business_message_id, correlation_id, end_to_end_ids, created } = outline(bytes);
  return {
    definition: message_definition ?? root,
    ids: [message_id, business_message_id, correlation_id].filter((id) => id !== null),
    endToEndIds: end_to_end_ids,
    created,
  };
}

const NO_WORDS: Words = { message: null, help: null };

/** Texts that were translated before: there are few, and each costs a second verification. */
const known = new Map<string, Words>();
const KNOWN_MAX = 2_000;

type Told = Pick<VerifyRow, "code" | "message" | "help"> & Partial<Pick<VerifyRow, "notes">>;

function translated(rows: readonly Told[], english: () => readonly Told[]): Words[] {
  const keys = rows.map(({ code, message, help }) => (code === null ? null : `${code}\n${message}\n${help}`));
  // Notes quote the message's own values: they are translated each time, and are rare.
  const isNoted = rows.some(({ notes }) => notes !== undefined && notes.length > 0);
  const told = isNoted || keys.some((key) => key !== null && !known.has(key)) ? english() : null;
  if (told !== null) {
    if (known.size > KNOWN_MAX) known.clear();
    keys.forEach((key, index) => {
      const { message = null, help = null } = told[index] ?? {};
      if (key !== null) known.set(key, { message, help });
    });
  }
  return keys.map((key, index) => {
    const words = key === null ? NO_WORDS : known.get(key) ?? NO_WORDS;
    const notes = isNoted ? told?.[index]?.notes : undefined;
    return notes === undefined || notes.length === 0 ? words : { ...words, notes };
  });
}

