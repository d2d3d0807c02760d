import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { version } from 'lacre-wasm';

import { installed, root } from '../support/world.js';

const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));

test('the package, its module and the workspace have one version', () => {
  const workspace = readFileSync(join(root, 'Cargo.toml'), 'utf8').match(/^version = "(.+)"$/m)[1];
  assert.equal(manifest.version, workspace);
  assert.equal(version(), workspace);
});

test('what is published is what is needed, with its licences', () => {
  assert.deepEqual(readdirSync(installed).sort(), [
    'LICENSE-APACHE',
    'LICENSE-MIT',
    'README.md',
    'api.js',
    'glue',
    'index.d.ts',
    'index.js',
    'inline.js',
    'lacre.js',
    'node.js',
    'package.json',
  ]);
  assert.deepEqual(readdirSync(join(installed, 'glue')).sort(), [
    'lacre_wasm.js',
    'lacre_wasm_bg.wasm',
    'packed.js',
  ]);
  assert.equal(manifest.license, 'MIT OR Apache-2.0');
});

test('every file that the manifest points at is there', () => {
  const files = (entry) => (typeof entry === 'string' ? [entry] : Object.values(entry).flatMap(files));
  for (const file of files(manifest.exports)) readFileSync(join(installed, file));
});

test('the module asks its host for nothing but the glue', () => {
  const module = new WebAssembly.Module(readFileSync(join(installed, 'glue', 'lacre_wasm_bg.wasm')));
  const modules = new Set(WebAssembly.Module.imports(module).map((entry) => entry.module));
  assert.deepEqual([...modules], ['./lacre_wasm_bg.js']);
});
