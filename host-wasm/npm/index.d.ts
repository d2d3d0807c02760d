/** What a message turned out to be. */
export type Verdict = 'valid' | 'invalid' | 'indeterminate' | 'unsigned' | 'malformed';

/** The rules of a channel: SPI (ISO 20022) or DICT (the directory of Pix keys). */
export type Profile = 'spi' | 'dict';

/** The language of `message`, `help` and other texts for people. */
export type Language = 'en' | 'pt-BR';

/** Which octets a digest covers. */
export type Target = 'KeyInfo' | 'AppHdr' | 'Document' | 'root';

/** How messages are judged and told of. */
export interface Options {
  /** The rules to hold messages against. `auto`: by the root element, `Envelope` is SPI. Default: `auto`. */
  profile?: 'auto' | Profile;
  /**
   * The instant at which the certificate must be valid: `message` is the message's own time, a number is seconds since 1970
   * UTC. Default: `now`, read at each call.
   */
  at?: 'now' | 'message' | number | Date;
  /** Default: `en`. */
  language?: Language;
  /** What the row calls the message. Default: `-`. */
  file?: string;
}

/** Where something is wrong. What is not known is null. */
export interface Place {
  /** Byte offset from the start of the message. */
  offset: number | null;
  /** Counted from 1. */
  line: number | null;
  /** In characters, counted from 1. */
  column: number | null;
  /** The last line of the part concerned, where the error speaks of a whole part: `line` is its first. */
  last_line: number | null;
  /** Number of the Reference, counted from 1. */
  reference: number | null;
  target: Target | 'SignedInfo' | null;
}

/** Who signed a message, or is said to have. */
export interface Signer {
  issuer: string;
  /** In decimal. */
  serial: string;
  /** Whether the certificate is one of those that were given. If it is not, the fields below are null. */
  trusted: boolean;
  subject: string | null;
  ispb: string | null;
  /** RFC 3339. */
  not_before: string | null;
  /** RFC 3339. */
  not_after: string | null;
}

/** What came of verifying one message. */
export interface MessageRow {
  /** Null, as is `sha256`, for a message that was too large to be looked at. */
  bytes: number | null;
  /** Of the message as it was given, in hexadecimal. */
  sha256: string | null;
  profile: Profile | null;
  verdict: Verdict;
  /** Why it is not valid: a stable code. */
  code: string | null;
  /** The same in words. */
  message: string | null;
  /** What to do. */
  help: string | null;
  place: Place | null;
  signer: Signer | null;
  /** What other programs may read differently in the message, whatever its verdict. */
  notes: Note[];
}

/** Something to know of a message. It changes no verdict. */
export interface Note {
  /** `value-interrupted`: a comment, a processing instruction or a CDATA section stands inside a value. `time-repeated`: two times. */
  code: string;
  text: string;
  /** The local name of the element that holds the value. */
  element: string | null;
  /** The whole value. */
  value: string | null;
  /** Where it is interrupted: byte offset from the start of the message. */
  offset: number | null;
  /** Counted from 1. */
  line: number | null;
  /** In characters, counted from 1. */
  column: number | null;
}

/** A row of `lacre verify --json`. */
export interface VerifyRow extends MessageRow {
  file: string;
}

/** A row of `lacre inspect --json`. */
export interface InspectRow extends VerifyRow {
  /** What most likely happened to a message that is not valid. */
  cause: Cause | null;
  /** The instant it was judged at, RFC 3339. */
  instant: string | null;
  /** The message's own time, RFC 3339. */
  message_time: string | null;
  checks: Check[];
  references: Reference[];
}

/** What happened to a message that is not valid. */
export interface Cause {
  code: string;
  text: string;
  /** Whether it is more than likely: the signature holds, and with the change undone every digest does. */
  proved: boolean;
  /** What to do, where the reason's own remedy does not fit. */
  help: string | null;
}

/** One check, in the order in which they are made. */
export interface Check {
  name: string;
  text: string;
  outcome: 'passed' | 'failed' | 'not-reached';
  code: string | null;
  message: string | null;
}

/** One Reference, or SignedInfo: what is claimed and what the octets come to. */
export interface Reference {
  target: Target | 'SignedInfo';
  /** The lines of the message that it covers. */
  first_line: number | null;
  last_line: number | null;
  canonical_bytes: number;
  claimed: Digest | null;
  computed: Digest | null;
  agree: boolean | null;
}

/** A SHA-256. */
export interface Digest {
  hex: string;
  base64: string;
}

