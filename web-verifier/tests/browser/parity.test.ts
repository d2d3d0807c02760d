// One table of cases through the command and the page: what the command refuses the page refuses, what it takes the page takes, with
// the same rows, counts and notes.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createReadStream, createWriteStream, readFileSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { after, before, test } from "node:test";
import { createGzip } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { browser, downloaded, KEYS, opened, ROOT, verify } from "./page.ts";
import { archive, command, folder, oneOfEach, signed, written } from "./samples.ts";

let chromium: Browser;
const scratch = folder();
const at = (name: string) => `${scratch.path}/${name}`;
const key = (name: string) => readFileSync(`${KEYS}/${name}`);

before(async () => {
  chromium = await browser();
  makeMessages();
  makeTrust();
});
after(async () => {
  await chromium.close();
  scratch.remove();
});

type Side = "both" | "bacen" | "own";

interface Case {
  /** Files (or one folder) of certificates, each for its side. */
  trust: [file: string, side: Side][];
  lists?: string[];
  /** A folder of messages, or a file of records. */
  what: string;
  /** How the command is asked for the same, where the sides do not say it all. */
  args?: string[] | undefined;
  /** What lies in the folder of certificates and is none: the page takes it for messages, and passes it over. */
  beside?: number;
}

/** What both must say, each in its own form. */
interface Report {
  at: string;
  revocation: string | null;
  results: unknown[];
  counts: { passed_over: number };
}

function makeMessages(): void {
  const messages = Object.entries(oneOfEach()).map(([name, { bytes }]) => [`messages/${name}`, bytes] as const);
  const noted = signed("spi", "pacs.008").toString().replace(/(Ccy="BRL">)(\d)/, "$1$2<!-- <b>x</b> -->");
  written(scratch.path, {
    ...Object.fromEntries(messages),
    "noted/amount.xml": noted,
    "noted/cdata.xml": noted.replace("<!-- <b>x</b> -->", "<![CDATA[]]>"),
    "revoked/revoked.xml": signed("dict", "create-entry", "bacen", "revoked"),
    "revoked/good.xml": signed("spi", "pacs.008"),
    "sides/bacen.xml": signed("spi", "pacs.008"),
    "sides/psp.xml": signed("spi", "pacs.008", "psp"),
    "sides/request.xml": signed("dict", "create-entry", "psp"),
    "sides/request-of-bacen.xml": signed("dict", "create-entry"),
  });
}

function openssl(...args: string[]): void {
  execFileSync("openssl", args, { cwd: scratch.path, stdio: "pipe" });
}

function block(label: string, der: Buffer): string {
  return `-----BEGIN ${label}-----\n${der.toString("base64").replace(/.{64}/g, "$&\n")}\n-----END ${label}-----\n`;
}

function der(pem: Buffer): Buffer {
  return Buffer.from(/-----BEGIN [^-]*-----([^-]*)/.exec(pem.toString())?.[1] ?? "", "base64");
}

/** The certificate of the signer behind that of another, in every dress. */
const DRESSES = {
  "glued.pem": ({ other, signer }: Pair) => other.trimEnd() + signer.trimEnd(),
  "labelled.pem": ({ other, raw }: Pair) => other + block("X509 CERTIFICATE", raw),
  "openssls-own.pem": ({ other, raw }: Pair) => other + block("TRUSTED CERTIFICATE", Buffer.concat([raw, Buffer.from([0x30, 0])])),
  "indented.pem": ({ other, signer }: Pair) => other + `\n${signer}`.replaceAll("\n", "\n  "),
  "marked.pem": ({ other, signer }: Pair) => `\ufeff${other}\ufeff${signer}`,
  "windows.crt": ({ other, signer }: Pair) => (other + signer).replaceAll("\n", "\r\n"),
  "utf-16.pem": ({ other, signer }: Pair) => Buffer.from(`\ufeff${other}${signer}`, "utf16le"),
  "escaped.pem": ({ other, signer }: Pair) => (other + signer).replaceAll("\n", "\\n"),
  "between-text.pem": ({ other, signer }: Pair) => `s: AC É\n${other}issuer: AC\n${signer}\n`,
  "der.cer": ({ raw }: Pair) => raw,
  "base64.pem": ({ raw }: Pair) => raw.toString("base64"),
  "beside-ec.pem": ({ signer }: Pair) => key("ec.pem").toString() + signer,
  "beside-a-key.pem": ({ signer }: Pair) => key("psp.key").toString() + signer,
  "beside-a-list.pem": ({ signer }: Pair) => signer + key("sha256.crl").toString(),
  "with-its-list.pem": ({ signer }: Pair) => signer + key("ca.pem").toString() + key("sha256.crl").toString(),
  "with-a-list-of-sha1.pem": ({ signer }: Pair) => signer + key("ca.pem").toString() + key("sha1.crl").toString(),
};

