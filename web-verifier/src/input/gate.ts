// What a Parquet file may ask for. The reader behind this gate gives memory by what a file says of itself; a file that lies would
// end its worker. The limits are those of `lacre audit verify` (host-native/archive/src/gate.rs), and `tests/parquet` is read by both.

import type { ColumnMetaData, FileMetaData, RowGroup, SchemaElement } from "hyparquet";
import { slice } from "./bytes.ts";
import { Fault } from "./fault.ts";
import { Damaged, Walk } from "./thrift.ts";

const MIB = 1 << 20;
/** The audit trail has some thirty columns. */
const COLUMNS_MAX = 256;
/** Some thousand row groups of all the columns. */
const FOOTER_BYTES_MAX = 16 * MIB;
/** One page, unpacked: twice the longest record, and some. */
const PAGE_BYTES_MAX = 192 * MIB;
/** The pages that are open at once, one of each column and its dictionary. */
const OPEN_BYTES_MAX = 768 * MIB;
/** `PLAIN`, `PLAIN_DICTIONARY`, `RLE`, `BIT_PACKED` and `RLE_DICTIONARY`: what writers use unless they are told otherwise. */
const ENCODINGS = [0, 2, 3, 4, 8];
/** A header is short, but for statistics that some writers put there. */
const HEADER_BYTES = [1 << 10, 1 << 16, MIB];

const refused = (what: string) => new Fault("parquet", what);

/** Looks at the footer before anybody reads it: a flat schema of not too many columns, and no list that is longer than its bytes. */
export async function footer(blob: Blob): Promise<void> {
  const tail = await slice(blob, Math.max(0, blob.size - 8), blob.size);
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  if (tail.length < 8 || view.getUint32(4, true) !== 0x31524150) throw refused("footer");
  const length = view.getUint32(0, true);
  if (length > FOOTER_BYTES_MAX || length > blob.size - 8) throw refused("footer");
  const bytes = await slice(blob, blob.size - 8 - length, blob.size - 8);
  walked("footer", () => {
    const walk = new Walk(bytes);
    let before = 0;
    for (let field = walk.field(before); field !== null; field = walk.field(before)) {
      before = field.id;
      if (field.id === 2) schema(walk, walk.structsOf(field));
      else walk.skip(field);
    }
  });
}

function schema(walk: Walk, elements: number): void {
  if (elements > COLUMNS_MAX) throw refused("columns");
  for (let element = 0; element < elements; element += 1) {
    let [before, children] = [0, 0];
    for (let field = walk.field(before); field !== null; field = walk.field(before)) {
      before = field.id;
      if (field.id === 5) children = walk.integerOf(field);
      else walk.skip(field);
    }
    // All are the children of the first.
    if (children !== (element === 0 ? elements - 1 : 0)) throw refused("nested columns");
  }
}

/** Looks at columns and rows: each name once, text and whole numbers, and no row that takes less than a byte. */
export function columns(metadata: FileMetaData, bytes: number): void {
  const leaves = metadata.schema.slice(1);
  if (new Set(leaves.map(({ name }) => name)).size < leaves.length) throw refused("columns");
  if (!leaves.every(isKnown)) throw refused("columns");
  const groups = metadata.row_groups.map(({ num_rows }) => Number(num_rows));
  const rows = groups.reduce((sum, held) => sum + held, 0);
  if (groups.some((held) => held < 0) || rows > bytes || rows !== Number(metadata.num_rows)) throw refused("rows");
}

function isKnown({ type, repetition_type, converted_type, logical_type }: SchemaElement): boolean {
  if (repetition_type === "REPEATED") return false;
  const logical = logical_type?.type;
  if (type === "BYTE_ARRAY") {
    if (logical !== undefined) return ["STRING", "JSON", "ENUM"].includes(logical);
    return converted_type === undefined || converted_type === "UTF8" || converted_type === "JSON";
  }
  if (type !== "INT32" && type !== "INT64") return false;
  if (logical_type?.type === "INTEGER") return logical_type.isSigned;
  return logical === undefined && converted_type === undefined;
}

