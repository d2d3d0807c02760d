// Bytes on their way in.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { head, joined, pieces, stretch, whole } from "../../src/input/bytes.ts";
import { Fault } from "../../src/input/fault.ts";
import { byPath, isHidden, isTrust, kindByHead, kindByName } from "../../src/input/kind.ts";
import { RECORD_BYTES_MAX } from "../../src/input/limits.ts";
import { lines } from "../../src/input/lines.ts";
import { jsonLine } from "../../src/input/parquet.ts";
import { Sha256, sha256 } from "../../src/input/sha256.ts";
import { zipEntries } from "../../src/input/zip.ts";
import { batches } from "../../src/engine/desk.ts";

const text = (value: string) => new TextEncoder().encode(value);
const refused = (code: string) => (thrown: unknown) => thrown instanceof Fault && thrown.code === code;

test("SHA-256 is the one that everybody else computes, whatever the pieces", () => {
  for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 1_000, 70_000]) {
    const bytes = Uint8Array.from({ length }, (_, index) => (index * 131) & 0xff);
    const expected = createHash("sha256").update(bytes).digest("hex");
    assert.equal(sha256(bytes), expected);
    const pieces = new Sha256();
    for (let start = 0; start < length; start += 37) pieces.update(bytes.subarray(start, start + 37));
    assert.equal(pieces.hex(), expected);
  }
});

test("gzip is read through, several members in one file too", async () => {
  const packed = new Blob([gzipSync("first\n"), gzipSync("second\n")]);
  assert.equal(new TextDecoder().decode(await whole(packed, [{ kind: "gunzip" }], 100)), "first\nsecond\n");
  assert.equal(new TextDecoder().decode(await stretch(packed, [{ kind: "gunzip" }], 6, 12)), "second");
});

test("a bomb is let go at the limit", async () => {
  const bomb = new Blob([gzipSync(new Uint8Array(64 << 20))]);
  let held = 0;
  await assert.rejects(async () => {
    for await (const piece of pieces(bomb, [{ kind: "gunzip" }], 1 << 20)) held += piece.length;
  }, refused("too-large"));
  assert.ok(held <= 1 << 20);
});

test("damage is told from what it is", async () => {
  const packed = gzipSync("x".repeat(10_000));
  await assert.rejects(whole(new Blob([packed.subarray(0, 30)]), [{ kind: "gunzip" }], 1e6), refused("gzip"));
  await assert.rejects(async () => {
    for await (const _ of zipEntries(new Blob(["PK no zip"])));
  }, refused("zip"));
});

test("a zip entry that is not as large as its directory says is refused", async () => {
  const zip = new Blob([zipSync({ "a.xml": text("<a/>".repeat(500)) })]);
  for await (const { header, packed, size, method } of zipEntries(zip)) {
    assert.equal((await whole(zip, [{ kind: "zip", header, packed, size, method }], 1e6)).length, 2_000);
    await assert.rejects(whole(zip, [{ kind: "zip", header, packed, size: size - 1, method }], 1e6), refused("zip"));
    await assert.rejects(whole(zip, [{ kind: "zip", header, packed, size: size + 1, method }], 1e6), refused("zip"));
    await assert.rejects(whole(zip, [{ kind: "zip", header, packed, size, method: 12 }], 1e6), refused("zip-method"));
  }
});

test("lines are cut wherever pieces end, and blank ones are left out", async () => {
  const all = '{"a":1}\n\n  \r\n{"b":"ção"}\n{"c":3}';
  for (const size of [1, 2, 3, 7, 100]) {
    const bytes = text(all);
    async function* cut() {
      for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
    }
    const found: string[] = [];
    for await (const batch of lines(cut())) {
      assert.ok("ends" in batch);
      const { buffer, ends, spans, rows } = batch;
      assert.deepEqual(rows, [0, 3, 4], "blank lines count");
      ends.forEach((end, index) => {
        const line = new Uint8Array(buffer).subarray(index === 0 ? 0 : ends[index - 1], end);
        assert.deepEqual(line, bytes.subarray(...spans[index]), "the span leads back to the line");
        found.push(new TextDecoder().decode(line));
      });
    }
    assert.deepEqual(found, ['{"a":1}', '{"b":"ção"}', '{"c":3}']);
  }
});