interface Pair {
  other: string;
  signer: string;
  raw: Buffer;
}

const REFUSED = {
  "damaged.pem": () => key("bacen.pem").toString() + key("bacen.pem").toString().slice(0, 300),
  "misspelt.pem": () => key("bacen.pem").toString() + key("psp.pem").toString().replace("-----BEGIN", "----BEGIN"),
  "no-base64.pem": () => "-----BEGIN CERTIFICATE-----\n<img src=x onerror=alert(1)>\n-----END CERTIFICATE-----\n",
  "key-alone.pem": () => key("psp.key"),
  "ec-alone.pem": () => key("ec.pem"),
  "empty.pem": () => "",
  "text.pem": () => "hello",
};

function makeTrust(): void {
  const raw = der(key("bacen.pem"));
  const pair = { other: block("CERTIFICATE", der(key("psp.pem"))), signer: block("CERTIFICATE", raw), raw };
  const made = Object.entries({ ...DRESSES, ...REFUSED }).map(([name, make]) => [name, make(pair)] as const);
  written(scratch.path, {
    ...Object.fromEntries(made),
    "both.pem": pair.other + pair.signer, "bacen.pem": pair.signer, "psp.pem": pair.other,
    "ca.pem": key("ca.pem"), "revoked.pem": key("revoked.pem"), "odd-ca.pem": key("odd-ca.pem"),
    "list.crl": key("sha256.crl"), "der.crl": der(key("sha256.crl")), "sha1.crl": key("sha1.crl"),
    "with-issuer.crl": Buffer.concat([key("ca.pem"), key("sha256.crl")]),
    "list.pem": key("sha256.crl"),
    "folder/a.pem": key("revoked.pem"), "folder/b.cer": key("ca.pem"), "folder/c.crl": key("sha256.crl"),
    "folder/d.pem": REFUSED["damaged.pem"](), "folder/e.txt": "no certificate", "folder/.hidden.pem": key("psp.pem"),
    "index": "", "ca.cnf": "[ca]\ndefault_ca = a\n[a]\ndatabase = index\ndefault_md = sha256\n", "ca.key": key("ca.key"),
  });
  openssl("crl2pkcs7", "-nocrl", "-certfile", "both.pem", "-out", "both.p7b");
  openssl("crl2pkcs7", "-nocrl", "-certfile", "both.pem", "-outform", "DER", "-out", "both.p7c");
  openssl("crl2pkcs7", "-in", "list.crl", "-certfile", "both.pem", "-certfile", "ca.pem", "-out", "with-list.p7b");
  openssl("pkcs12", "-export", "-nokeys", "-in", "both.pem", "-passout", "pass:secret", "-out", "store.pfx");
  openssl("ca", "-config", "ca.cnf", "-gencrl", "-cert", "ca.pem", "-keyfile", "ca.key",
    "-crl_lastupdate", "20250101000000Z", "-crl_nextupdate", "20250201000000Z", "-out", "stale.crl");
}

