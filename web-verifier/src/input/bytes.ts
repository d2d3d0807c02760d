// Bytes of a file, read piece by piece through the layers around them, never more than a limit.

import { Gunzip, Inflate } from "fflate";
import type { FaultCode, Step } from "../engine/protocol.ts";
import { Fault } from "./fault.ts";

/** What is read of a file at once. */
const READ_BYTES = 1 << 20;
/** What a decompressor is given at once: at deflate's best ratio it makes 16 MiB of it, after which the limit is looked at. */
const PUSH_BYTES = 16 << 10;

type Pieces = AsyncGenerator<Uint8Array, void, undefined>;

/** A stretch of a file. */
export async function slice(blob: Blob, start: number, end: number): Promise<Uint8Array> {
  return bytesOf(blob.slice(start, end));
}

/** All of a file. Not as a slice from end to end: that is a second blob, which Chromium takes longer to make than to read. */
async function bytesOf(blob: Blob): Promise<Uint8Array> {
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch (thrown) {
    throw Fault.of(thrown);
  }
}

/** The bytes below all steps, in order. More than `max` of them is a fault. */
export async function* pieces(blob: Blob, steps: readonly Step[], max: number): Pieces {
  let left = max;
  for await (const piece of layers(blob, steps)) {
    left -= piece.length;
    if (left < 0) throw new Fault("too-large");
    yield piece;
  }
}

/** All bytes below all steps in one array. */
export async function whole(blob: Blob, steps: readonly Step[], max: number): Promise<Uint8Array> {
  if (steps.length === 0) {
    if (blob.size > max) throw new Fault("too-large");
    return bytesOf(blob);
  }
  const parts: Uint8Array[] = [];
  for await (const piece of pieces(blob, steps, max)) parts.push(piece);
  return joined(parts);
}

/** The bytes from `start` up to `end` below all steps. What stands before them is unpacked and let go. */
export async function stretch(blob: Blob, steps: readonly Step[], start: number, end: number): Promise<Uint8Array> {
  if (steps.length === 0) return slice(blob, start, end);
  const parts: Uint8Array[] = [];
  let offset = 0;
  for await (const piece of pieces(blob, steps, Infinity)) {
    const from = Math.max(0, start - offset);
    const to = Math.min(piece.length, end - offset);
    if (from < to) parts.push(piece.slice(from, to));
    offset += piece.length;
    if (offset >= end) break;
  }
  return joined(parts);
}

/** The first bytes, to see what something is. A damaged layer shows later, when it is read. */
export async function head(blob: Blob, steps: readonly Step[], length: number): Promise<Uint8Array> {
  if (steps.length === 0) return slice(blob, 0, length);
  for await (const piece of layers(blob, steps)) {
    if (piece.length > 0) return piece.subarray(0, length);
  }
  return new Uint8Array();
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

function layers(blob: Blob, steps: readonly Step[]): Pieces {
  let stream: Pieces | null = null;
  for (const step of steps) {
    if (step.kind === "gunzip") stream = gunzipped(stream ?? read(blob));
    else if (stream === null) stream = entry(blob, step);
    else throw new Fault("zip-nested");
  }
  return stream ?? read(blob);
}

async function* read(blob: Blob): Pieces {
  for (let start = 0; start < blob.size; start += READ_BYTES) {
    yield await slice(blob, start, start + READ_BYTES);
  }
}

function gunzipped(packed: Pieces): Pieces {
  const made: Uint8Array[] = [];
  const gunzip = new Gunzip((piece) => made.push(piece));
  return unpacked(packed, gunzip, made, "gzip");
}

/** One entry of a zip, whose real size must be the one that the directory says. */
async function* entry(blob: Blob, step: Extract<Step, { kind: "zip" }>): Pieces {
  const local = await slice(blob, step.header, step.header + 30);
  const view = new DataView(local.buffer);
  if (local.length < 30 || view.getUint32(0, true) !== 0x04034b50) throw new Fault("zip", "local header");
  const start = step.header + 30 + view.getUint16(26, true) + view.getUint16(28, true);
  const packed = read(blob.slice(start, start + step.packed));
  let stream = packed;
  if (step.method === 8) {
    const made: Uint8Array[] = [];
    stream = unpacked(packed, new Inflate((piece) => made.push(piece)), made, "zip");
  } else if (step.method !== 0) {
    throw new Fault("zip-method", String(step.method));
  }
  let size = 0;
  for await (const piece of stream) {
    size += piece.length;
    if (size > step.size) break;
    yield piece;
  }
  if (size !== step.size) throw new Fault("zip", "size");
}

async function* unpacked(
  packed: Pieces,
  unpacker: { push(chunk: Uint8Array, final?: boolean): void },
  made: Uint8Array[],
  code: FaultCode,
): Pieces {
  function* push(chunk: Uint8Array, final: boolean): Generator<Uint8Array> {
    try {
      unpacker.push(chunk, final);
    } catch (thrown) {
      throw Fault.of(thrown, code);
    }
    yield* made.splice(0);
  }
  for await (const piece of packed) {
    for (let start = 0; start < piece.length; start += PUSH_BYTES) {
      yield* push(piece.subarray(start, start + PUSH_BYTES), false);
    }
  }
  yield* push(new Uint8Array(), true);
}
