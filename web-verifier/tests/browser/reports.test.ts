// The reports are those of the command, for the same files.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import type { Browser, Page } from "playwright-core";
import { browser, done, downloaded, KEYS, opened, picture, trustIn, verify } from "./page.ts";
import { archive, folder, lacre, oneOfEach, vectors, written } from "./samples.ts";

let chromium: Browser;
const scratch = folder();
before(async () => void (chromium = await browser()));
after(async () => {
  await chromium.close();
  scratch.remove();
});

async function report(page: Page): Promise<void> {
  await page.click("#report-open");
  await page.waitForSelector("#report[data-built]", { timeout: 120_000 });
}

interface Report {
  results: { file: string }[];
  counts: unknown;
}

/** Row by row: of thousands only the first that differ are told. */
function same(ours: Report, theirs: Report): void {
  assert.deepEqual(ours.results.map(({ file }) => file), theirs.results.map(({ file }) => file));
  const other = ours.results.filter((row, index) => !isDeepStrictEqual(row, theirs.results[index]));
  assert.deepEqual(other.slice(0, 3), theirs.results.filter(({ file }) => other.slice(0, 3).some((row) => row.file === file)));
  assert.deepEqual(ours.counts, theirs.counts);
}

async function judgedAtMessage(page: Page): Promise<void> {
  await page.check('input[name="at"][value="message"]');
}

for (const language of ["pt-BR", "en"]) {
  test(`JSON in ${language}: rows and counts of every vector are those of \`lacre verify --json\``, async () => {
    const { page, silent } = await opened(chromium);
    written(`${scratch.path}/vectors`, vectors());
    await page.selectOption("#language", language);
    await judgedAtMessage(page);
    await trustIn(page, "bacen.pem", "bacen-next.pem", "expired.pem", "odd.pem");
    await verify(page, `${scratch.path}/vectors`);
    await report(page);
    const ours = JSON.parse((await downloaded(page, "#save-json")).text);
    const trust = ["bacen", "bacen-next", "expired", "odd"].flatMap((name) => ["--trust", `${KEYS}/${name}.pem`]);
    const theirs = JSON.parse(lacre(scratch.path, "verify", "--json", "--at", "message", "--lang", language, ...trust, "vectors"));
    assert.ok(theirs.results.length > 100, "there are vectors");
    same(ours, theirs);
    for (const field of ["schema", "at", "tool", "revocation"]) assert.deepEqual(ours[field], theirs[field]);
    assert.equal(ours.inputs.length, theirs.results.length);
    assert.deepEqual(ours.inputs.map(({ sha256 }: { sha256: string }) => sha256), theirs.results.map(({ sha256 }: { sha256: string }) => sha256));
    assert.equal(ours.trust.length, 4);
    assert.match(ours.page.wasm_sha256, /^[0-9a-f]{64}$/);
    silent();
  });
}

test("JSON at a chosen instant is the command's at that instant", async () => {
  const { page } = await opened(chromium);
  const samples = Object.fromEntries(Object.entries(oneOfEach()).map(([name, { bytes }]) => [name, bytes]));
  written(`${scratch.path}/instant`, samples);
  await page.check('input[name="at"][value="instant"]');
  await page.fill("#at-instant", "2040-06-01T12:00:00");
  await page.dispatchEvent("#at-instant", "change");
  await trustIn(page, "bacen.pem");
  await verify(page, `${scratch.path}/instant`);
  await report(page);
  const ours = JSON.parse((await downloaded(page, "#save-json")).text);
  const theirs = JSON.parse(lacre(scratch.path, "verify", "--json", "--at", "2040-06-01T12:00:00Z", "--lang", "pt-BR", "--trust", `${KEYS}/bacen.pem`, "instant"));
  same(ours, theirs);
  assert.equal(ours.at, "2040-06-01T12:00:00Z");
  assert.equal(ours.counts.valid, 0, "the certificate has expired by then");
});