test("a line that is too long is let go by itself, wherever pieces end", async () => {
  const long = new Uint8Array(RECORD_BYTES_MAX + 1).fill(0x61);
  for (const size of [long.length + 20, 1 << 20, RECORD_BYTES_MAX]) {
    for (const [head, tail, expected] of [['\ufeff{"a":1}\n', '\n{"b":2}', ["{\"a\":1}", 1, '{"b":2}']], ["", "", [0]]] as const) {
      const bytes = joined([text(head), long, text(tail)]);
      async function* cut() {
        for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
      }
      const found: (string | number)[] = [];
      for await (const batch of lines(cut())) found.push("tooLong" in batch ? batch.tooLong : new TextDecoder().decode(batch.buffer));
      assert.deepEqual(found, expected);
    }
  }
});

test("a line of exactly the longest record is read", async () => {
  async function* cut() {
    yield new Uint8Array(RECORD_BYTES_MAX).fill(0x61);
    yield text("\n");
  }
  for await (const batch of lines(cut())) assert.ok("ends" in batch && batch.ends[0] === RECORD_BYTES_MAX);
});

test("a column of 64 bits keeps all its digits", () => {
  assert.equal(jsonLine({ a: 9007199254740993n, b: null, c: 'q"', d: undefined }), '{"a":9007199254740993,"b":null,"c":"q\\"","d":null}');
});

test("what a file is shows in its name, and otherwise in its first octets", async () => {
  assert.equal(kindByName("a/b.XML"), "message");
  assert.equal(kindByName("x.ndjson.gz"), "gzip");
  assert.equal(kindByName("PUT-S3-abc-1-2026"), null);
  assert.equal(kindByName("notes.txt"), "unknown");
  assert.equal(kindByHead(text("PAR1")), "parquet");
  assert.equal(kindByHead(text("\ufeff  <a/>")), "message");
  assert.equal(kindByHead(text('\n{"x"')), "ndjson");
  assert.equal(kindByHead(await head(new Blob([gzipSync("<a/>")]), [{ kind: "gunzip" }], 8)), "message");
  assert.ok(isHidden("a/.b/c.xml") && isHidden("__MACOSX/a") && !isHidden("./a.b/c"));
  assert.ok(isTrust("x.cer", new Uint8Array()) && isTrust("a.CRL", new Uint8Array()) && !isTrust("x.xml", text("<")));
  for (const label of ["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE", "X509 CRL", "PKCS7"]) {
    assert.ok(isTrust("x", text(`Bag Attributes\n  -----BEGIN ${label}-----`)), label);
  }
  assert.ok(isTrust("x", new Uint8Array([0x30, 0x82])) && !isTrust("x", text("<a>-----BEGIN CERTIFICATE-----</a>")) && !isTrust("x", text("0x")));
});

test("folders are walked name by name", () => {
  assert.deepEqual(["b.xml", "a/z.xml", "a.xml", "a/b/c.xml"].sort(byPath), ["a/b/c.xml", "a/z.xml", "a.xml", "b.xml"]);
});

test("inputs become batches by reference, and what nobody knows is passed over", async () => {
  const file = (name: string, content: string | Uint8Array) => ({ file: new File([content as BlobPart], name), name, found: true });
  const kinds: string[] = [];
  for await (const batch of batches([file("a.xml", "<a/>"), file("b.xml", "<b/>"), file("c.txt", "x"), file("d.ndjson", '{"a":1}\n')])) {
    kinds.push(batch.kind === "messages" ? `messages ${batch.items.length}` : batch.kind);
  }
  assert.deepEqual(kinds, ["messages 2", "passed-over", "hash", "records", "passed-over"]);
});
