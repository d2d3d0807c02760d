import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as lacre from 'lacre-wasm';
import * as inline from 'lacre-wasm/inline';

import { differences, octets } from '../support/judge.js';
import { records, vectors } from '../support/world.js';

test('every vector gives, byte for byte, the rows that native code gives', () => {
  const all = vectors();
  assert.ok(all.length >= 755, `only ${all.length} vectors`);
  assert.deepEqual(all.flatMap((vector) => differences(lacre, vector)), []);
});

test('the inline entry gives the same', async () => {
  await inline.init();
  assert.deepEqual(vectors().slice(0, 50).flatMap((vector) => differences(inline, vector)), []);
});

test('every audit record gives, byte for byte, the rows that native code gives', () => {
  const seen = new Set();
  for (const { record, bacen, own, row, rows } of records()) {
    const [theirs, ours] = [bacen, own].map(trusted);
    const options = { at: 'message', file: 'archive', row };
    const alone = lacre.verifyRecord(record, theirs, undefined, options);
    const both = lacre.verifyRecord(JSON.parse(record), theirs, ours, { ...options, language: 'pt-BR' });
    assert.equal(JSON.stringify(alone), rows.bacenEn);
    assert.equal(JSON.stringify(both), rows.bothPtBr);
    seen.add(alone.code).add(both.code);
  }
  for (const code of [null, 'digest-mismatch', 'record-seal']) assert.ok(seen.has(code), `no record with ${code}`);
});

test('the messages of every audit record come out as they were kept', () => {
  for (const { record, messages } of records()) {
    const expected = messages.map(({ side, part, message }) => ({ side, part, message: octets(message) }));
    assert.deepEqual(lacre.recordMessages(record), expected);
    assert.deepEqual(lacre.recordMessages(JSON.parse(record)), expected);
  }
});

function trusted(pem) {
  const trust = new lacre.Trust();
  trust.add(new TextEncoder().encode(pem));
  return trust;
}