for (const format of ["parquet", "ndjson"] as const) {
  test(`JSON of a ${format} archive is that of \`lacre audit verify --json\``, async () => {
    const { page, silent } = await opened(chromium);
    const out = `${scratch.path}/${format}`;
    const made = archive(out, 120, 6, format);
    await judgedAtMessage(page);
    await trustIn(page, `${out}/bacen.pem`, `${out}/own.pem`);
    await verify(page, `${out}/log`);
    await report(page);
    const ours = JSON.parse((await downloaded(page, "#save-audit-json")).text);
    const theirs = JSON.parse(lacre(out, "audit", "verify", "--json", "--lang", "pt-BR", "--trust", "bacen.pem", "--own", "own.pem", "log"));
    assert.equal(theirs.results.length, made.rows);
    same(ours, theirs);
    assert.ok(ours.inputs.every(({ sha256 }: { sha256: string }) => /^[0-9a-f]{64}$/.test(sha256)));
    silent();
  });
}

test("CSV has every row, and no cell that a spreadsheet would run", async () => {
  const { page } = await opened(chromium);
  const samples = oneOfEach();
  written(`${scratch.path}/csv`, { "=HYPERLINK(1).xml": samples["valid.xml"].bytes, "b.xml": samples["tampered.xml"].bytes });
  await trustIn(page, "bacen.pem");
  await verify(page, [`${scratch.path}/csv/=HYPERLINK(1).xml`, `${scratch.path}/csv/b.xml`]);
  await report(page);
  const { text, name } = await downloaded(page, "#save-csv");
  const lines = text.trim().split("\r\n");
  assert.match(name, /^relatorio-de-verificacao-.*\.csv$/);
  assert.equal(lines.length, 3);
  assert.ok(text.startsWith("\ufeffrow;file"));
  assert.match(lines[1], /^1;'=HYPERLINK\(1\)\.xml;/);
  assert.match(lines[2], /;invalid;true;digest-mismatch;/);
});

test("the printable report has all rows, counts, hashes, trust, tool and instant, and stands alone as a file", async () => {
  const { page, context } = await opened(chromium);
  const samples = oneOfEach();
  const paths = written(`${scratch.path}/print`, Object.fromEntries(Object.entries(samples).map(([name, { bytes }]) => [name, bytes])));
  await trustIn(page, "bacen.pem");
  await verify(page, paths);
  await report(page);
  await picture(page, "report");
  const sheet = await page.innerText(".sheet");
  for (const name of Object.keys(samples)) assert.ok(sheet.includes(name), name);
  for (const word of ["Relatório de verificação", "Banco Central", "lacre 0.", "Certificados julgados em"]) assert.ok(sheet.includes(word), word);
  assert.ok((sheet.match(/[0-9a-f]{64}/g) ?? []).length >= 2 * paths.length + 2);
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.locator(".toolbar").isVisible(), false);
  await page.emulateMedia({ media: "screen" });
  const pdf = await page.pdf({ preferCSSPageSize: true });
  assert.ok(pdf.length > 10_000);
  const { text } = await downloaded(page, "#save-html");
  const [alone] = written(scratch.path, { "alone.html": text });
  const other = await context.newPage();
  await other.goto(`file://${alone}`);
  assert.ok((await other.innerText("body")).includes("tampered.xml"));
  assert.equal(await other.locator("script").count(), 0);
});

test("a language that is switched translates the rows that are there", async () => {
  const { page } = await opened(chromium);
  const paths = written(`${scratch.path}/words`, { "t.xml": oneOfEach()["tampered.xml"].bytes });
  await trustIn(page, "bacen.pem");
  await verify(page, paths);
  assert.match(await page.innerText(".rows"), /Inválida[^]*hash \(resumo criptográfico\) divergente/);
  await page.selectOption("#language", "en");
  await done(page);
  assert.match(await page.innerText(".rows"), /Invalid[^]*digest mismatch/);
  assert.equal(await page.getAttribute("html", "lang"), "en");
});
