// Lines of NDJSON, cut into batches as they come.

import { joined } from "./bytes.ts";
import { RECORD_BYTES_MAX } from "./limits.ts";

/** Some lines without their ends, one after another in one buffer. */
export interface Lines {
  buffer: ArrayBuffer;
  /** Where each line ends in the buffer; it begins where the one before it ends. */
  ends: Uint32Array;
  /** Where each line stood in what was read. */
  spans: [start: number, end: number][];
  /** The number of each line, from 0; blank ones count. */
  rows: number[];
}

/** A line or row that is longer than a record may be: it was let go, and what follows it is read. */
export interface TooLong {
  tooLong: number;
}

const BATCH_BYTES = 512 << 10;
const BATCH_LINES = 64;
const NEWLINE = 0x0a;

/** Cuts pieces into batches of lines. Lines of nothing but white space are left out. */
export async function* lines(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Lines | TooLong> {
  const line = new Line();
  let row = 0;
  let offset = 0;
  let batch = new Packing();
  for await (const piece of pieces) {
    let start = 0;
    for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, start)) {
      line.add(piece.subarray(start, end));
      if (line.isTooLong || batch.isFull()) {
        if (!batch.isEmpty()) yield batch.lines();
        batch = new Packing();
      }
      if (line.isTooLong) yield { tooLong: row };
      line.into(batch, offset + end, row++);
      start = end + 1;
    }
    line.add(piece.subarray(start));
    offset += piece.length;
  }
  const isTooLong = line.isTooLong;
  if (!line.isEmpty) line.into(batch, offset, row);
  if (!batch.isEmpty()) yield batch.lines();
  if (isTooLong) yield { tooLong: row };
}

/** A line on its way: of one that is too long nothing is kept. */
class Line {
  #parts: Uint8Array[] = [];
  #bytes = 0;

  get isTooLong(): boolean {
    return this.#bytes > RECORD_BYTES_MAX;
  }

  get isEmpty(): boolean {
    return this.#bytes === 0;
  }

  add(part: Uint8Array): void {
    if (part.length === 0) return;
    this.#bytes += part.length;
    if (this.isTooLong) this.#parts = [];
    else this.#parts.push(part);
  }

  /** Packs the line that ends here, and begins the next. */
  into(batch: Packing, end: number, row: number): void {
    if (!this.isTooLong) batch.addLine(joined(this.#parts), end - this.#bytes, row);
    this.#parts = [];
    this.#bytes = 0;
  }
}

/** Packs lines that exist already. */
export class Packing {
  readonly #parts: Uint8Array[] = [];
  readonly #spans: [number, number][] = [];
  readonly #rows: number[] = [];
  #bytes = 0;

  /** A line of a file, unless it is blank. Some editors put a byte order mark before the first. */
  addLine(line: Uint8Array, start: number, row: number): void {
    if (isBlank(line)) return;
    const mark = row === 0 && line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf ? 3 : 0;
    this.add(line.subarray(mark), start + mark, row);
  }

  add(line: Uint8Array, start: number, row: number): void {
    this.#parts.push(line);
    this.#spans.push([start, start + line.length]);
    this.#rows.push(row);
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
    return { buffer: all.buffer, ends, spans: this.#spans, rows: this.#rows };
  }
}

function isBlank(line: Uint8Array): boolean {
  return line.every((octet) => octet === 0x20 || octet === 0x09 || octet === 0x0c || octet === 0x0d);
}
