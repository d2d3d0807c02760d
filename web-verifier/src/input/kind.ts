// What a file is: by its name where that says it, by its first bytes where not.

export type Kind = "message" | "ndjson" | "parquet" | "zip" | "gzip" | "unknown";

const BY_ENDING: Record<string, Kind> = {
  xml: "message", ndjson: "ndjson", jsonl: "ndjson", json: "ndjson", parquet: "parquet", zip: "zip", gz: "gzip", gzip: "gzip",
};

/** What the name says, if anything. */
export function kindByName(name: string): Kind | null {
  const [, ending] = /\.([^./]+)$/.exec(name) ?? [];
  if (ending === undefined) return null;
  return BY_ENDING[ending.toLowerCase()] ?? "unknown";
}

/** What the first bytes say. */
export function kindByHead(head: Uint8Array): Kind {
  const starts = (...octets: number[]) => octets.every((octet, index) => head[index] === octet);
  if (starts(0x50, 0x41, 0x52, 0x31)) return "parquet";
  if (starts(0x50, 0x4b, 0x03, 0x04) || starts(0x50, 0x4b, 0x05, 0x06)) return "zip";
  if (starts(0x1f, 0x8b)) return "gzip";
  const first = head.subarray(starts(0xef, 0xbb, 0xbf) ? 3 : 0).find((octet) => octet > 0x20);
  if (first === 0x7b) return "ndjson";
  return first === 0x3c ? "message" : "unknown";
}

/** The name of what a gzip holds. */
export function withoutGzip(name: string): string {
  return name.replace(/\.gz(ip)?$/i, "");
}

/** Whether some part of the path is hidden, or a shadow that macOS puts into its zips. */
export function isHidden(path: string): boolean {
  return path.split("/").some((part) => part === "__MACOSX" || (part.startsWith(".") && part !== "." && part !== ".."));
}

/** How much of a file shows that it holds certificates: `openssl` writes their text before them. */
export const TRUST_HEAD_BYTES = 32 << 10;

/** Whether this is, by name or first bytes, a file of certificates or revocation lists. The core says whether it is one. */
export function isTrust(name: string, head: Uint8Array): boolean {
  if (/\.(pem|cer|crt|der|p7b|p7c|pfx|p12|crl)$/i.test(name)) return true;
  // DER: no text begins so.
  if (head[0] === 0x30 && (head[1] ?? 0) >= 0x80) return true;
  const text = new TextDecoder("latin1").decode(head.subarray(0, TRUST_HEAD_BYTES));
  return !/^[\s\u00ef\u00bb\u00bf]*[<{]/.test(text) && /-----BEGIN (X509 |TRUSTED )?(CERTIFICATE|CRL|PKCS ?#?7|CMS)/.test(text);
}

/** The order in which folders are walked: name by name, as the command does it. */
export function byPath(a: string, b: string): number {
  const [left, right] = [a.split("/"), b.split("/")];
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const [x, y] = [left[index] ?? "", right[index] ?? ""];
    if (x !== y) return x < y ? -1 : 1;
  }
  return left.length - right.length;
}