/** A row of `lacre audit verify --json`: one record of the audit trail. */
export interface AuditRow {
  file: string;
  row: number;
  exchange_id: string | null;
  channel: 'spi' | 'dict' | null;
  request_date: string | null;
  /** How the exchange ended. */
  outcome: string | null;
  /** Null if nothing in the record had to be proved. */
  verdict: Verdict | null;
  code: string | null;
  message: string | null;
  help: string | null;
  /** The side that `code` concerns; null if it concerns the record itself. */
  side: Side | null;
  /** What the record says of the answer's signatures. */
  recorded_verdict: string | null;
  /** Whether the answer proves something else now than was recorded of it: then the record is not in order. */
  recorded_otherwise: boolean;
  /** Whether the record is what its chain sealed. */
  seal: 'holds' | 'broken' | 'absent';
  chain_id: string | null;
  chain_sequence: number | null;
  /** Sides whose body is kept elsewhere and was not judged. */
  elsewhere: Side[];
  messages: RecordMessageRow[];
  /** The rules that the record is judged by, those of its own time; null if this version does not know them. */
  rules_version: number | null;
  /** What today's rules would refuse of a record of older ones. It says nothing against the record. */
  stricter_since: { side: Side; code: string; message: string; help: string } | null;
}

/** A message of an audit record. */
export interface RecordMessageRow extends MessageRow {
  side: Side;
  /** Its number among the parts of a multipart body, counted from 1. */
  part: number | null;
  /** Whether it had something to prove. If not, its verdict does not count. */
  required: boolean;
}

/** A side of an exchange. */
export type Side = 'request' | 'response';

/** One record of the audit trail: the columns of a row of Parquet, or of a line of NDJSON. */
export type AuditRecord = Readonly<Record<string, string | number | bigint | null | undefined>>;

/** A message that an audit record keeps. */
export interface KeptMessage {
  side: Side;
  part: number | null;
  message: Uint8Array;
}

/** A certificate that is trusted. */
export interface CertificateRow {
  subject: string;
  issuer: string;
  /** In decimal. */
  serial: string;
  ispb: string | null;
  /** RFC 3339. */
  not_before: string;
  /** RFC 3339. */
  not_after: string;
  rsa_bits: number;
  /** Of its DER, in hexadecimal. */
  sha256: string;
}

/** What a message says of itself. Nothing of this is verified: it is for searching. */
export interface Outline {
  root: string | null;
  message_definition: string | null;
  business_message_id: string | null;
  message_id: string | null;
  correlation_id: string | null;
  /** At most 100. */
  end_to_end_ids: string[];
  created: string | null;
}

/** Octets of a message that no digest covers, from `start` up to but without `end`. */
export interface Uncovered {
  start: number;
  end: number;
  kind: 'outside' | 'comment' | 'envelope' | 'signature' | 'namespace';
}

/** What every refusal is thrown as. */
export class LacreError extends Error {
  private constructor();
  readonly name: 'LacreError';
  /**
   * What went wrong: a stable code of lacre's catalogue, or `usage` (the call makes no sense), `not-started` (wait for
   * `init()`), `stopped` (the module found no memory and cannot be used any more).
   */
  readonly code: string;
  /** What to do. */
  readonly help: string;
}

/**
 * Makes the module ready. Once is enough; for Node nothing needs to be waited for.
 *
 * @param source Another place to take the module from: a URL, a Response, the bytes, or a `WebAssembly.Module`.
 */
export function init(source?: string | object): Promise<void>;

/** The certificates that signatures may be checked with. Nothing in a message adds to it. */
export class Trust {
  constructor();
  /**
   * Trusts every certificate of some PEM, or one in DER, and tells what they are.
   *
   * @throws {LacreError} If one of them cannot be used; then none of them is trusted.
   */
  add(bytes: Uint8Array, language?: Language): CertificateRow[];
  /**
   * Takes in a revocation list (PEM or DER) after checking that `issuer` (PEM or DER) signed it, and gives the number of its
   * entries.
   *
   * @throws {LacreError} If it cannot be relied on; then nothing is revoked.
   */
  addCrl(list: Uint8Array, issuer: Uint8Array, language?: Language): number;
  /** What is trusted, in the order in which it was added. */
  certificates(): CertificateRow[];
  /**
   * Whether current revocation lists say of every trusted signer whether it was revoked: null if nobody is trusted. Default: now.
   */
  revocation(at?: 'now' | number | Date): 'checked' | 'not-checked' | null;
  /** How many certificates are trusted. */
  readonly size: number;
  /** Gives the memory back at once; the garbage collector does it in its own time. */
  free(): void;
}

/** Whose messages: BACEN's, or the institution's own. */
export type Speaker = 'bacen' | 'own';

/** Something in a file of certificates or lists that cannot be used, or a file that is refused. */
export interface TrustFault {
  file: string;
  /** Counted from 1; null in DER. */
  line: number | null;
  code: string;
  message: string;
  help: string;
}

