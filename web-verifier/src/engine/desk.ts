// Reads inputs in their order and cuts them into batches. Runs in a worker of its own, pulled by the page.

import type { Batch, FaultCode, Input, MessageItem, Place, Step } from "./protocol.ts";
import { head, pieces, whole } from "../input/bytes.ts";
import { Fault } from "../input/fault.ts";
import { isHidden, type Kind, kindByHead, kindByName, withoutGzip } from "../input/kind.ts";
import { type Lines, lines, type TooLong } from "../input/lines.ts";
import { PACKED_PARQUET_BYTES_MAX, UNPACKED_BYTES_MAX } from "../input/limits.ts";
import { parquetRows } from "../input/parquet.ts";
import { zipEntries, type ZipEntry } from "../input/zip.ts";

type Batches = AsyncGenerator<Batch, void, undefined>;

/** Something that may hold messages: a file, or what is left of it below some layers. */
interface Part {
  file: File;
  source: number;
  steps: Step[];
  name: string;
  /** Found in a folder or zip: what is of no known kind is passed over there. */
  found: boolean;
  /** Octets on the disk, for progress. */
  weight: number;
}

const BATCH_MESSAGES = 64;
const BATCH_BYTES = 1 << 20;
const HEAD_BYTES = 64;

/** All batches of all inputs. */
export async function* batches(inputs: readonly Input[]): Batches {
  const packing = new Packing();
  const parquets = new Set(inputs.filter(({ found, name }) => found && /\.parquet$/i.test(name)).map(({ name }) => stem(name)));
  for (const [source, { file, name, found }] of inputs.entries()) {
    // The proxy writes both formats side by side: each record is judged once.
    if (found && /\.ndjson(\.gz)?$/i.test(name) && parquets.has(stem(name))) {
      yield { kind: "passed-over", count: 1, twin: true, weight: file.size };
      continue;
    }
    yield* part({ file, source, steps: [], name, found, weight: file.size }, packing);
  }
  yield* packing.flush();
}

function stem(name: string): string {
  return name.replace(/\.(parquet|ndjson(\.gz)?)$/i, "");
}

/** Collects messages until a batch is worth its way. */
class Packing {
  #items: MessageItem[] = [];
  #bytes = 0;
  #weight = 0;

