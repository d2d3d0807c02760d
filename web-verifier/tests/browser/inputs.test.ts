// Every way in: files, folders, drops, zip, NDJSON, gzip, Parquet, and these inside each other.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import type { Browser, Page } from "playwright-core";
import { browser, done, ends, KEYS, opened, rows, trustIn, verify } from "./page.ts";
import { archive, type Archive, folder, signed, unsigned, written } from "./samples.ts";

let chromium: Browser;
let made: Archive;
const scratch = folder();
before(async () => {
  chromium = await browser();
  made = archive(`${scratch.path}/archive`, 60, 3, "both");
});
after(async () => {
  await chromium.close();
  scratch.remove();
});

function inArchive(ending: string): Buffer {
  const root = `${scratch.path}/archive/log`;
  const name = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(ending)).sort()[0];
  return readFileSync(`${root}/${name}`);
}

async function withArchiveTrust(page: Page): Promise<void> {
  await trustIn(page, `${scratch.path}/archive/bacen.pem`, `${scratch.path}/archive/own.pem`);
}

test("a folder: messages in it, the rest passed over, hidden files too", async () => {
  const { page, silent } = await opened(chromium);
  await trustIn(page, "bacen.pem");
  const message = signed("spi", "pacs.008");
  written(`${scratch.path}/folder`, { "a.xml": message, "deep/er/b.XML": message, "c.txt": "no", ".hidden.xml": message });
  await verify(page, `${scratch.path}/folder`);
  assert.deepEqual(await ends(page), { valid: 2 });
  assert.match(await page.innerText("#summary"), /deixado/);
  silent();
});

test("a zip with messages, packed ones among them, and what is not to be opened", async () => {
  const { page, silent } = await opened(chromium);
  await trustIn(page, "bacen.pem");
  const message = signed("dict", "create-entry");
  const zip = zipSync({
    "a.xml": message, "b/c.xml": [message, { level: 0 }], "d.xml.gz": gzipSync(message), "e/unsigned.xml": unsigned("dict", "create-entry"),
    "inner.zip": zipSync({ "x.xml": message }), "notes.txt": new TextEncoder().encode("no"), "__MACOSX/._a.xml": new Uint8Array(4),
  });
  await verify(page, written(scratch.path, { "messages.zip": zip }));
  assert.deepEqual(await ends(page), { valid: 3, unsigned: 1, unreadable: 1 });
  await page.click("#chip-unreadable");
  assert.match((await rows(page))[0], /inner\.zip[^]*zip dentro/);
  silent();
});

test("gzip: a message, and one that is cut", async () => {
  const { page, silent } = await opened(chromium);
  await trustIn(page, "bacen.pem");
  const packed = gzipSync(signed("spi", "pacs.008"));
  await verify(page, written(scratch.path, { "good.xml.gz": packed, "cut.xml.gz": packed.subarray(0, 300) }));
  assert.deepEqual(await ends(page), { valid: 1, unreadable: 1 });
  silent();
});

for (const [name, make] of Object.entries({
  "rows.ndjson": () => inArchive(".ndjson"),
  "rows.ndjson.gz": () => gzipSync(inArchive(".ndjson")),
  "without-an-ending": () => inArchive(".ndjson"),
  "rows.parquet": () => inArchive(".parquet"),
  "packed.zip": () => Buffer.from(zipSync({ "log/rows.ndjson.gz": gzipSync(inArchive(".ndjson")) })),
  "parquet.zip": () => Buffer.from(zipSync({ "log/rows.parquet": inArchive(".parquet") })),
})) {
  test(`the audit trail as ${name}, whose messages can be read again`, async () => {
    const { page, silent } = await opened(chromium);
    await withArchiveTrust(page);
    await verify(page, written(scratch.path, { [name]: make() }));
    const lines = inArchive(".ndjson").toString().trim().split("\n").length;
    assert.match(await page.innerText("#summary"), new RegExp(`${lines} registros`));
    assert.ok((await ends(page)).valid > 0);
    await page.click("#chip-valid");
    // The rows are drawn with the next frame: one that is clicked before is gone by then.
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
    await page.locator(".rows .row").last().click();
    await page.waitForSelector("#detail [data-shown]");
    assert.match(await page.innerText("#detail .walk"), /KeyInfo[^]*os hashes conferem/);
    silent();
  });
}

test("of an archive in both formats each record is judged once", async () => {
  const { page } = await opened(chromium);
  await withArchiveTrust(page);
  await verify(page, `${scratch.path}/archive/log`);
  assert.match(await page.innerText("#summary"), new RegExp(`${made.rows} registros[^]*NDJSON não foram lidos`));
});

test("files and certificates dropped anywhere find their places", async () => {
  const { page, silent } = await opened(chromium);
  const files = [["message.xml", signed("spi", "pacs.008")], ["bacen.pem", readFileSync(`${KEYS}/bacen.pem`)]] as const;
  const transfer = await page.evaluateHandle((files) => {
    const transfer = new DataTransfer();
    for (const [name, base64] of files) transfer.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
    return transfer;
  }, files.map(([name, bytes]) => [name, bytes.toString("base64")] as const));
  await page.dispatchEvent("body", "drop", { dataTransfer: transfer });
  await done(page);
  assert.deepEqual(await ends(page), { valid: 1 });
  assert.equal(await page.locator(".certificate").count(), 1);
  silent();
});

test("a file with several certificates shows each, and is for one side or for both", async () => {
  const { page } = await opened(chromium);
  const both = ["bacen.pem", "bacen-next.pem", "psp.pem"].map((name) => readFileSync(`${KEYS}/${name}`, "utf8")).join("\n");
  await page.setInputFiles("#trust-pick", written(scratch.path, { "all.pem": both }));
  await page.waitForSelector(".certificate >> nth=2");
  assert.deepEqual(await page.locator(".trust-file select").evaluateAll((all) => all.map((one) => (one as HTMLSelectElement).value)), ["both"]);
  await page.click(".trust-file button");
  await page.waitForFunction(() => document.querySelector(".trust-file") === null);
});

test("what is no certificate says so, and changes nothing", async () => {
  const { page } = await opened(chromium);
  await page.setInputFiles("#trust-pick", written(scratch.path, { "bad.pem": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" }));
  await page.waitForSelector("#given .warn");
  assert.match(await page.innerText(".trust-file.refused"), /linha 1/);
  assert.equal(await page.locator(".certificate").count(), 0);
});

test("a line that is no record is told at its place, and the others are judged", async () => {
  const { page } = await opened(chromium);
  await withArchiveTrust(page);
  const [first, ...rest] = inArchive(".ndjson").toString().trim().split("\n");
  await verify(page, written(scratch.path, { "odd.ndjson": [first, "{broken", ...rest].join("\n") }));
  const { unreadable, valid } = await ends(page);
  assert.equal(unreadable, 1);
  assert.ok(valid > 0);
});

test("a run can be stopped, and says that it is partial", async () => {
  const { page } = await opened(chromium);
  const message = signed("spi", "pacs.008");
  written(`${scratch.path}/many`, Object.fromEntries(Array.from({ length: 3_000 }, (_, n) => [`${n}.xml`, message])));
  await page.setInputFiles("#folder-pick", `${scratch.path}/many`);
  await page.click("#cancel");
  await done(page);
  assert.match(await page.innerText("#progress"), /Interrompido/);
});
