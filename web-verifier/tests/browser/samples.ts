// Messages and archives to verify, made by the project's own programs and keys.

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { KEYS, ROOT } from "./page.ts";

function program(name: string): string {
  const path = `${process.env["LACRE_TARGET"] ?? `${ROOT}/target`}/debug/${name}`;
  assert.ok(existsSync(path), `\`${name}\` is not built: run \`cargo xtask test\``);
  return path;
}

export function folder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "lacre-page-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Runs the command and gives what it says on standard output; its exit code tells verdicts. */
export function lacre(cwd: string, ...args: string[]): string {
  const { stdout, stderr, status } = spawnSync(program("lacre"), args, { cwd, encoding: "utf8", maxBuffer: 1 << 30 });
  assert.ok(status === 0 || status === 1, stderr);
  return stdout;
}

/** The same, whatever it ends with. */
export function command(cwd: string, ...args: string[]): { stdout: string; stderr: string; status: number | null } {
  return spawnSync(program("lacre"), args, { cwd, encoding: "utf8", maxBuffer: 1 << 30 });
}

const SAMPLES = `${ROOT}/host-native/samples`;

/** A sample under a key of the tests, from the participant that the key's certificate names: nobody signs for another. */
export function signed(profile: "spi" | "dict", sample: string, key: "bacen" | "psp" | "psp-other" = "bacen", cert: string = key): Buffer {
  const args = ["sign", "--profile", profile, "--key", `${KEYS}/${key}.key`, "--cert", `${KEYS}/${cert}.pem`, "-"];
  const sender = { bacen: "00038166", psp: "12345678", "psp-other": "87654321" }[key];
  const input = unsigned(profile, sample).toString().replace(/(?<=<Fr>.*?<Id>)[^<]*/s, sender);
  return execFileSync(program("lacre"), args, { input });
}

export function unsigned(profile: "spi" | "dict", sample: string): Buffer {
  return readFileSync(`${SAMPLES}/${profile}/${sample}.xml`);
}

/** One message of each end under BACEN's certificate, and the word each must come to. */
export function oneOfEach(): Record<string, { bytes: Buffer; end: string }> {
  const valid = signed("spi", "pacs.008");
  return {
    "valid.xml": { bytes: valid, end: "valid" },
    "valid-dict.xml": { bytes: signed("dict", "create-entry"), end: "valid" },
    "tampered.xml": { bytes: Buffer.from(valid.toString().replace(/(Ccy="BRL">)/, "$19")), end: "invalid" },
    "unknown.xml": { bytes: signed("spi", "pacs.002", "psp-other"), end: "indeterminate" },
    "unsigned.xml": { bytes: unsigned("spi", "pacs.008"), end: "unsigned" },
    "malformed.xml": { bytes: valid.subarray(0, 900), end: "malformed" },
  };
}

export function written(folder: string, files: Record<string, Uint8Array | string>): string[] {
  return Object.entries(files).map(([name, bytes]) => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
    return path;
  });
}

export interface Archive {
  bacen: string;
  own: string;
  log: string;
  rows: number;
  messages: number;
  tampered: { file: string; row: number; exchange_id: string; verdict: string; code: string; how: string }[];
}

export function archive(out: string, rows: number, tampered: number, format: "parquet" | "ndjson" | "both"): Archive {
  const args = ["--rows", String(rows), "--tampered", String(tampered), "--format", format, "--out", out];
  return JSON.parse(execFileSync(program("archive_maker"), args, { encoding: "utf8" })) as Archive;
}

/** The documents of all vectors, by name. */
export function vectors(): Record<string, Buffer> {
  const root = `${ROOT}/tests/vectors`;
  const files: Record<string, Buffer> = {};
  for (const name of readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".vec")).sort()) {
    const bytes = readFileSync(join(root, name));
    files[name.replace(/\.vec$/, ".xml")] = bytes.subarray(bytes.indexOf("\n\n") + 2);
  }
  return files;
}
