// The worker: one script for the desk that reads and for those that verify.

import { init } from "lacre-wasm";
import load from "lacre-wasm/glue";
import { batches } from "./desk.ts";
import { judge } from "./judge.ts";
import { canonicalOf, compare, look, type Which, windowOf } from "./look.ts";
import type {
  At, Batch, Files, Input, JudgedBatch, Language, Rules, TargetName, TrustGiven, TrustSeen, TrustTold,
} from "./protocol.ts";
import { Handover, type Line, type Methods, serve } from "./rpc.ts";
import { seen, Trusts } from "./trusts.ts";
import { pieces } from "../input/bytes.ts";
import { Sha256 } from "../input/sha256.ts";

let memory: WebAssembly.Memory | null = null;
let trusts: Trusts | null = null;
let asked = 0;
let reading: AsyncGenerator<Batch> | null = null;

function trusted(): Trusts {
  if (trusts === null) throw new Error("no trust yet");
  return trusts;
}

const methods = {
  async start(module: WebAssembly.Module): Promise<void> {
    await init(module);
    // It is started once: this gives the same instance, and with it what is held.
    memory = (await load()).memory;
  },

  /** Looks at a file of certificates or lists without trusting it yet. */
  seen: ({ bytes, name, found }: { bytes: Uint8Array; name: string; found: boolean }): TrustSeen => seen(bytes, name, found),

  async trust(given: TrustGiven[]): Promise<void> {
    const mine = ++asked;
    const made = await Trusts.of(given);
    // Files are read meanwhile: what was asked for last is what is trusted.
    if (mine !== asked) return made.free();
    trusts?.free();
    trusts = made;
  },

  told: (at: number): TrustTold => trusted().told(at),

  open(inputs: Input[]): void {
    reading = batches(inputs);
  },

  async next(): Promise<Handover<Batch | null>> {
    const { value } = (await reading?.next()) ?? {};
    const batch = value ?? null;
    return new Handover(batch, batch?.kind === "records" ? [batch.buffer] : []);
  },

  async close(): Promise<void> {
    await reading?.return(undefined);
    reading = null;
  },

  async judge({ batch, files, rules }: { batch: Batch; files: Files; rules: Rules }): Promise<Handover<JudgedBatch>> {
    const { judged, stopped } = await judge(batch, files, trusted(), rules);
    const transfer = stopped?.rest?.kind === "records" ? [stopped.rest.buffer] : [];
    return new Handover({ judged, stopped, wasmBytes: memory?.buffer.byteLength ?? 0 }, transfer);
  },

  async hash(file: Blob): Promise<string> {
    const hash = new Sha256();
    for await (const piece of pieces(file, [], Infinity)) hash.update(piece);
    return hash.hex();
  },

  look: ({ which, at, language }: { which: Which; at: At; language: Language }) => look(which, trusted(), at, language),

  window: ({ which, target, start }: { which: Which; target: TargetName | "file"; start: number }) =>
    windowOf(which, target, start),

  canonical: ({ which, target }: { which: Which; target: TargetName }) => canonicalOf(which, target),

  compare: ({ which, original, targets }: { which: Which; original: Blob; targets: TargetName[] }) =>
    compare(which, original, targets),
};

/** What the page can ask of a worker. */
export type WorkerMethods = typeof methods;

serve(self as unknown as Line, methods as unknown as Methods);
