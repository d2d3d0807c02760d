import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import * as lacre from 'lacre-wasm';
import * as inline from 'lacre-wasm/inline';

import { octets } from '../support/judge.js';
import { installed, project, records, vectors } from '../support/world.js';

const STRICT = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', 'false'];
const MODULES = { bundler: ['esnext', 'bundler'], node: ['nodenext', 'nodenext'] };

const out = mkdtempSync(join(tmpdir(), 'lacre-types-'));
after(() => rmSync(out, { recursive: true }));

const CONSUMER = join(project, 'types', 'consumer.ts');

for (const [kind, libraries, types] of [
  ['bundler', 'es2022,dom', ''],
  ['node', 'es2022', 'node'],
]) {
  test(`a strict program compiles, and each of its mistakes does not (${kind})`, () => {
    assert.equal(compile(kind, libraries, types, CONSUMER), '');
  });
}

test('the rows that come out are of the types that are told, to the last field', () => {
  const file = join(out, 'samples.ts');
  writeFileSync(file, samples());
  assert.equal(compile('bundler', 'es2022,dom', '', file), '');
});

test('every entry exports what the types say, and nothing else', () => {
  const told = readFileSync(join(installed, 'index.d.ts'), 'utf8').matchAll(/^export (?:class|function) (\w+)/gm);
  const names = [...told].map(([, name]) => name).sort();
  assert.deepEqual(Object.keys(lacre).sort(), names);
  assert.deepEqual(Object.keys(inline).sort(), names);
});

function compile(kind, libraries, types, file) {
  const [module, resolution] = MODULES[kind];
  const args = [...STRICT, '--module', module, '--moduleResolution', resolution, '--target', 'es2022'];
  const ran = spawnSync(
    join(project, 'node_modules', '.bin', 'tsc'),
    [...args, '--lib', libraries, '--types', types, file],
    { cwd: project, encoding: 'utf8' },
  );
  return ran.error ? String(ran.error) : ran.stdout + ran.stderr;
}

/** One row of each kind and code, as literals: what a type does not know, or lacks, is an error then. */
function samples() {
  const rows = { VerifyRow: new Map(), InspectRow: new Map(), AuditRow: new Map() };
  for (const { rows: { en, inspectEn } } of vectors()) {
    rows.VerifyRow.set(JSON.parse(en).code, en);
    rows.InspectRow.set(JSON.parse(inspectEn).code, inspectEn);
  }
  for (const { rows: { bacenEn, bothPtBr } } of records()) {
    for (const row of [bacenEn, bothPtBr]) rows.AuditRow.set(JSON.parse(row).code, row);
  }
  const message = octets(vectors().find(({ name }) => name.includes('spi')).document);
  const trust = new lacre.Trust();
  const others = {
    CertificateRow: trust.add(new TextEncoder().encode(vectors().find(({ trust }) => trust.length > 0).trust[0])),
    Outline: [lacre.outline(message)],
    Uncovered: lacre.uncovered(message),
  };
  const lists = Object.entries(rows).map(([type, row]) => [type, [...row.values()]]);
  lists.push(...Object.entries(others).map(([type, list]) => [type, list.map((row) => JSON.stringify(row))]));
  const types = lists.map(([type]) => type).join(', ');
  const path = JSON.stringify(join(installed, 'index.js'));
  const literals = lists.map(([type, list]) => `export const of${type}: ${type}[] = [\n${list.join(',\n')}\n];\n`);
  return `import type { ${types} } from ${path};\n${literals.join('')}`;
}
