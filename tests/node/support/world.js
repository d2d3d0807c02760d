// Where things lie, and what may be missing on purpose.

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const project = join(dirname(fileURLToPath(import.meta.url)), '..');
export const root = join(project, '..', '..');

/** The package as npm unpacked it. */
export const installed = join(project, 'node_modules', 'lacre-wasm');

const packages = process.env.LACRE_PACKAGES ?? join(root, 'target', 'wasm-packages');

/** What native code gives for every vector: see tests/src/bin/expected_rows.rs. */
export const vectors = () => lines('expected-rows.ndjson');

/** The same for records of the audit trail. */
export const records = () => lines('expected-records.ndjson');

/** A reason to skip a test, if somebody said that this part is missing on purpose. */
export function without(part) {
  return (process.env.LACRE_WITHOUT ?? '').split(',').includes(part) ? `without ${part}` : false;
}

export const key = (name) => readFileSync(join(root, 'tests', 'keys', name));

function lines(name) {
  let text;
  try {
    text = readFileSync(join(packages, name), 'utf8');
  } catch (cause) {
    throw new Error(`${name} is missing: \`cargo xtask test\` makes it`, { cause });
  }
  return text.trimEnd().split('\n').map((line) => JSON.parse(line));
}
