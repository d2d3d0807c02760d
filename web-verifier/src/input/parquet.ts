// Rows of a Parquet archive, as the lines of JSON that they are elsewhere.

import { type AsyncBuffer, type FileMetaData, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { slice } from "./bytes.ts";
import { Fault } from "./fault.ts";
import * as gate from "./gate.ts";
import { Packing, type Lines, type TooLong } from "./lines.ts";
import { PARQUET_TEXT_BYTES_FREE, PARQUET_TEXT_BYTES_PER_BYTE, RECORD_BYTES_MAX, ROW_GROUP_BYTES_MAX } from "./limits.ts";

/** All rows in batches. Row groups are decoded one by one. */
export async function* parquetRows(blob: Blob): AsyncGenerator<Lines | TooLong> {
  const { file, metadata } = await opened(blob);
  let start = 0;
  let textLeft = PARQUET_TEXT_BYTES_FREE + PARQUET_TEXT_BYTES_PER_BYTE * blob.size;
  for (const group of metadata.row_groups) {
    if (Number(group.total_byte_size) > ROW_GROUP_BYTES_MAX) throw new Fault("row-group-too-large");
    await gate.pages(blob, group);
    const end = start + Number(group.num_rows);
    let packing = new Packing();
    for (const row of await read(file, metadata, start, end)) {
      textLeft -= row?.length ?? 0;
      if (textLeft < 0) throw new Fault("parquet", "text");
      if (row !== null) packing.add(row, 0, start);
      if (packing.isFull() || (row === null && !packing.isEmpty())) {
        yield packing.lines();
        packing = new Packing();
      }
      if (row === null) yield { tooLong: start };
      start += 1;
    }
    if (!packing.isEmpty()) yield packing.lines();
    if (start !== end) throw new Fault("parquet", "rows");
  }
}

/** One row, counted from 0. */
export async function parquetRow(blob: Blob, row: number): Promise<Uint8Array> {
  const { file, metadata } = await opened(blob);
  for (const group of metadata.row_groups) await gate.pages(blob, group);
  for (const line of await read(file, metadata, row, row + 1)) if (line !== null) return line;
  throw new Fault("parquet", "row");
}

async function opened(blob: Blob): Promise<{ file: AsyncBuffer; metadata: FileMetaData }> {
  const file: AsyncBuffer = {
    byteLength: blob.size,
    slice: async (start, end) => (await slice(blob, start, end ?? blob.size)).buffer as ArrayBuffer,
  };
  try {
    await gate.footer(blob);
    const metadata = await parquetMetadataAsync(file);
    gate.columns(metadata, blob.size);
    return { file, metadata };
  } catch (thrown) {
    throw Fault.of(thrown, "parquet");
  }
}

async function read(file: AsyncBuffer, metadata: FileMetaData, rowStart: number, rowEnd: number) {
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const plain = (value: bigint) => value;
  try {
    const rows = await parquetReadObjects({
      file,
      metadata,
      rowStart,
      rowEnd,
      compressors,
      useOffsetIndex: rowEnd - rowStart === 1,
      parsers: {
        // The default drops a byte order mark, and the record's seal covers it.
        stringFromBytes: (bytes) => text.decode(bytes),
        timestampFromMilliseconds: plain,
        timestampFromMicroseconds: plain,
        timestampFromNanoseconds: plain,
      },
    });
    return encoded(rows);
  } catch (thrown) {
    throw Fault.of(thrown, "parquet");
  }
}

/** Each row as a line, or null if it is longer than a record may be. */
function* encoded(rows: Record<string, unknown>[]): Generator<Uint8Array | null> {
  const encoder = new TextEncoder();
  for (const row of rows) {
    // Rows may share one long text: no memory is given for what is too long.
    const text = Object.values(row).reduce<number>((sum, value) => sum + (typeof value === "string" ? value.length : 0), 0);
    yield text > RECORD_BYTES_MAX ? null : encoder.encode(jsonLine(row));
  }
}

/** One row as JSON. A column of 64 bits is written out: a number of JavaScript would round it. */
export function jsonLine(row: Record<string, unknown>): string {
  const cells = Object.entries(row).map(([name, value]) => `${JSON.stringify(name)}:${cell(value)}`);
  return `{${cells.join(",")}}`;
}

function cell(value: unknown): string {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Uint8Array) return JSON.stringify(new TextDecoder().decode(value));
  return JSON.stringify(value ?? null);
}
