// The files of certificates and lists as the core holds them: whom to believe about what.

import { LacreError, speaker, type Trust, type Trusted, TrustFiles } from "lacre-wasm";
import type { InBoth, TrustGiven, TrustSeen, TrustTold, Words } from "./protocol.ts";
import { slice } from "../input/bytes.ts";
import { MESSAGE_BYTES_MAX } from "../input/limits.ts";
import { sha256 } from "../input/sha256.ts";

export class Trusts {
  /** Of an archive, where it is known in which direction a message went. */
  readonly answers: Trust;
  readonly requests: Trust;
  readonly #bacen: Trust;
  readonly #own: Trust;
  readonly #hasSides: boolean;
  readonly #trusted: Trusted;

  private constructor(trusted: Trusted) {
    this.#trusted = trusted;
    this.#bacen = trusted.trust("bacen");
    this.#own = trusted.trust("own");
    this.answers = trusted.trust("answers");
    this.requests = trusted.trust("requests");
    this.#hasSides = trusted.told(0).has_sides;
  }

  static async of(given: readonly TrustGiven[]): Promise<Trusts> {
    const files = new TrustFiles();
    // Numbers stand for names: two files may have the same.
    for (const [number, { bytes, kind, side, found }] of given.entries()) {
      const octets = await slice(bytes, 0, bytes.size);
      if (kind === "lists") files.addLists(octets, { file: String(number) });
      else files.add(octets, { file: String(number), side, found });
    }
    return new Trusts(files.finish());
  }

  /** Who may have signed a loose message: if files are for one side alone, those of the side that it claims to come from. */
  about(message: Uint8Array): Trust {
    const isOwn = this.#hasSides && message.length <= MESSAGE_BYTES_MAX && speaker(message) === "own";
    return isOwn ? this.#own : this.#bacen;
  }

  /** What is told of the files, and of revocation, at an instant in seconds since 1970 UTC. */
  told(at: number): TrustTold {
    const known = (...trusts: Trust[]) => {
      const all = trusts.map((trust) => trust.revocation(at)).filter((one) => one !== null);
      return all.length === 0 ? null : all.includes("not-checked") ? "not-checked" : "checked";
    };
    return {
      rows: inBoth((language) => this.#trusted.told(at, language)),
      revocation: {
        verify: this.#hasSides ? known(this.#bacen, this.#own) : known(this.#bacen),
        audit: known(this.answers, this.requests),
      },
      judgesRequests: this.requests.size > 0,
    };
  }

  free(): void {
    for (const held of [this.answers, this.requests, this.#bacen, this.#own, this.#trusted]) held.free();
  }
}

/** What a file is, without trusting it yet: certificates, or revocation lists alone, as the command reads `--trust` and `--crl`. */
export function seen(bytes: Uint8Array, name: string, found: boolean): TrustSeen {
  const fingerprint = sha256(bytes);
  if (found) return { kind: "certificates", certificates: added(bytes, true), sha256: fingerprint };
  if (/\.crl$/i.test(name)) return lists(bytes, fingerprint) ?? refused(bytes, (files, language) => files.addLists(bytes, { language }));
  try {
    return { kind: "certificates", certificates: added(bytes, false), sha256: fingerprint };
  } catch (thrown) {
    if (!(thrown instanceof LacreError)) throw thrown;
    // A list has other names too; where there is none, what is wrong with the certificates is what is told.
    return lists(bytes, fingerprint) ?? refused(bytes, (files, language) => files.add(bytes, { language }));
  }
}

function added(bytes: Uint8Array, found: boolean) {
  return withFiles((files) => files.add(bytes, { found }));
}

function lists(bytes: Uint8Array, fingerprint: string): TrustSeen | null {
  try {
    withFiles((files) => files.addLists(bytes));
    return { kind: "lists", certificates: [], sha256: fingerprint };
  } catch (thrown) {
    if (thrown instanceof LacreError && thrown.code !== "stopped") return null;
    throw thrown;
  }
}

function refused(bytes: Uint8Array, add: (files: TrustFiles, language: "pt-BR" | "en") => unknown): TrustSeen {
  const words = inBoth((language): Words => {
    try {
      withFiles((files) => add(files, language));
    } catch (thrown) {
      if (thrown instanceof LacreError) return { message: thrown.message, help: thrown.help };
      throw thrown;
    }
    throw new Error(`what was refused is not: ${bytes.length} bytes`);
  });
  return { kind: "refused", words };
}

function withFiles<T>(work: (files: TrustFiles) => T): T {
  const files = new TrustFiles();
  try {
    return work(files);
  } finally {
    files.free();
  }
}

export function inBoth<T>(make: (language: "pt-BR" | "en") => T): InBoth<T> {
  return { "pt-BR": make("pt-BR"), en: make("en") };
}
