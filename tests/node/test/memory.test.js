// What the module does with its memory: a page judges a hundred thousand messages in one, and some of them are hostile.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { canonicalize, inspect, LacreError, Trust, uncovered, verify } from 'lacre-wasm';

import { differences, octets } from '../support/judge.js';
import * as lacre from 'lacre-wasm';
import { installed, key, project, vectors } from '../support/world.js';

const MIB = 1 << 20;

// Once it is started it gives what it started: the package itself shows nobody its memory.
const glue = await import(pathToFileURL(join(installed, 'glue', 'lacre_wasm.js')));
const { memory } = glue.initSync();
const size = () => memory.buffer.byteLength;

test('a hundred thousand messages and ten thousand trusts leave nothing behind', () => {
  const all = vectors();
  const round = () => {
    for (const vector of all) differences(lacre, vector);
    const trust = new Trust();
    const malformed = new TextEncoder().encode('<Envelope><a></Envelope>');
    for (let number = 0; number < 50_000; number += 1) verify(malformed, trust);
    for (let number = 0; number < 5_000; number += 1) {
      const other = new Trust();
      other.add(key('bacen.pem'));
      other.free();
    }
    trust.free();
  };
  round();
  const before = size();
  round();
  assert.equal(size(), before);
});

test('trusts that nobody frees go with the garbage', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  const pem = Buffer.concat([key('bacen.pem'), key('bacen-next.pem'), key('psp.pem'), key('psp-other.pem')]);
  const round = async () => {
    for (let number = 0; number < 300; number += 1) new Trust().add(pem);
    collect();
    await setImmediate();
  };
  for (let number = 0; number < 3; number += 1) await round();
  const before = size();
  for (let number = 0; number < 12; number += 1) await round();
  assert.ok(size() <= before + MIB, `${size() - before} bytes more`);
});

test('hostile messages of 64 MB are judged within a bound, and the module goes on', () => {
  const trust = new Trust();
  const signed = vectors().find(({ rows }) => JSON.parse(rows.en).verdict === 'valid');
  const hostile = {
    deep: fill('<a>'),
    wide: fill('<a b="1" c="2" d="3"/>', '<Envelope>', '</Envelope>'),
    text: fill('x', '<Envelope><AppHdr><CreDt>', '</CreDt></AppHdr></Envelope>'),
    'one attribute': fill('&#65;', '<Envelope a="', '"/>'),
    'white space': fill(' ', '<Envelope>', '</Envelope>'),
    'line ends': fill('\r', '<Envelope><a>', '</a></Envelope>'),
    'inside a good one': inside(octets(signed.document)),
    zeroes: new Uint8Array(64 * MIB),
  };
  for (const [kind, message] of Object.entries(hostile)) {
    assert.notEqual(verify(message, trust).verdict, 'valid', kind);
    assert.ok(size() < 400 * MIB, `${kind}: ${size() / MIB} MiB`);
  }
  const { wide } = hostile;
  assert.equal(inspect(wide, trust).code, 'envelope-children');
  assert.ok(uncovered(wide).length <= 10_000);
  assert.equal(refusal(() => canonicalize(wide)).code, 'too-large');
  assert.ok(size() < 400 * MIB, `${size() / MIB} MiB`);
  assert.deepEqual(differences(lacre, signed), []);
});

test('what is beyond the largest message is never copied in', () => {
  const before = size();
  const message = new Uint8Array(128 * MIB + 1);
  const trust = new Trust();
  assert.deepEqual([verify, inspect].map((call) => call(message, trust).code), ['too-large', 'too-large']);
  assert.equal(verify(message, trust).sha256, null);
  for (const call of [lacre.outline, uncovered, canonicalize, (bytes) => trust.add(bytes)]) {
    assert.equal(refusal(() => call(message)).code, 'too-large');
  }
  assert.equal(size(), before);
});

test('a canonical form that outgrows its limit is refused within a bound', () => {
  const before = size();
  const bomb = new TextEncoder().encode(
    `<a xmlns:p="${'u:'.repeat(512 * 1024)}">${'<p:b/>'.repeat(100_000)}</a>`,
  );
  assert.equal(refusal(() => canonicalize(bomb)).code, 'canonical-too-large');
  assert.equal(verify(bomb, new Trust()).code, 'canonical-too-large');
  assert.ok(size() <= Math.max(before, 256 * MIB), `${size() / MIB} MiB`);
});

test('a module that finds no memory says so, then and ever after', () => {
  const script = `
    import { Trust, verify } from 'lacre-wasm';
    const trust = new Trust();
    const say = (call) => { try { call(); console.log('done') } catch (e) { console.log(e.name, e.code) } };
    say(() => verify(new Uint8Array(100), trust));
    say(() => verify(new Uint8Array(64 << 20), trust));
    say(() => verify(new Uint8Array(100), trust));
    say(() => trust.size);
    say(() => trust.free());
  `;
  // 256 pages are 16 MiB.
  const args = ['--wasm-max-mem-pages=256', '--input-type=module', '--eval', script];
  const ran = spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8' });
  const stopped = 'LacreError stopped';
  assert.deepEqual(ran.stdout.trim().split('\n'), ['done', stopped, stopped, stopped, 'done'], ran.stderr);
});

function fill(unit, before = '', after = '') {
  const [start, one, end] = [before, unit, after].map((text) => Buffer.from(text));
  const middle = Math.floor((64 * MIB - start.length - end.length) / one.length);
  return new Uint8Array(Buffer.concat([start, Buffer.alloc(middle * one.length, one), end]));
}

/** A signed message whose content was made larger: everything about it is right but its digest. */
function inside(message) {
  const at = Buffer.from(message).lastIndexOf('</');
  return new Uint8Array(
    Buffer.concat([message.subarray(0, at), Buffer.alloc(64 * MIB - message.length, 'y'), message.subarray(at)]),
  );
}

function refusal(call) {
  try {
    call();
  } catch (error) {
    assert.ok(error instanceof LacreError, String(error));
    return error;
  }
  assert.fail('it was not refused');
}