/** A revocation list that was taken in. */
export interface ListRow {
  file: string;
  issuer: string;
  /** RFC 3339. */
  this_update: string;
  /** RFC 3339. */
  next_update: string | null;
  /** How many certificates it revokes. */
  entries: number;
  /** Whether another should have followed it. */
  stale: boolean;
}

/** What is told of files of certificates and lists. */
export interface TrustedRow {
  /** Whether any file was given for one side alone. */
  has_sides: boolean;
  /** What stands in the files and cannot be used; of a folder, also the files that are refused. */
  passed_over: TrustFault[];
  /** The lists whose signatures hold. */
  lists: ListRow[];
  /** The lists that were asked for and cannot be relied on. The command stops at them. */
  refused_lists: TrustFault[];
}

/**
 * Files of certificates and revocation lists by the rules of `lacre verify --trust PATH --crl PATH`: PEM, DER and PKCS#7. A file is read
 * whole or refused; what is sound and cannot check a signature is passed over with a note.
 */
export class TrustFiles {
  constructor();
  /**
   * Takes in a file of certificates, and the revocation lists in it, and gives the certificates. One that was `found` in a folder is
   * passed over where another is refused.
   *
   * @throws {LacreError} If the command would refuse it. Nothing of it is taken in then.
   */
  add(bytes: Uint8Array, options?: { file?: string; side?: Speaker | 'both'; found?: boolean; language?: Language }): CertificateRow[];
  /**
   * Takes in a file of revocation lists. Certificates in it check lists and nothing else.
   *
   * @throws {LacreError} If the command would refuse it. Nothing of it is taken in then.
   */
  addLists(bytes: Uint8Array, options?: { file?: string; language?: Language }): void;
  /** Checks each list against every certificate. These files can take in no more afterwards. */
  finish(): Trusted;
  free(): void;
}

/** What came of {@link TrustFiles}. */
export interface Trusted {
  /**
   * The certificates that may have signed what `bacen` says or what the institution says (`own`), or what an archive has as BACEN's
   * `answers` and as the institution's `requests`: there, of certificates for both sides, those that name an institution other than
   * BACEN are the requests', all others the answers'.
   */
  trust(about: Speaker | 'answers' | 'requests'): Trust;
  told(at?: 'now' | number | Date, language?: Language): TrustedRow;
  free(): void;
}

/** Verifies a message. A message that is not valid is a row that says so, never an exception. */
export function verify(message: Uint8Array, trust: Trust, options?: Options): VerifyRow;

/** Verifies a message and tells everything that was looked at. */
export function inspect(message: Uint8Array, trust: Trust, options?: Options): InspectRow;

/**
 * Verifies a record of the audit trail: answers against BACEN's certificates and no others, requests against the institution's own
 * and only if there are any.
 *
 * @throws {LacreError} If it is no object of columns.
 */
export function verifyRecord(
  record: AuditRecord | string,
  bacen: Trust,
  own?: Trust,
  options?: Omit<Options, 'profile'> & {
    /** Its number in `file`, counted from 0. */
    row?: number;
  },
): AuditRow;

/** Why a line of NDJSON is no record: none at all, or several in one line. Null if it is one. */
export function rowFault(line: Uint8Array, language?: Language): { code: string; message: string; help: string } | null;

/** Whose message this claims to be; the signature under the right certificate makes it true. */
export function speaker(message: Uint8Array): Speaker;

/**
 * The messages that an audit record keeps.
 *
 * @throws {LacreError} If it is no audit record.
 */
export function recordMessages(record: AuditRecord | string, language?: Language): KeptMessage[];

/**
 * The exclusive canonical form (Exclusive C14N 1.0) of a document of up to 8 MiB.
 *
 * @throws {LacreError} If it is not XML that lacre accepts, or too large.
 */
export function canonicalize(xml: Uint8Array, withComments?: boolean, language?: Language): Uint8Array;

/**
 * The octets that a digest (or, for `SignedInfo`, the signature) covers, as they are hashed, of a message of up to 8 MiB.
 *
 * @throws {LacreError} If the message has none, or is too large.
 */
export function canonicalOctets(
  message: Uint8Array,
  target: Target | 'SignedInfo',
  profile?: 'auto' | Profile,
  language?: Language,
): Uint8Array;

/**
 * What a message says of itself, as far as it can be read.
 *
 * @throws {LacreError} If it is too large.
 */
export function outline(message: Uint8Array): Outline;

/**
 * The octets of a message that no digest covers, in their order, at most ten thousand spans.
 *
 * @throws {LacreError} If it is too large.
 */
export function uncovered(message: Uint8Array, profile?: 'auto' | Profile): Uncovered[];

/** The version of this package. */
export function version(): string;