const isArchive = ({ what }: Case) => /(ndjson(\.gz)?|parquet)$/.test(what);

/** The command's way of asking for a case. */
function asked(one: Case, language: string): string[] {
  const verb = isArchive(one) ? ["audit", "verify"] : ["verify"];
  const trust = one.args ?? one.trust.flatMap(([file, side]) => ["--trust", side === "both" ? file : `${side}=${file}`]);
  return [...verb, "--json", "--lang", language, ...trust, ...(one.lists ?? []).flatMap((file) => ["--crl", file]), one.what];
}

async function give(page: Page, one: Case): Promise<void> {
  for (const [file, side] of one.trust) {
    const before = await page.locator(".trust-file").count();
    if (file === "folder") await page.setInputFiles("#folder-pick", at(file));
    else await page.setInputFiles("#trust-pick", at(file));
    await page.waitForFunction((count) => document.querySelectorAll(".trust-file").length > count, before);
    if (side !== "both") await page.locator(".trust-file").last().locator("select").selectOption(side);
  }
  for (const file of one.lists ?? []) {
    const before = await page.locator(".trust-file").count();
    await page.setInputFiles("#trust-pick", at(file));
    await page.waitForFunction((count) => document.querySelectorAll(".trust-file").length > count, before);
  }
}

async function report(page: Page, one: Case): Promise<Report> {
  await page.click("#report-open");
  await page.waitForSelector("#report[data-built]", { timeout: 120_000 });
  return JSON.parse((await downloaded(page, isArchive(one) ? "#save-audit-json" : "#save-json")).text) as Report;
}

