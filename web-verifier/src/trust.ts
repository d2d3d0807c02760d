// The files of certificates and revocation lists that were given, each with the side that it is for. Their bytes stay as they came: the
// core reads them, all together, in every worker.

import type { Pool } from "./engine/pool.ts";
import type { CertificateRow, InBoth, Input, Language, ListRow, TrustFault, TrustGiven, TrustTold, Words } from "./engine/protocol.ts";
import { slice } from "./input/bytes.ts";
import { isHidden, isTrust, TRUST_HEAD_BYTES } from "./input/kind.ts";
import { LIST_BYTES_MAX, TRUST_BYTES_MAX, TRUST_BYTES_TOTAL_MAX } from "./input/limits.ts";

/** A file that is trusted, or whose lists revoke. */
export interface TrustFile extends TrustGiven {
  name: string;
  certificates: CertificateRow[];
  sha256: string;
}

/** A file that is not: why, in the core's words, or that it could not be read or is too large. */
export interface RefusedFile {
  name: string;
  words: InBoth<Words> | "unreadable" | "too-large";
}

/** What became of some files. */
export interface Taken {
  /** Certificates that came in. */
  added: number;
  /** Files of revocation lists that came in. */
  lists: number;
  /** Files that were there already. */
  known: number;
  refused: string[];
}

const NOTHING: TrustTold = {
  rows: { "pt-BR": nothing(), en: nothing() }, revocation: { verify: null, audit: null }, judgesRequests: false,
};

function nothing() {
  return { has_sides: false, passed_over: [], lists: [], refused_lists: [] };
}

export class TrustList {
  readonly #pool: Pool;
  #files: TrustFile[] = [];
  #refused: RefusedFile[] = [];
  #told = NOTHING;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  get files(): readonly TrustFile[] {
    return this.#files;
  }

  get refused(): readonly RefusedFile[] {
    return this.#refused;
  }

  /** What came of all files together, when it was last looked at. */
  get told(): TrustTold {
    return this.#told;
  }

  /** Every certificate with its file. */
  get certificates(): { file: TrustFile; row: CertificateRow }[] {
    return this.#files.flatMap((file) => file.certificates.map((row) => ({ file, row })));
  }

  /** Takes a file in, or remembers why it is refused. */
  async take({ file, name, found }: Input, taken: Taken): Promise<void> {
    // What is given again is given instead of what was refused.
    this.#refused = this.#refused.filter((one) => one.name !== name);
    const refuse = (words: RefusedFile["words"]) => {
      this.#refused.push({ name, words });
      taken.refused.push(name);
    };
    if (file.size > this.#room(name)) return refuse("too-large");
    let bytes: Uint8Array;
    try {
      bytes = await slice(file, 0, file.size);
    } catch {
      return refuse("unreadable");
    }
    const seen = await this.#pool.seen(bytes, name, found);
    if (seen.kind === "refused") return refuse(seen.words);
    if (this.#files.some(({ sha256 }) => sha256 === seen.sha256)) {
      taken.known += 1;
      return;
    }
    // A copy in memory: what was looked at is what is trusted, whatever becomes of the file.
    this.#files.push({ ...seen, name, found, side: "both", bytes: new Blob([bytes as Uint8Array<ArrayBuffer>]) });
    taken.added += seen.certificates.length;
    if (seen.certificates.length === 0) taken.lists += 1;
  }

  remove(file: TrustFile): void {
    this.#files = this.#files.filter((one) => one !== file);
  }

  forget(refused: RefusedFile): void {
    this.#refused = this.#refused.filter((one) => one !== refused);
  }

  /** Has every worker trust these files and no others. */
  async handOver(): Promise<void> {
    await this.#pool.trust(this.#files.map(({ bytes, kind, side, found }) => ({ bytes, kind, side, found })));
    await this.look();
  }

  /** What is told of the files now. */
  async look(): Promise<TrustTold> {
    if (this.#files.length > 0) this.#told = await this.#pool.told(Math.floor(Date.now() / 1000));
    else this.#told = NOTHING;
    return this.#told;
  }

  #room(name: string): number {
    const held = this.#files.reduce((sum, { bytes }) => sum + bytes.size, 0);
    return Math.min(/\.crl$/i.test(name) ? LIST_BYTES_MAX : TRUST_BYTES_MAX, TRUST_BYTES_TOTAL_MAX - held);
  }
}

/** The notes and lists of one file, in a language. */
export function toldOf(told: TrustTold, number: number, language: Language): Record<"notes" | "refused", TrustFault[]> & { lists: ListRow[] } {
  const { passed_over, refused_lists, lists } = told.rows[language];
  const isMine = ({ file }: { file: string }) => file === String(number);
  return { notes: passed_over.filter(isMine), refused: refused_lists.filter(isMine), lists: lists.filter(isMine) };
}

/** Whether this looks like a file of certificates or lists. Messages in their thousands are not opened twice. */
export async function looksLikeTrust({ file, name, found }: Input): Promise<boolean> {
  if (/\.(xml|ndjson|jsonl|json|parquet|zip|gz|gzip)$/i.test(name) || (found && isHidden(name))) return false;
  try {
    return isTrust(name, await slice(file, 0, TRUST_HEAD_BYTES));
  } catch {
    return false;
  }
}
