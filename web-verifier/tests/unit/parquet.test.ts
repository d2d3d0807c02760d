// Parquet files that lie: what `lacre audit verify` refuses, the page refuses (tests/parquet has the files and what is said of each).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Fault } from "../../src/input/fault.ts";
import { parquetRows } from "../../src/input/parquet.ts";

const FOLDER = new URL("../../../../tests/parquet/", import.meta.url);

async function fault(name: string): Promise<Fault | null> {
  let tooLong: Fault | null = null;
  try {
    for await (const batch of parquetRows(new Blob([readFileSync(new URL(`${name}.parquet`, FOLDER))]))) {
      if ("tooLong" in batch) tooLong = new Fault("row-too-long");
      else assert.ok(batch.ends.length > 0);
    }
    return tooLong;
  } catch (thrown) {
    assert.ok(thrown instanceof Fault, String(thrown));
    return thrown;
  }
}

test("each case is read or refused as by the command", async () => {
  const cases = JSON.parse(readFileSync(new URL("cases.json", FOLDER), "utf8")) as Record<string, "read" | "refused">;
  assert.ok(Object.keys(cases).length > 20);
  for (const [name, expected] of Object.entries(cases)) {
    const found = await fault(name);
    assert.equal(found === null ? "read" : "refused", expected, `${name}: ${found?.code} ${found?.message}`);
  }
});