/** What the command passed over, less the place that each of its lines begins with. */
function passedOver(stderr: string): string[] {
  return [...stderr.matchAll(/^passed over: `[^`]*`: (.*)$/gm)].map(([, words]) => words).sort();
}

async function same(page: Page, one: Case): Promise<void> {
  await page.selectOption("#language", "en");
  if (isArchive(one)) await page.check('input[name="at"][value="message"]');
  await give(page, one);
  const theirs = command(scratch.path, ...asked(one, "en"));
  const notes = await page.locator(".trust-file:not(.refused) .warn").evaluateAll((all) => all.map((note) => note.firstChild?.textContent ?? ""));
  assert.deepEqual(notes.sort(), passedOver(theirs.stderr), "what is passed over");
  assert.equal(await page.locator(".trust-file .tag.bad").count() > 0, theirs.stderr.includes("should have been followed"), "what is stale");
  await verify(page, isArchive(one) ? [at(one.what)] : at(one.what));
  const said = await page.innerText("#summary");
  const ours = await report(page, one);
  const expected = JSON.parse(theirs.stdout) as Report;
  expected.counts.passed_over += one.beside ?? 0;
  assert.deepEqual(ours.results.slice(0, 300), expected.results.slice(0, 300));
  const { results: _, at: instant, ...rest } = ours;
  if (isArchive(one)) assert.equal(instant, expected.at);
  assert.deepEqual({ counts: rest.counts, revocation: rest.revocation }, { counts: expected.counts, revocation: expected.revocation });
  assert.equal(said.includes("Revocation not checked"), theirs.stderr.includes("revocation not checked"), "what the summary says");
  assert.equal((await page.innerText(".sheet")).includes("Revocation not checked"), expected.revocation === "not-checked", "what the report says");
}

function plainTrust(file: string, what = "messages"): Case {
  return { trust: [[file, "both"]], what };
}

const TAKEN: Record<string, Case> = {
  ...Object.fromEntries([...Object.keys(DRESSES), "both.p7b", "both.p7c", "with-list.p7b"].map((name) => [`certificates: ${name}`, plainTrust(name)])),
  "lists: in a bundle": { trust: [["revoked.pem", "both"], ["with-its-list.pem", "both"]], what: "revoked" },
  "lists: in a folder, beside a damaged file": { ...plainTrust("folder", "revoked"), beside: 2 },
  "lists: PEM with its issuer": { trust: [["revoked.pem", "both"], ["bacen.pem", "both"]], lists: ["with-issuer.crl"], what: "revoked" },
  "lists: PEM named as certificates are": { trust: [["revoked.pem", "both"], ["ca.pem", "both"]], lists: ["list.pem"], what: "revoked" },
  "lists: DER": { trust: [["revoked.pem", "both"], ["ca.pem", "both"], ["bacen.pem", "both"]], lists: ["der.crl"], what: "revoked" },
  "lists: stale": { trust: [["bacen.pem", "both"], ["ca.pem", "both"]], lists: ["stale.crl"], what: "messages" },
  "lists: none": { trust: [["revoked.pem", "both"]], what: "revoked" },
  "lists: for the sides of whose authority one alone knows": {
    trust: [["bacen.pem", "bacen"], ["ca.pem", "bacen"], ["psp.pem", "own"]], lists: ["list.crl"], what: "sides",
  },
  "sides: either": { trust: [["bacen.pem", "both"], ["psp.pem", "both"]], what: "sides" },
  "sides: each its own": { trust: [["bacen.pem", "bacen"], ["psp.pem", "own"]], what: "sides" },
  "sides: one alone": { trust: [["psp.pem", "own"], ["bacen.pem", "both"]], what: "sides" },
  "sides: the wrong ones": { trust: [["bacen.pem", "own"], ["psp.pem", "bacen"]], what: "sides" },
  "notes: values that are interrupted": plainTrust("bacen.pem", "noted"),
};

for (const [name, one] of Object.entries(TAKEN)) {
  test(`the page takes what the command takes: ${name}`, async () => {
    const { page, context, silent } = await opened(chromium);
    await same(page, one);
    silent();
    await context.close();
  });
}

for (const name of [...Object.keys(REFUSED), "store.pfx"]) {
  test(`the page refuses what the command refuses: ${name}`, async () => {
    const { page, context, silent } = await opened(chromium);
    await page.selectOption("#language", "en");
    await give(page, plainTrust(name));
    const { status, stderr } = command(scratch.path, ...asked(plainTrust(name), "en"));
    assert.equal(status, 2, stderr);
    const [, words] = /^error: `[^`]*`: (.*)$/m.exec(stderr) ?? [];
    const told = await page.innerText(".trust-file.refused");
    // The command asks for a passphrase, which the page does not.
    assert.ok(told.includes(name === "store.pfx" ? "PKCS#12" : words.replaceAll("`", "")), `${told} / ${stderr}`);
    assert.equal(await page.locator(".certificate").count(), 0);
    await page.click(".trust-file.refused button");
    assert.equal(await page.locator(".trust-file").count(), 0);
    silent();
    await context.close();
  });
}

