// What the page and its workers say to each other.

import type {
  AuditRow, CertificateRow, InspectRow, ListRow, Outline, Speaker, Target, TrustFault, TrustedRow, Uncovered, Verdict, VerifyRow,
} from "lacre-wasm";

/** A file that was given, and the name it goes by: its path below what was dropped. */
export interface Input {
  file: File;
  name: string;
  /** Found in a folder, not named by a person: what is of no known kind there is passed over. */
  found: boolean;
}

/** One layer to take off on the way to some bytes. */
export type Step =
  | { kind: "gunzip" }
  | { kind: "zip"; header: number; packed: number; size: number; method: number };

/** Where a message or a record stands, by reference: bytes are read again when they are needed. */
export interface Place {
  /** Which input. */
  source: number;
  steps: Step[];
  /** In the unpacked bytes: the line of an NDJSON. */
  span?: [start: number, end: number];
  /** The row of a Parquet file, from 0. */
  row?: number;
}

/** Why something could not be read. */
export type FaultCode =
  | "unreadable" | "too-large" | "gzip" | "zip" | "zip-encrypted" | "zip-method" | "zip-nested"
  | "parquet" | "line-too-long" | "row-too-long" | "row-group-too-large" | "unpacked-too-large" | "too-many-entries" | "record" | "stopped";

/** A part of the work. Messages go by reference, records as lines in a buffer that is handed over. */
export type Batch =
  | { kind: "messages"; items: MessageItem[]; weight: number }
  | { kind: "records"; name: string; buffer: ArrayBuffer; ends: Uint32Array; places: Place[]; rows: number[]; weight: number }
  | { kind: "fault"; name: string; place: Place; code: FaultCode; detail: string; line?: number; weight: number }
  | { kind: "hash"; source: number; weight: number }
  | { kind: "passed-over"; count: number; twin: boolean; weight: number };

/** A message by its name and place; the page adds the file, so that files cross to a worker once. */
export interface MessageItem {
  name: string;
  place: Place;
}

/** The files that a batch's places name, by their number among the inputs. */
export type Files = ReadonlyMap<number, Blob>;

/** When a certificate has to be valid: seconds since 1970, or the message's own time. */
export type At = number | "message";
export type ProfileChoice = "auto" | "spi" | "dict";

/** How messages are judged. */
export interface Rules {
  at: At;
  profile: ProfileChoice;
}

/** Whose messages the certificates of a file may have signed. */
export type Side = Speaker | "both";

/** A file of certificates, or of revocation lists alone, on its way to a worker. */
export interface TrustGiven {
  bytes: Blob;
  kind: "certificates" | "lists";
  side: Side;
  /** Found in a folder: what the command refuses there, it passes over. */
  found: boolean;
}

/** What a file turned out to be, or why it is refused. */
export type TrustSeen =
  | { kind: TrustGiven["kind"]; certificates: CertificateRow[]; sha256: string }
  | { kind: "refused"; words: InBoth<Words> };

/** What came of all files together: `file` in it is a file's number. */
export interface TrustTold {
  rows: InBoth<TrustedRow>;
  /** For the report of loose messages, and for that of records. */
  revocation: { verify: Revocation; audit: Revocation };
  /** Whether requests of an archive can be judged. */
  judgesRequests: boolean;
}

/** Whether current lists say of every trusted signer whether it was revoked; null if nobody is trusted. */
export type Revocation = "checked" | "not-checked" | null;

export type Language = "pt-BR" | "en";
export type InBoth<T> = Record<Language, T>;

/** Message and help in the language that the row itself is not in. */
export interface Words {
  message: string | null;
  help: string | null;
  /** The row's notes, if it has any. */
  notes?: VerifyRow["notes"];
}

/** What is searched and sorted by; said by the message, not proved. */
export interface Said {
  definition: string | null;
  /** MsgId, BizMsgIdr, CorrelationId: those that it has. */
  ids: string[];
  endToEndIds: string[];
  created: string | null;
}

/** A row as reports have it, less the file. */
export type MessageFields = Omit<VerifyRow, "file">;

export type Judged =
  | { kind: "message"; place: Place; row: VerifyRow; english: Words; said: Said | null }
  | { kind: "record"; place: Place; row: AuditRow; english: { record: Words; messages: Words[] }; said: (Said | null)[] }
  | { kind: "fault"; place: Place; name: string; code: FaultCode; detail: string; line?: number; words?: InBoth<Words> };

/** What a worker found in a batch, and how much memory its wasm holds. */
export interface JudgedBatch {
  judged: Judged[];
  /** Set if the wasm fell over: what is left for another worker, none if it was the last. This one is of no more use. */
  stopped: { rest: Batch | null } | null;
  wasmBytes: number;
}

/** Everything that is shown of one message. */
export interface Look {
  row: InspectRow;
  said: Outline | null;
  uncovered: Uncovered[];
  size: number;
}

/** A window of some octets. */
export interface Window {
  bytes: Uint8Array;
  start: number;
  total: number;
}

export type TargetName = Target | "SignedInfo";

/** Where two sequences of octets part. */
export interface Difference {
  offset: number;
  ours: Window;
  theirs: Window;
}

/** How a message and its alleged original compare, part by part. */
export interface Comparison {
  target: TargetName | "file";
  /** Null: octet for octet the same. */
  difference: Difference | null;
  /** Set when this part cannot be canonicalised on one side. */
  unreadable: boolean;
}

export type { AuditRow, CertificateRow, InspectRow, ListRow, Outline, TrustFault, TrustedRow, Uncovered, Verdict, VerifyRow };
