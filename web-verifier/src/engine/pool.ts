// The pool of workers: one that reads, and one for each processor that verifies. Batches are pulled, so that at most two
// of them wait for each worker, however large the archive is.

import type {
  At, Batch, Comparison, Files, Input, Judged, JudgedBatch, Language, Look, Rules, TargetName, TrustGiven, TrustSeen, TrustTold, Window,
} from "./protocol.ts";
import type { Which } from "./look.ts";
import { type Line, Remote } from "./rpc.ts";
import type { WorkerMethods } from "./worker.ts";

type Reader = Remote<WorkerMethods>;

/** A worker, as a browser or a test makes it. */
export interface Thread extends Line {
  onerror: ((event: ErrorEvent) => void) | null;
  terminate(): void;
}

/** What a run tells while it goes. */
export interface Listener {
  /** Results, in the order of the input. False ends the run. */
  judged(results: Judged[]): boolean;
  passedOver(count: number, twin: boolean): void;
  hashed(source: number, sha256: string): void;
  /** Octets of the input that are done. */
  progress(weight: number): void;
}

interface Hand {
  thread: Thread;
  remote: Reader;
  wasmBytes: number;
}

const WAITING_PER_WORKER = 2;

export class Pool {
  readonly #make: () => Thread;
  readonly #module: Promise<WebAssembly.Module>;
  readonly #desk: Promise<Hand>;
  readonly #hands: Promise<Hand>[];
  #trust: TrustGiven[] = [];

  /** Workers start at once, whether the module is there yet or not: their script is read meanwhile. */
  constructor(size: number, module: Promise<WebAssembly.Module>, make: () => Thread) {
    this.#make = make;
    this.#module = module;
    this.#desk = this.#hire();
    this.#hands = Array.from({ length: size }, () => this.#hire());
  }

  get size(): number {
    return this.#hands.length;
  }