/** Looks at every page header of a row group. */
export async function pages(blob: Blob, group: RowGroup): Promise<void> {
  let open = 0;
  for (const { meta_data: column } of group.columns) {
    if (column === undefined) throw refused("columns");
    open += await chunk(blob, column, Number(group.num_rows));
  }
  if (open > OPEN_BYTES_MAX) throw refused("pages");
}

/** Most bytes that one column holds open. */
async function chunk(blob: Blob, column: ColumnMetaData, rows: number): Promise<number> {
  let at = Number(column.dictionary_page_offset ?? column.data_page_offset);
  let left = Number(column.total_compressed_size);
  if (!(at >= 0 && left >= 0 && at + left <= blob.size)) throw refused("page header");
  const width = column.type === "INT64" ? 8 : 4;
  let [dictionary, page, held] = [0, 0, 0];
  while (left > 0) {
    const header = await headerAt(blob, at, left);
    const whole = header.packed + header.bytes;
    if (!(header.packed >= 0 && whole <= left)) throw refused("page header");
    if (!(header.unpacked >= 0 && header.unpacked <= PAGE_BYTES_MAX)) throw refused("page");
    // A value in a dictionary takes its width, or the length of its text, at least.
    const most = header.isDictionary ? Math.floor(header.unpacked / width) : rows;
    if (!(header.values >= 0 && header.values <= most)) throw refused("values");
    if (!ENCODINGS.includes(header.encoding)) throw refused("encoding");
    if (header.isDictionary) dictionary = Math.max(dictionary, header.unpacked + 32 * header.values);
    else {
      page = Math.max(page, header.unpacked);
      held += header.values;
    }
    at += whole;
    left -= whole;
  }
  // In a flat column each row has a value, be it none. What is missing would be read as none.
  if (held !== rows) throw refused("rows");
  return dictionary + page;
}

interface Header {
  isDictionary: boolean;
  unpacked: number;
  packed: number;
  values: number;
  encoding: number;
  /** Its own length. */
  bytes: number;
}

async function headerAt(blob: Blob, at: number, left: number): Promise<Header> {
  for (const length of HEADER_BYTES) {
    const bytes = await slice(blob, at, at + Math.min(length, left));
    try {
      return header(new Walk(bytes));
    } catch (thrown) {
      if (!(thrown instanceof Damaged) || length >= left) break;
    }
  }
  throw refused("page header");
}

function header(walk: Walk): Header {
  const found: Header = { isDictionary: false, unpacked: 0, packed: 0, values: 0, encoding: 0, bytes: 0 };
  let before = 0;
  for (let field = walk.field(before); field !== null; field = walk.field(before)) {
    before = field.id;
    if (field.id === 2) found.unpacked = walk.integerOf(field);
    else if (field.id === 3) found.packed = walk.integerOf(field);
    // A data page's header, a dictionary's, or that of a data page of version 2.
    else if ([5, 7, 8].includes(field.id) && walk.isStruct(field)) values(walk, field.id, found);
    else walk.skip(field);
  }
  return { ...found, bytes: walk.taken };
}

function values(walk: Walk, of: number, found: Header): void {
  found.isDictionary = of === 7;
  const encoding = of === 8 ? 4 : 2;
  let before = 0;
  for (let field = walk.field(before); field !== null; field = walk.field(before)) {
    before = field.id;
    if (field.id === 1) found.values = walk.integerOf(field);
    else if (field.id === encoding) found.encoding = walk.integerOf(field);
    else walk.skip(field);
  }
}

function walked(what: string, walk: () => void): void {
  try {
    walk();
  } catch (thrown) {
    throw thrown instanceof Damaged ? refused(what) : thrown;
  }
}
