// The components as jco makes ES modules of them.

import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { transpile } from '@bytecodealliance/jco-transpile';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', '..');

const packages = process.env.LACRE_PACKAGES ?? join(root, 'target', 'wasm-packages');

/** Makes an ES module of a component, and gives what it asks of its host and a way to open it. */
export async function transpiled(name) {
  const folder = mkdtempSync(join(tmpdir(), 'lacre-component-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  // What is refused is thrown as it is, not wrapped.
  const options = { name: 'lacre', outDir: folder, instantiation: 'sync', noComponentErrorWrapping: true };
  const { files, imports } = await transpile(join(packages, name), options);
  for (const [path, octets] of Object.entries(files)) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, octets);
  }
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  symlinkSync(join(root, 'tests', 'node', 'component', 'node_modules'), join(folder, 'node_modules'));
  const { instantiate } = await import(pathToFileURL(join(folder, 'lacre.js')));
  const core = (path) => new WebAssembly.Module(readFileSync(join(folder, path)));
  return { imports, open: (given = {}) => instantiate(core, given) };
}

/** The lines of a file that says what native code gives: see tests/src/bin/expected_rows.rs. */
export function expected(name) {
  return readFileSync(join(packages, name), 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line));
}

export const key = (name) => readFileSync(join(root, 'tests', 'keys', name));