  /** Whether every worker has started. */
  async ready(): Promise<void> {
    await Promise.all([this.#desk, ...this.#hands]);
  }

  /** What the wasm of all workers holds, in octets. */
  async wasmBytes(): Promise<number> {
    const hands = await Promise.all(this.#hands);
    return hands.reduce((sum, hand) => sum + hand.wasmBytes, 0);
  }

  /** What a file of certificates or lists is. */
  async seen(bytes: Uint8Array, name: string, found: boolean): Promise<TrustSeen> {
    return (await this.#desk).remote.call("seen", { bytes, name, found });
  }

  /** Has every worker trust these files and no others. */
  async trust(given: TrustGiven[]): Promise<void> {
    this.#trust = given;
    const hands = await Promise.all([this.#desk, ...this.#hands]);
    await Promise.all(hands.map(({ remote }) => remote.call("trust", given)));
  }

  /** What is told of the trusted files at an instant, in seconds since 1970 UTC. */
  async told(at: number): Promise<TrustTold> {
    return (await this.#desk).remote.call("told", at);
  }

  /** Verifies all inputs. Ends when all is done, or soon after the signal: batches on their way are finished. */
  async run(inputs: readonly Input[], rules: Rules, signal: AbortSignal, listener: Listener): Promise<void> {
    const desk = (await this.#desk).remote;
    await desk.call("open", inputs as Input[]);
    const order = new Order(listener);
    let taken = 0;
    let ended = false;
    // One at a time: the desk's generator goes forward only.
    let queue: Promise<unknown> = Promise.resolve();
    const take = (): Promise<[number, Batch] | null> => {
      const turn = queue.then(async (): Promise<[number, Batch] | null> => {
        if (ended || signal.aborted) return null;
        const batch = await desk.call("next", undefined as never);
        if (batch === null) ended = true;
        return batch === null ? null : [taken++, batch];
      });
      queue = turn.catch(() => (ended = true));
      return turn;
    };
    const work = async (index: number) => {
      for (let turn = await take(); turn !== null; turn = await take()) {
        const [number, batch] = turn;
        if (batch.kind === "passed-over") listener.passedOver(batch.count, batch.twin);
        if (batch.kind === "hash") await this.#hash(index, inputs, batch.source, listener);
        const judged = await this.#judge(index, batch, inputs, rules);
        if (!order.put(number, judged)) ended = true;
        listener.progress(batch.weight);
      }
    };
    const workers = this.#hands.flatMap((_, index) => Array.from({ length: WAITING_PER_WORKER }, () => work(index)));
    try {
      await Promise.all(workers);
    } finally {
      ended = true;
      await Promise.allSettled(workers);
      await desk.call("close", undefined as never);
    }
  }

  async look(which: Which, at: At, language: Language): Promise<Look> {
    return (await this.#desk).remote.call("look", { which, at, language });
  }

  async window(which: Which, target: TargetName | "file", start: number): Promise<Window> {
    return (await this.#desk).remote.call("window", { which, target, start });
  }

  async canonical(which: Which, target: TargetName): Promise<Uint8Array> {
    return (await this.#desk).remote.call("canonical", { which, target });
  }

  async compare(which: Which, original: Blob, targets: TargetName[]): Promise<Comparison[]> {
    return (await this.#desk).remote.call("compare", { which, original, targets });
  }

  async #hash(index: number, inputs: readonly Input[], source: number, listener: Listener): Promise<void> {
    const file = inputs[source]?.file;
    const hand = await this.#hands[index];
    if (file === undefined || hand === undefined) return;
    try {
      listener.hashed(source, await hand.remote.call("hash", file));
    } catch {
      // Whoever reads the file says why it cannot be read.
    }
  }

  /** Has a batch judged. A worker whose wasm fell over is replaced, and the rest of its batch is judged by the next one. */
  async #judge(index: number, batch: Batch, inputs: readonly Input[], rules: Rules): Promise<Judged[]> {
    if (batch.kind === "hash" || batch.kind === "passed-over") return [];
    const all: Judged[] = [];
    const files = filesOf(batch, inputs);
    for (let rest: Batch | null = batch; rest !== null;) {
      const hand = await this.#hands[index];
      if (hand === undefined) break;
      const transfer: Transferable[] = rest.kind === "records" ? [rest.buffer] : [];
      const result: JudgedBatch = await hand.remote.call("judge", { batch: rest, files, rules }, transfer);
      all.push(...result.judged);
      hand.wasmBytes = result.wasmBytes;
      rest = result.stopped?.rest ?? null;
      if (result.stopped !== null) await this.#replace(index, hand);
    }
    return all;
  }

  async #replace(index: number, broken: Hand): Promise<void> {
    if ((await this.#hands[index]) !== broken) return;
    this.#hands[index] = this.#hire();
    await this.#hands[index];
    broken.thread.terminate();
    broken.remote.break(new Error("the worker was replaced"));
  }

  async #hire(): Promise<Hand> {
    const thread = this.#make();
    const remote: Reader = new Remote(thread);
    thread.onerror = (event) => remote.break(new Error(event.message || "the worker ended"));
    await remote.call("start", await this.#module);
    await remote.call("trust", this.#trust);
    return { thread, remote, wasmBytes: 0 };
  }
}

function filesOf(batch: Batch, inputs: readonly Input[]): Files {
  const files = new Map<number, Blob>();
  for (const { place: { source } } of batch.kind === "messages" ? batch.items : []) {
    const input = inputs[source];
    if (input !== undefined) files.set(source, input.file);
  }
  return files;
}

/** Hands results on in the order of the batches, whichever worker is done first. */
class Order {
  readonly #listener: Listener;
  readonly #early = new Map<number, Judged[]>();
  #next = 0;

  constructor(listener: Listener) {
    this.#listener = listener;
  }

  put(number: number, results: Judged[]): boolean {
    this.#early.set(number, results);
    let wanted = true;
    for (let due = this.#early.get(this.#next); due !== undefined; due = this.#early.get(this.#next)) {
      this.#early.delete(this.#next++);
      if (due.length > 0) wanted = this.#listener.judged(due) && wanted;
    }
    return wanted;
  }
}
