// One message in depth: read again from where it stands, inspected, its octets handed out window by window.

import { type InspectRow, canonicalOctets, inspect, outline, recordMessages, uncovered } from "lacre-wasm";
import { unpackedParquet } from "./desk.ts";
import type { Trusts } from "./trusts.ts";
import type { At, Comparison, Difference, Language, Look, Place, ProfileChoice, TargetName, Window } from "./protocol.ts";
import { stretch, whole } from "../input/bytes.ts";
import { MESSAGE_BYTES_MAX } from "../input/limits.ts";
import { parquetRow } from "../input/parquet.ts";

/** Which message: where it stands, and which one of a record. */
export interface Which {
  file: Blob;
  place: Place;
  name: string;
  side: "request" | "response" | null;
  part: number | null;
  /** The rules that it was held against. */
  profile: ProfileChoice;
}

/** What is shown at once of some octets. */
export const WINDOW_BYTES = 16 << 10;
const AROUND_BYTES = 120;

/** The octets of the message. */
export async function octetsOf({ file, place, side, part }: Which): Promise<Uint8Array> {
  if (side === null) return whole(file, place.steps, MESSAGE_BYTES_MAX);
  const line = await recordLine(file, place);
  const kept = recordMessages(new TextDecoder("utf-8", { ignoreBOM: true }).decode(line));
  const found = kept.find((message) => message.side === side && message.part === part);
  if (found === undefined) throw new Error("the record does not hold this message any more");
  return found.message;
}

async function recordLine(file: Blob, place: Place): Promise<Uint8Array> {
  if (place.row !== undefined) return parquetRow(await unpackedParquet(file, place.steps), place.row);
  const [start, end] = place.span ?? [0, 0];
  return stretch(file, place.steps, start, end);
}

/** Everything that is shown of one message, held against the certificates of its side. */
export async function look(which: Which, trusts: Trusts, at: At, language: Language): Promise<Look> {
  const bytes = await octetsOf(which);
  const { profile, side, name } = which;
  const trust = side === "response" ? trusts.answers : side === "request" ? trusts.requests : trusts.about(bytes);
  const row: InspectRow = inspect(bytes, trust, { profile, at, language, file: name });
  return { row, said: outline(bytes), uncovered: uncovered(bytes, profile), size: bytes.length };
}

/** A window of the message itself, or of the canonical octets of one part. */
export async function windowOf(which: Which, target: TargetName | "file", start: number): Promise<Window> {
  const bytes = await octetsOf(which);
  return cut(target === "file" ? bytes : canonicalOctets(bytes, target, which.profile), start, WINDOW_BYTES);
}

/** All canonical octets of one part, to be kept as a file. */
export async function canonicalOf(which: Which, target: TargetName): Promise<Uint8Array> {
  return canonicalOctets(await octetsOf(which), target, which.profile);
}

/** Compares a message with what is said to be its original: as files, and part by part as the digests see them. */
export async function compare(which: Which, original: Blob, targets: readonly TargetName[]): Promise<Comparison[]> {
  const ours = await octetsOf(which);
  const theirs = await whole(original, [], MESSAGE_BYTES_MAX);
  const parts = targets.map((target): Comparison => {
    try {
      const [a, b] = [canonicalOctets(ours, target, which.profile), canonicalOctets(theirs, target, which.profile)];
      return { target, difference: difference(a, b), unreadable: false };
    } catch {
      return { target, difference: null, unreadable: true };
    }
  });
  return [{ target: "file", difference: difference(ours, theirs), unreadable: false }, ...parts];
}

/** Where two sequences of octets part, with what stands around. */
export function difference(ours: Uint8Array, theirs: Uint8Array): Difference | null {
  const shorter = Math.min(ours.length, theirs.length);
  let offset = 0;
  while (offset < shorter && ours[offset] === theirs[offset]) offset++;
  if (offset === ours.length && offset === theirs.length) return null;
  const start = Math.max(0, offset - AROUND_BYTES);
  const length = 3 * AROUND_BYTES;
  return { offset, ours: cut(ours, start, length), theirs: cut(theirs, start, length) };
}

/** Cuts a window that neither begins nor ends inside a character of UTF-8. */
export function cut(bytes: Uint8Array, start: number, length: number): Window {
  const from = boundary(bytes, Math.min(start, bytes.length));
  const to = boundary(bytes, Math.min(from + length, bytes.length));
  return { bytes: bytes.slice(from, to), start: from, total: bytes.length };
}

function boundary(bytes: Uint8Array, at: number): number {
  for (let back = 0; back < 4 && at - back > 0; back++) {
    if (((bytes[at - back] ?? 0) & 0xc0) !== 0x80) return at - back;
  }
  return at;
}
