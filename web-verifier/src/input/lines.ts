// Lines of NDJSON, cut into batches as they come.

import { joined } from "./bytes.ts";
import { Fault } from "./fault.ts";
import { MESSAGE_BYTES_MAX } from "./limits.ts";

/** Some lines without their ends, one after another in one buffer. */
export interface Lines {
  buffer: ArrayBuffer;
  /** Where each line ends in the buffer; it begins where the one before it ends. */
  ends: Uint32Array;
  /** Where each line stood in what was read. */
  spans: [start: number, end: number][];
}

const BATCH_BYTES = 512 << 10;
const BATCH_LINES = 64;
const NEWLINE = 0x0a;

/** Cuts pieces into batches of lines. Lines of nothing but white space are left out. */
export async function* lines(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Lines> {
  const open: Uint8Array[] = [];
  let openBytes = 0;
  let offset = 0;
  let batch = new Packing();
  for await (const piece of pieces) {
    let start = 0;
    for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, start)) {
      open.push(piece.subarray(start, end));
      batch.add(joined(open.splice(0)), offset + start - openBytes);
      openBytes = 0;
      start = end + 1;
      if (batch.isFull()) {
        yield batch.lines();
        batch = new Packing();
      }
    }
    if (start < piece.length) {
      open.push(piece.subarray(start));
      openBytes += piece.length - start;
    }
    if (openBytes > MESSAGE_BYTES_MAX) throw new Fault("line-too-long");
    offset += piece.length;
  }
  if (open.length > 0) batch.add(joined(open), offset - openBytes);
  if (!batch.isEmpty()) yield batch.lines();
}

/** Packs lines that exist already. */
export class Packing {
  readonly #parts: Uint8Array[] = [];
  readonly #spans: [number, number][] = [];
  #bytes = 0;

  add(line: Uint8Array, start: number): void {
    if (isBlank(line)) return;
    this.#parts.push(line);
    this.#spans.push([start, start + line.length]);
    this.#bytes += line.length;
  }

  isEmpty(): boolean {
    return this.#parts.length === 0;
  }

  isFull(): boolean {
    return this.#bytes >= BATCH_BYTES || this.#parts.length >= BATCH_LINES;
  }

  lines(): Lines {
    const all = new Uint8Array(this.#bytes);
    const ends = new Uint32Array(this.#parts.length);
    let offset = 0;
    this.#parts.forEach((part, index) => {
      all.set(part, offset);
      offset += part.length;
      ends[index] = offset;
    });
    return { buffer: all.buffer, ends, spans: this.#spans };
  }
}

function isBlank(line: Uint8Array): boolean {
  return line.every((octet) => octet === 0x20 || octet === 0x09 || octet === 0x0d);
}
