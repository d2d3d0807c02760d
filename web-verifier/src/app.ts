// What the page knows, and what can be done with it. Views read it, and are told when something changed.

import type { Engine } from "./engine/start.ts";
import type { At, CertificateRow, Input, ProfileChoice, Rules } from "./engine/protocol.ts";
import { byPath, isCertificate } from "./input/kind.ts";
import { ROWS_MAX } from "./input/limits.ts";
import { slice } from "./input/bytes.ts";
import { Results } from "./results/rows.ts";

export type Role = "bacen" | "own";

/** A certificate that is trusted, in the bytes that it came in. */
export interface Held {
  row: CertificateRow;
  role: Role;
  bytes: Uint8Array;
}

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
}

/** When certificates have to be valid, as a person chooses it. */
export type AtChoice = { kind: "now" } | { kind: "message" } | { kind: "instant"; unixS: number };

type Topic = "language" | "trust" | "inputs" | "run" | "rows";

/** Largest file that is looked at as a certificate. */
const CERTIFICATE_BYTES_MAX = 1 << 20;

export class App {
  readonly engine: Engine;
  readonly certificates: Held[] = [];
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

  /** Takes what was given: certificates into the trust, the rest as messages. Gives the names of certificates that are none. */
  async give(given: readonly Input[]): Promise<{ added: number; known: number; bad: string[] }> {
    const messages: Input[] = [];
    const told = { added: 0, known: 0, bad: [] as string[] };
    for (const input of given) {
      if (await looksLikeCertificate(input)) {
        const one = await this.#addCertificates(input);
        if (one === null) told.bad.push(input.name);
        else (told.added += one.added), (told.known += one.known);
      } else {
        messages.push(input);
      }
    }
    if (told.added > 0) await this.#trustChanged();
    if (messages.length > 0) {
      this.inputs = [...this.inputs, ...messages].sort((a, b) => byPath(a.name, b.name));
      this.tell("inputs");
    }
    if (messages.length > 0 || (told.added > 0 && this.inputs.length > 0)) this.verify();
    return told;
  }

  async #addCertificates({ file }: Input): Promise<{ added: number; known: number } | null> {
    const count = { added: 0, known: 0 };
    try {
      const bytes = await slice(file, 0, CERTIFICATE_BYTES_MAX);
      for (const one of await this.#separate(bytes)) {
        const known = this.certificates.some(({ row }) => row.sha256 === one.row.sha256);
        if (!known) this.certificates.push(one);
        count[known ? "known" : "added"] += 1;
      }
      return count;
    } catch {
      return null;
    }
  }

  /** Each certificate by itself, so that each can have its role and be taken out again. */
  async #separate(bytes: Uint8Array): Promise<Held[]> {
    const { pool } = this.engine;
    const rows = await pool.certificates(bytes);
    const role = (row: CertificateRow): Role => (row.ispb === null || row.ispb === BACEN_ISPB ? "bacen" : "own");
    const [only] = rows;
    if (rows.length === 1 && only !== undefined) return [{ row: only, role: role(only), bytes }];
    const blocks = new TextDecoder("latin1").decode(bytes).match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
    const held: Held[] = [];
    for (const block of blocks) {
      const one = new TextEncoder().encode(block);
      for (const row of await pool.certificates(one)) held.push({ row, role: role(row), bytes: one });
    }
    return held;
  }

  async setRole(held: Held, role: Role): Promise<void> {
    held.role = role;
    await this.#trustChanged();
    this.again();
  }

  async removeCertificate(held: Held): Promise<void> {
    this.certificates.splice(this.certificates.indexOf(held), 1);
    await this.#trustChanged();
    this.again();
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
      totalWeight: inputs.reduce((sum, { file }) => sum + file.size, 0), sha256: new Map(), wasmBytes: 0,
    };
    this.results = results;
    this.run = run;
    this.tell("rows");
    this.tell("run");
    const rules: Rules = { at: run.at, profile: run.profile };
    try {
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
    const of = (role: Role) => this.certificates.filter((held) => held.role === role).map((held) => held.bytes);
    await this.engine.pool.trust({ bacen: of("bacen"), own: of("own") });
    this.tell("trust");
  }
}

const BACEN_ISPB = "00038166";

async function looksLikeCertificate({ file, name }: Input): Promise<boolean> {
  // Messages in their thousands are not opened twice.
  if (/\.xml$/i.test(name) || file.size > CERTIFICATE_BYTES_MAX) return false;
  try {
    return isCertificate(name, await slice(file, 0, 27));
  } catch {
    return false;
  }
}
