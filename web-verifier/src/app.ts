// What the page knows, and what can be done with it. Views read it, and are told when something changed.

import type { Engine } from "./engine/start.ts";
import type { At, Input, ProfileChoice, Rules, Side, TrustTold } from "./engine/protocol.ts";
import { byPath } from "./input/kind.ts";
import { ROWS_MAX } from "./input/limits.ts";
import { Results } from "./results/rows.ts";
import { looksLikeTrust, type RefusedFile, type Taken, type TrustFile, TrustList } from "./trust.ts";

/** One verification of everything that was given. */
export interface Run {
  at: At;
  profile: ProfileChoice;
  startedMs: number;
  /** Null while it goes. */
  endedMs: number | null;
  end: "done" | "cancelled" | "too-many" | "failed" | null;
  problem: string | null;
  doneWeight: number;
  totalWeight: number;
  sha256: Map<number, string>;
  wasmBytes: number;
  /** What was known of the trusted files when it began. */
  trust: TrustTold;
}

/** When certificates have to be valid, as a person chooses it. */
export type AtChoice = { kind: "now" } | { kind: "message" } | { kind: "instant"; unixS: number };

type Topic = "language" | "trust" | "inputs" | "run" | "rows";

export class App {
  readonly engine: Engine;
  readonly trust: TrustList;
  inputs: Input[] = [];
  at: AtChoice = { kind: "now" };
  profile: ProfileChoice = "auto";
  results = new Results();
  run: Run | null = null;
  readonly #listeners = new Map<Topic, (() => void)[]>();
  #cancel: AbortController | null = null;
  #running: Promise<void> = Promise.resolve();

  constructor(engine: Engine) {
    this.engine = engine;
    this.trust = new TrustList(engine.pool);
  }

  on(topics: readonly Topic[], listener: () => void): void {
    for (const topic of topics) this.#listeners.set(topic, [...(this.#listeners.get(topic) ?? []), listener]);
  }

  tell(topic: Topic): void {
    for (const listener of this.#listeners.get(topic) ?? []) listener();
  }

  get isRunning(): boolean {
    return this.run !== null && this.run.endedMs === null;
  }

  /** Takes what was given: files of certificates and lists into the trust, the rest as messages. */
  async give(given: readonly Input[], isTrust = looksLikeTrust): Promise<Taken> {
    const messages: Input[] = [];
    const taken: Taken = { added: 0, lists: 0, known: 0, refused: [] };
    for (const input of given) {
      if (await isTrust(input)) await this.trust.take(input, taken);
      else messages.push(input);
    }
    const isTrustChanged = taken.added + taken.lists > 0;
    if (isTrustChanged) await this.#trustChanged();
    else if (taken.refused.length > 0) this.tell("trust");
    if (messages.length > 0) {
      this.inputs = [...this.inputs, ...messages].sort((a, b) => byPath(a.name, b.name));
      this.tell("inputs");
    }
    if (messages.length > 0 || (isTrustChanged && this.inputs.length > 0)) this.verify();
    return taken;
  }

  async setSide(file: TrustFile, side: Side): Promise<void> {
    file.side = side;
    await this.#trustChanged();
    this.again();
  }

  async removeTrust(file: TrustFile): Promise<void> {
    this.trust.remove(file);
    await this.#trustChanged();
    this.again();
  }

  forgetRefused(refused: RefusedFile): void {
    this.trust.forget(refused);
    this.tell("trust");
  }

  setAt(at: AtChoice): void {
    this.at = at;
    this.again();
  }

  setProfile(profile: ProfileChoice): void {
    this.profile = profile;
    this.again();
  }

  clear(): void {
    this.cancel();
    this.inputs = [];
    this.results = new Results();
    this.run = null;
    for (const topic of ["inputs", "rows", "run"] as const) this.tell(topic);
  }

  cancel(): void {
    this.#cancel?.abort();
  }

  /** Verifies anew what is there, if anything is. */
  again(): void {
    if (this.inputs.length > 0) this.verify();
  }

  /** Starts a verification; one that goes on is ended first. */
  verify(): void {
    this.cancel();
    const cancel = new AbortController();
    this.#cancel = cancel;
    this.#running = this.#running.then(() => (cancel.signal.aborted ? undefined : this.#verify(cancel.signal)));
  }

  async #verify(signal: AbortSignal): Promise<void> {
    const { inputs, engine } = this;
    const results = new Results();
    const run: Run = {
      at: this.#instant(), profile: this.profile, startedMs: Date.now(), endedMs: null, end: null, problem: null, doneWeight: 0,
      totalWeight: inputs.reduce((sum, { file }) => sum + file.size, 0), sha256: new Map(), wasmBytes: 0, trust: this.trust.told,
    };
    this.results = results;
    this.run = run;
    this.tell("rows");
    this.tell("run");
    const rules: Rules = { at: run.at, profile: run.profile };
    try {
      // A list that was current when it was given may be stale by now.
      run.trust = await this.trust.look();
      await engine.pool.run(inputs, rules, signal, {
        judged: (judged) => {
          for (const one of judged) results.add(one);
          this.tell("rows");
          return results.entries.length < ROWS_MAX;
        },
        passedOver: (count, twin) => {
          if (twin) results.twins += count;
          else results.passedOver += count;
        },
        hashed: (source, sha256) => run.sha256.set(source, sha256),
        progress: (weight) => {
          run.doneWeight += weight;
          this.tell("run");
        },
      });
      run.end = signal.aborted ? "cancelled" : results.entries.length >= ROWS_MAX ? "too-many" : "done";
    } catch (thrown) {
      run.end = "failed";
      run.problem = thrown instanceof Error ? thrown.message : String(thrown);
    }
    run.endedMs = Date.now();
    run.wasmBytes = await engine.pool.wasmBytes();
    this.tell("rows");
    this.tell("run");
  }

  /** The one place where the clock decides something: `now` is the same instant for a whole run. */
  #instant(): At {
    if (this.at.kind === "message") return "message";
    return this.at.kind === "instant" ? this.at.unixS : Math.floor(Date.now() / 1000);
  }

  async #trustChanged(): Promise<void> {
    this.cancel();
    await this.#running;
    await this.trust.handOver();
    this.tell("trust");
  }
}