for (const [name, trust, list] of [
  ["of another issuer", ["bacen.pem", "odd-ca.pem"], "list.crl"],
  ["signed with SHA-1", ["bacen.pem", "ca.pem"], "sha1.crl"],
] as const) {
  test(`a list that the command refuses is told, revokes nothing, and is not counted as checked: ${name}`, async () => {
    const { page, context } = await opened(chromium);
    await page.selectOption("#language", "en");
    const one: Case = { trust: trust.map((file) => [file, "both"]), lists: [list], what: "messages" };
    await give(page, one);
    const { status, stderr } = command(scratch.path, ...asked(one, "en"));
    assert.equal(status, 2);
    const [, words] = /^error: `[^`]*`: (.*)$/m.exec(stderr) ?? [];
    assert.ok((await page.locator(".trust-file").last().innerText()).includes(words), stderr);
    await verify(page, at("messages"));
    assert.match(await page.innerText("#summary"), /Revocation not checked[^]*1 revocation list was refused/);
    // Its issuer makes it good, whichever comes first.
    if (list === "list.crl") {
      await page.setInputFiles("#trust-pick", at("ca.pem"));
      await page.waitForFunction(() => !document.getElementById("summary")?.innerText.includes("revocation list"));
    }
    await context.close();
  });
}

test("records: sides, lists, glued lines, blank ones, and one that is too long, as in the command", async () => {
  const made = archive(at("archive"), 40, 4, "ndjson");
  const log = execFileSync("find", ["archive/log", "-name", "*.ndjson"], { cwd: scratch.path, encoding: "utf8" }).trim().split("\n").sort();
  const lines = log.flatMap((path) => readFileSync(at(path), "utf8").trim().split("\n"));
  assert.equal(lines.length, made.rows);
  const [a, b, c, ...rest] = lines;
  written(scratch.path, {
    "odd.ndjson": `\ufeff${a}\n\n \t\f\r\n${b}${c}\n{broken\n${b}\r\n{"a":1} {"b":2}\n[]\n${rest.join("\n")}`,
    "latin.ndjson": Buffer.concat([Buffer.from(`${a}\n`), Buffer.from([0x7b, 0xff, 0x0a]), Buffer.from(b)]),
  });
  await tooLong("long.ndjson", a, b);
  await pipeline(createReadStream(at("long.ndjson")), createGzip({ level: 1 }), createWriteStream(at("long.ndjson.gz")));
  const bacen = made.bacen;
  written(scratch.path, { "rows.parquet": readFileSync(`${ROOT}/tests/parquet/text-beyond-a-record.parquet`) });
  for (const what of ["odd.ndjson", "latin.ndjson", "long.ndjson", "long.ndjson.gz", "rows.parquet"]) {
    for (const [trust, args] of [
      [[[`archive/${bacen}`, "both"]], undefined],
      [[[`archive/${bacen}`, "bacen"], [`archive/${made.own}`, "own"]], undefined],
      // A certificate that names an institution is its own, unless somebody says otherwise.
      [[[`archive/${bacen}`, "both"], [`archive/${made.own}`, "both"]], ["--trust", `archive/${bacen}`, "--own", `archive/${made.own}`]],
    ] as [Case["trust"], string[] | undefined][]) {
      const { page, context, silent } = await opened(chromium);
      await same(page, { trust, what, args });
      silent();
      await context.close();
      if (!["odd.ndjson", "latin.ndjson"].includes(what)) break;
    }
  }
});

/** A line between two records, one byte longer than a record may be. */
async function tooLong(name: string, before: string, after: string): Promise<void> {
  const file = createWriteStream(at(name));
  file.write(`${before}\n`);
  const piece = Buffer.alloc(1 << 20, 0x61);
  for (let mib = 0; mib < 64; mib += 1) file.write(piece);
  file.write(`a\n${after}\n`);
  await new Promise<void>((done) => void file.end(done));
}

test("a note shows the whole value, in the detail and in the printable report, as text", async () => {
  const { page, silent } = await opened(chromium);
  await page.setInputFiles("#trust-pick", at("bacen.pem"));
  await verify(page, at("noted"));
  assert.match(await page.innerText("#summary"), /2 mensagens com notas/);
  const { results } = JSON.parse(command(scratch.path, "verify", "--json", "--lang", "pt-BR", "--trust", "bacen.pem", "noted").stdout);
  await page.locator(".rows .row").first().click();
  await page.waitForSelector("#detail [data-shown]");
  const [{ text, element, value, line }] = results[0].notes;
  for (const where of ["#detail-notes", ".sheet"]) {
    if (where === ".sheet") {
      await page.click(".close");
      await page.click("#report-open");
      await page.waitForSelector("#report[data-built]");
    }
    const told = await page.innerText(where);
    for (const word of [text, element, value, String(line)]) assert.ok(told.includes(word), `${where}: ${word}`);
  }
  assert.ok((await downloaded(page, "#save-csv")).text.includes(`;value-interrupted ${element} ${value}\r\n`), "the CSV has it too");
  silent();
});