  *add(part: Part): Generator<Batch> {
    this.#items.push({ name: part.name, place: { source: part.source, steps: part.steps } });
    this.#bytes += part.weight;
    this.#weight += part.weight;
    if (this.#items.length >= BATCH_MESSAGES || this.#bytes >= BATCH_BYTES) yield* this.flush();
  }

  *flush(): Generator<Batch> {
    if (this.#items.length > 0) yield { kind: "messages", items: this.#items, weight: this.#weight };
    this.#items = [];
    this.#bytes = 0;
    this.#weight = 0;
  }
}

async function* part(part: Part, packing: Packing): Batches {
  try {
    const kind = await kindOf(part);
    if (kind === "message") return yield* packing.add(part);
    // What comes out of an archive follows what was named before it.
    yield* packing.flush();
    if (kind === "unknown") return yield { kind: "passed-over", count: 1, twin: false, weight: part.weight };
    if (part.steps.length === 0) yield { kind: "hash", source: part.source, weight: 0 };
    if (kind === "gzip") yield* gzip(part, packing);
    else if (kind === "zip") yield* zip(part, packing);
    else if (kind === "parquet") yield* parquet(part);
    else yield* ndjson(part);
  } catch (thrown) {
    yield* packing.flush();
    yield faultOf(part, thrown);
  }
}

async function kindOf(part: Part): Promise<Kind> {
  if (part.found && part.steps.length === 0 && isHidden(part.name)) return "unknown";
  const named = kindByName(part.steps.at(-1)?.kind === "gunzip" ? withoutGzip(part.name) : part.name);
  // What engines leave beside archives: `_SUCCESS`, `_temporary`.
  if (part.found && named !== "message" && /(^|\/)_/.test(part.name)) return "unknown";
  if (named !== null && named !== "unknown") return named;
  if (named === "unknown" && part.found) return "unknown";
  const seen = kindByHead(await head(part.file, part.steps, HEAD_BYTES));
  // What a person names is a message, even if it is none: the verdict says so.
  return seen === "unknown" && !part.found ? "message" : seen;
}

async function* gzip(outer: Part, packing: Packing): Batches {
  if (outer.steps.some((step) => step.kind === "gunzip")) throw new Fault("gzip", "twice");
  yield* part({ ...outer, steps: [...outer.steps, { kind: "gunzip" }] }, packing);
  yield* packing.flush();
}

async function* zip(outer: Part, packing: Packing): Batches {
  if (outer.steps.length > 0) throw new Fault("zip-nested");
  let unpacked = 0;
  for await (const entry of zipEntries(outer.file)) {
    if (isHidden(entry.name)) {
      yield { kind: "passed-over", count: 1, twin: false, weight: entry.packed };
      continue;
    }
    unpacked += entry.size;
    if (unpacked > UNPACKED_BYTES_MAX) throw new Fault("unpacked-too-large");
    yield* zipEntry(outer, entry, packing);
  }
  yield* packing.flush();
}

async function* zipEntry(outer: Part, entry: ZipEntry, packing: Packing): Batches {
  const { header, packed, size, method } = entry;
  const inner: Part = {
    ...outer,
    name: `${outer.name}/${entry.name}`,
    steps: [{ kind: "zip", header, packed, size, method }],
    found: true,
    weight: packed,
  };
  if (entry.encrypted) yield faultOf(inner, new Fault("zip-encrypted"));
  else yield* part(inner, packing);
}

async function* ndjson(part: Part): Batches {
  const stream = pieces(part.file, part.steps, part.steps.length === 0 ? Infinity : UNPACKED_BYTES_MAX);
  // How far the packed file is read is not known here: its weight counts when it is done, the lines' by their share.
  const share = part.steps.length === 0;
  let left = part.weight;
  for await (const batch of lines(stream)) {
    if ("tooLong" in batch) {
      yield tooLong(part, "line-too-long", batch);
      continue;
    }
    const weight = share ? Math.min(left, batch.buffer.byteLength) : 0;
    left -= weight;
    yield records(part, batch, weight, (index) => ({ span: batch.spans[index] ?? [0, 0] }));
  }
  yield { kind: "passed-over", count: 0, twin: false, weight: left };
}

async function* parquet(part: Part): Batches {
  const blob = await unpackedParquet(part.file, part.steps);
  let left = part.weight;
  for await (const batch of parquetRows(blob)) {
    if ("tooLong" in batch) {
      yield tooLong(part, "row-too-long", batch);
      continue;
    }
    const weight = Math.min(left, batch.buffer.byteLength >> 2);
    left -= weight;
    yield records(part, batch, weight, (index) => ({ row: batch.rows[index] ?? 0 }));
  }
  yield { kind: "passed-over", count: 0, twin: false, weight: left };
}

/** One line or row that is refused; the file goes on behind it. */
function tooLong({ name, source, steps }: Part, code: FaultCode, { tooLong: line }: TooLong): Batch {
  return { kind: "fault", name, place: { source, steps }, code, detail: "", line, weight: 0 };
}

/** Parquet is read from its end: inside a zip or gzip it is unpacked first, into memory or wherever the browser puts it. */
export async function unpackedParquet(file: Blob, steps: readonly Step[]): Promise<Blob> {
  if (steps.length === 0) return file;
  return new Blob([(await whole(file, steps, PACKED_PARQUET_BYTES_MAX)) as Uint8Array<ArrayBuffer>]);
}

function records(
  part: Part,
  batch: Lines,
  weight: number,
  at: (index: number) => Pick<Place, "span" | "row">,
): Batch {
  const places = Array.from(batch.ends, (_, index) => ({ source: part.source, steps: part.steps, ...at(index) }));
  return { kind: "records", name: part.name, buffer: batch.buffer, ends: batch.ends, places, rows: batch.rows, weight };
}

function faultOf(part: Part, thrown: unknown): Batch {
  const { code, message }: { code: FaultCode; message: string } = Fault.of(thrown);
  return {
    kind: "fault",
    name: part.name,
    place: { source: part.source, steps: part.steps },
    code,
    detail: message,
    weight: part.weight,
  };
}
