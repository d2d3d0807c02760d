// The directory of a zip, read from its end; Zip64 too, which archives of more than 65,535 messages need.

import { slice } from "./bytes.ts";
import { Fault } from "./fault.ts";
import { ZIP_DIRECTORY_BYTES_MAX } from "./limits.ts";

export interface ZipEntry {
  name: string;
  header: number;
  packed: number;
  size: number;
  method: number;
  encrypted: boolean;
}

const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const ENTRY = 0x02014b50;
const END_BYTES = 22;
const COMMENT_BYTES_MAX = 65_535;

/** The files of a zip, folders left out. */
export async function* zipEntries(blob: Blob): AsyncGenerator<ZipEntry> {
  const { start, length } = await directory(blob);
  if (length > ZIP_DIRECTORY_BYTES_MAX) throw new Fault("too-many-entries");
  const bytes = await slice(blob, start, start + length);
  const view = new DataView(bytes.buffer);
  let at = 0;
  while (at + 46 <= bytes.length && view.getUint32(at, true) === ENTRY) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) => view.getUint16(at + field, true)) as
      [number, number, number];
    const nameEnd = at + 46 + nameLength;
    const next = nameEnd + extraLength + commentLength;
    if (next > bytes.length) break;
    const flags = view.getUint16(at + 8, true);
    const found: ZipEntry = {
      name: nameOf(bytes.subarray(at + 46, nameEnd)),
      method: view.getUint16(at + 10, true),
      packed: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      header: view.getUint32(at + 42, true),
      encrypted: (flags & 1) !== 0,
    };
    widen(found, new DataView(bytes.buffer, nameEnd, extraLength));
    if (!found.name.endsWith("/")) yield found;
    at = next;
  }
  if (at !== bytes.length) throw new Fault("zip", "directory");
}

async function directory(blob: Blob): Promise<{ start: number; length: number }> {
  const from = Math.max(0, blob.size - END_BYTES - COMMENT_BYTES_MAX);
  const tail = await slice(blob, from, blob.size);
  const view = new DataView(tail.buffer);
  for (let at = tail.length - END_BYTES; at >= 0; at--) {
    if (view.getUint32(at, true) !== END) continue;
    const [length, start] = [view.getUint32(at + 12, true), view.getUint32(at + 16, true)];
    const wide = length === 0xffffffff || start === 0xffffffff || view.getUint16(at + 10, true) === 0xffff;
    const found = wide ? await directory64(blob, from + at) : { start, length };
    if (found.start + found.length > blob.size) throw new Fault("zip", "directory");
    return found;
  }
  throw new Fault("zip", "end of directory");
}

async function directory64(blob: Blob, end: number): Promise<{ start: number; length: number }> {
  const locator = new DataView((await slice(blob, end - 20, end)).buffer);
  if (locator.byteLength < 20 || locator.getUint32(0, true) !== LOCATOR_64) throw new Fault("zip", "Zip64");
  const at = Number(locator.getBigUint64(8, true));
  const record = new DataView((await slice(blob, at, at + 56)).buffer);
  if (record.byteLength < 56 || record.getUint32(0, true) !== END_64) throw new Fault("zip", "Zip64");
  return { length: Number(record.getBigUint64(40, true)), start: Number(record.getBigUint64(48, true)) };
}

/** Takes sizes and offset that need 64 bits from the extra field, where each stands only if it is asked for. */
function widen(entry: ZipEntry, extra: DataView): void {
  let at = 0;
  while (at + 4 <= extra.byteLength) {
    const [id, length] = [extra.getUint16(at, true), extra.getUint16(at + 2, true)];
    const end = at + 4 + length;
    if (id === 1 && end <= extra.byteLength) {
      let field = at + 4;
      for (const name of ["size", "packed", "header"] as const) {
        if (entry[name] !== 0xffffffff || field + 8 > end) continue;
        entry[name] = Number(extra.getBigUint64(field, true));
        field += 8;
      }
    }
    at = end;
  }
}

/** UTF-8 where it is that, otherwise byte by byte: a name is shown and never opened. */
function nameOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return new TextDecoder("latin1").decode(bytes);
  }
}
