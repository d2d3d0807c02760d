// What is made of verdicts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { MessageFields } from "../../src/engine/protocol.ts";
import { Remote, serve } from "../../src/engine/rpc.ts";
import { csvReport, cell } from "../../src/report/csv.ts";
import { bucketsOf } from "../../src/results/buckets.ts";
import { commonName, ordered, worst } from "../../src/results/order.ts";
import { Results } from "../../src/results/rows.ts";

function fields(verdict: MessageFields["verdict"], code: string | null = null): MessageFields {
  return { bytes: 1, sha256: "00", profile: "spi", verdict, code, message: code, help: null, place: null, signer: null, notes: [] };
}

function results(...rows: [name: string, verdict: MessageFields["verdict"], created: string | null][]): Results {
  const all = new Results();
  for (const [name, verdict, created] of rows) {
    all.add({
      kind: "message", place: { source: 0, steps: [] }, row: { file: name, ...fields(verdict, verdict === "valid" ? null : "x") },
      english: { message: "english", help: null }, said: { definition: null, ids: [name], endToEndIds: [`E2E-${name}`], created },
    });
  }
  return all;
}

const ALL = { ends: new Set<never>(), search: "", findingsOnly: false };

test("no cell is a formula, and every cell can be read again", () => {
  for (const value of ["=1+1", "+1", "-1", "@a", "  =1", "\t=1", "|cmd", "＝1+1", "＋1", " －1", "＠a"]) assert.match(cell(value, ","), /^"?'/);
  assert.equal(cell('a"b', ","), '"a""b"');
  assert.equal(cell("a,b", ","), '"a,b"');
  assert.equal(cell(-5, ","), "-5");
  assert.equal(cell(null, ","), "");
  assert.equal(cell("E00038166", ","), "E00038166");
});

test("every row has its line, in the separators of the language", () => {
  const all = results(["a", "valid", null], ["b", "invalid", null]);
  assert.equal(csvReport(all, "pt-BR").join("").trim().split("\r\n").length, 3);
  assert.match(csvReport(all, "en")[1] ?? "", /^row,file,/);
});

test("rows are found by what they say, and sorted worst first", () => {
  const all = results(["a", "valid", null], ["b", "invalid", null], ["c", "unsigned", null]).entries;
  assert.deepEqual([...ordered(all, { ...ALL, search: "e2e-C" }, null, "pt-BR")], [2]);
  assert.deepEqual([...ordered(all, { ...ALL, search: "english" }, null, "en")], [0, 1, 2]);
  assert.deepEqual([...ordered(all, ALL, { column: "verdict", descending: false }, "pt-BR")], [1, 2, 0]);
  assert.deepEqual([...ordered(all, { ...ALL, ends: new Set(["unsigned"] as const) }, null, "pt-BR")], [2]);
});

test("the headline speaks of the worst that there is", () => {
  assert.equal(worst(results(["a", "valid", null], ["b", "indeterminate", null], ["c", "unsigned", null]).ends), "unsigned");
  assert.equal(worst(results(["a", "valid", null]).ends), "valid");
  assert.equal(worst(new Results().ends), null);
});

test("time is cut into periods that hold every dated row", () => {
  const { buckets, undated } = bucketsOf(results(["a", "valid", "2026-01-01T00:00:00Z"], ["b", "invalid", "2026-03-01T00:00:00Z"], ["c", "valid", "soon"]).entries);
  assert.ok(buckets.length <= 48);
  assert.equal(buckets.reduce((sum, { total }) => sum + total, 0), 2);
  assert.equal(undated, 1);
});

test("a date out of this world does not flatten the chart", () => {
  assert.equal(bucketsOf(results(["a", "valid", "0001-01-01T00:00:00Z"], ["b", "valid", "2026-01-01T00:00:00Z"]).entries).undated, 1);
});

test("names of certificates are short, escapes and all", () => {
  assert.equal(commonName("CN=Banco\\, S.A., O=X"), "Banco\\, S.A.");
  assert.equal(commonName("O=X"), "O=X");
});

test("calls are answered, refused and cut off across the boundary", async () => {
  const { port1, port2 } = new MessageChannel();
  serve(port1 as never, { twice: (n: number) => n * 2, fails: () => { throw new RangeError("no"); } } as never);
  const remote = new Remote<{ twice(n: number): number; fails(nothing: undefined): void; never(nothing: undefined): void }>(port2 as never);
  assert.equal(await remote.call("twice", 21), 42);
  await assert.rejects(remote.call("fails", undefined), { name: "RangeError", message: "no" });
  await assert.rejects(remote.call("never", undefined), /no method/);
  remote.break(new Error("gone"));
  await assert.rejects(remote.call("twice", 1), /gone/);
  port1.close();
});
