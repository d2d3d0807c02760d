import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';

import {
  canonicalize,
  canonicalOctets,
  inspect,
  LacreError,
  outline,
  recordMessages,
  rowFault,
  speaker,
  Trust,
  TrustFiles,
  uncovered,
  verify,
  verifyRecord,
} from 'lacre-wasm';

import { octets } from '../support/judge.js';
import { key, records, vectors } from '../support/world.js';

const text = (bytes) => new TextDecoder().decode(bytes);
const bytes = (text) => new TextEncoder().encode(text);

const valid = vectors().find(
  ({ name, rows }) => name.includes('spi') && JSON.parse(rows.en).verdict === 'valid',
);
const message = octets(valid.document);
const bacen = new Trust();
for (const pem of valid.trust) bacen.add(bytes(pem));

/** What a call throws, if it throws what it should. */
function refusal(call) {
  try {
    call();
  } catch (error) {
    assert.ok(error instanceof LacreError && error instanceof Error, String(error));
    assert.equal(error.name, 'LacreError');
    assert.ok(error.message.length > 0 && error.help.length > 0, error.code);
    return error;
  }
  assert.fail('it was not refused');
}

test('a certificate that is added is told of, and counted once', () => {
  const trust = new Trust();
  const [row] = trust.add(key('psp.pem'));
  assert.equal(row.ispb, '12345678');
  assert.equal(row.rsa_bits, 2048);
  trust.add(key('psp.pem'));
  assert.equal(trust.size, 1);
  trust.add(Buffer.concat([key('bacen.pem'), key('bacen-next.pem')]));
  assert.equal(trust.size, 3);
  assert.deepEqual(trust.certificates()[0], row);
});

test('bytes that are no certificate are refused in both languages, and nothing is trusted', () => {
  const trust = new Trust();
  const damaged = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  const half = Buffer.concat([key('bacen.pem'), Buffer.from(damaged)]);
  const english = refusal(() => trust.add(half));
  const portuguese = refusal(() => trust.add(half, 'pt-BR'));
  assert.equal(english.code, 'certificate-syntax');
  assert.equal(portuguese.code, english.code);
  assert.notEqual(portuguese.message, english.message);
  assert.notEqual(portuguese.help, english.help);
  assert.equal(trust.size, 0);
});

test('a revocation list counts only if its issuer signed it', () => {
  const trust = new Trust();
  trust.add(key('revoked.pem'));
  assert.equal(trust.addCrl(key('sha256.crl'), key('ca.pem')), 2);
  assert.equal(refusal(() => trust.addCrl(key('sha256.crl'), key('odd-ca.pem'))).code, 'crl-issuer');
  assert.equal(refusal(() => trust.addCrl(key('sha256.crl'), new Uint8Array())).code, 'certificate-syntax');
});

test('files of certificates and lists are read by the rules of the command, each for its side', () => {
  const files = new TrustFiles();
  assert.deepEqual(files.add(key('ec.pem'), { file: 'e', found: true }), []);
  assert.equal(files.add(Buffer.concat([key('ec.pem'), key('bacen.pem')]), { file: 'a', side: 'bacen' }).length, 1);
  files.add(key('psp.pem'), { file: 'b' });
  files.addLists(Buffer.concat([key('ca.pem'), key('sha256.crl')]), { file: 'c' });
  files.addLists(key('sha1.crl'), { file: 'd' });
  for (const call of [
    () => files.add(key('ec.pem')),
    () => files.addLists(key('psp.pem')),
    () => files.add(key('psp.pem'), { side: 'all' }),
    () => files.addLists('text'),
  ]) {
    refusal(call);
  }
  const trusted = files.finish();
  const sizes = ['bacen', 'own', 'answers', 'requests'].map((about) => trusted.trust(about).size);
  assert.deepEqual(sizes, [2, 1, 1, 1]);
  const { has_sides: hasSides, passed_over: passedOver, lists, refused_lists: refused } = trusted.told(1_767_268_800);
  assert.ok(hasSides);
  assert.deepEqual(passedOver.map(({ file, line, code }) => [file, line, code]), [['e', 1, 'certificate-key'], ['a', 1, 'certificate-key']]);
  assert.deepEqual(lists.map(({ file, entries, stale }) => [file, entries, stale]), [['c', 2, false]]);
  assert.deepEqual(refused.map(({ file, code }) => [file, code]), [['d', 'crl-signature']]);
  assert.ok(trusted.told(4_000_000_000).lists[0].stale);
  assert.notEqual(trusted.told(0, 'pt-BR').refused_lists[0].message, refused[0].message);
  assert.equal(trusted.trust('bacen').revocation(1_767_268_800), 'checked');
  assert.equal(trusted.trust('bacen').revocation(4_000_000_000), 'not-checked');
  assert.equal(new Trust().revocation(), null);
  trusted.free();
  for (const call of [() => trusted.trust('bacen'), () => trusted.told(), () => files.finish(), () => new Trust().revocation('message')]) {
    assert.equal(refusal(call).code, 'usage');
  }
});

test('a line that holds several records is told from one that holds none', () => {
  assert.equal(rowFault(bytes('{"a":"b"}')), null);
  assert.match(rowFault(bytes('{"a":1}{"a":2}')).help, /jq -c/);
  assert.match(rowFault(bytes('{broken'), 'pt-BR').message, /byte 2/);
  assert.equal(rowFault(new Uint8Array([0xff])).code, 'record-columns');
});

test('whose message it is is told by what it says', () => {
  assert.equal(speaker(bytes('<CreateEntryRequest/>')), 'own');
  assert.equal(speaker(bytes('<CreateEntryResponse/>')), 'bacen');
});

test('a trust that was freed can be freed again and used no more', () => {
  const trust = new Trust();
  trust.free();
  trust.free();
  for (const use of [
    () => trust.size,
    () => trust.add(key('psp.pem')),
    () => trust.certificates(),
    () => verify(message, trust),
  ]) {
    assert.equal(refusal(use).code, 'usage');
  }
});

test('what is not octets, a trust or an option is refused before anything is looked at', () => {
  for (const wrong of [
    () => verify('<a/>', bacen),
    () => verify([60, 97], bacen),
    () => verify(message.buffer, bacen),
    () => verify(message, undefined),
    () => verify(message, { size: 1 }),
    () => verify(message, Object.create(Trust.prototype)),
    () => verify(message, bacen, { profile: 'sepa' }),
    () => verify(message, bacen, { profile: 3 }),
    () => verify(message, bacen, { language: 'pt' }),
    () => verify(message, bacen, { at: 'yesterday' }),
    () => verify(message, bacen, { at: new Date(Number.NaN) }),
    () => verify(message, bacen, { at: 1e300 }),
    () => verify(message, bacen, { file: 3 }),
    () => verifyRecord('{}', bacen, undefined, { row: -1 }),
    () => verifyRecord(3, bacen),
    () => verifyRecord(null, bacen),
    () => canonicalOctets(message, 'Sgntr'),
    () => uncovered(message, 'sepa'),
  ]) {
    assert.equal(refusal(wrong).code, 'usage', String(wrong));
  }
});

test('the instant can be given in every way', () => {
  const { signer } = verify(message, bacen, { at: 'message' });
  const after = new Date(Date.parse(signer.not_after) + 1000);
  const code = (options) => verify(message, bacen, options).code;
  assert.equal(code({ at: after }), 'certificate-expired');
  assert.equal(code({ at: after.getTime() / 1000 }), 'certificate-expired');
  assert.equal(code({ at: Date.parse(signer.not_after) / 1000 + 0.9 }), null);
  assert.equal(code({ at: -1 }), 'certificate-not-yet-valid');
  assert.equal(code({ at: 'now' }), code({}));
  assert.equal(code({ at: 'now' }), code({ at: new Date() }));
});

test('without a name a message is called what the command calls standard input', () => {
  assert.equal(verify(message, bacen).file, '-');
  assert.equal(inspect(message, bacen, { file: 'a\u0000"é.xml' }).file, 'a\u0000"é.xml');
});

test('canonical octets hash to what the message claims, and canonicalize keeps comments if told to', () => {
  const { references } = inspect(message, bacen, { at: 'message' });
  assert.deepEqual(references.map(({ target }) => target), ['KeyInfo', 'AppHdr', 'Document', 'SignedInfo']);
  for (const { target, canonical_bytes } of references) {
    assert.equal(canonicalOctets(message, target).length, canonical_bytes, target);
  }
  assert.match(text(canonicalOctets(message, 'SignedInfo', 'spi')), /^<ds:SignedInfo/);
  assert.equal(refusal(() => canonicalOctets(bytes('<a/>'), 'root')).code, 'unsigned');
  assert.equal(text(canonicalize(bytes("<a  b='1'><!--c--></a>"))), '<a b="1"></a>');
  assert.equal(text(canonicalize(bytes("<a  b='1'><!--c--></a>"), true)), '<a b="1"><!--c--></a>');
  assert.equal(refusal(() => canonicalize(bytes('<a>'), false, 'pt-BR')).code, 'unclosed');
});

test('an outline is for searching, and uncovered octets are where the message says nothing', () => {
  const found = outline(message);
  assert.equal(found.root, 'Envelope');
  assert.ok(Array.isArray(found.end_to_end_ids));
  assert.equal(outline(new Uint8Array()).root, null);
  const longer = bytes(`${text(message)}\r\n\r\n`);
  assert.deepEqual(uncovered(longer).at(-1), { start: longer.length - 4, end: longer.length, kind: 'outside' });
  assert.equal(verify(longer, bacen, { at: 'message' }).verdict, 'valid');
  assert.deepEqual(uncovered(new Uint8Array()), []);
});

test('a record that is none is refused, and one with whole numbers beyond 2^53 is read', () => {
  assert.equal(refusal(() => recordMessages('[]')).code, 'record-columns');
  assert.equal(refusal(() => recordMessages('{"a":')).code, 'record-columns');
  assert.equal(refusal(() => verifyRecord({ a: {} }, bacen)).code, 'record-columns');
  const record = { ...JSON.parse(records()[0].record), chain_sequence: 9007199254740993n };
  assert.equal(verifyRecord(record, bacen).chain_sequence, Number(9007199254740993n));
  assert.equal(verifyRecord({ ...record, extra: undefined }, bacen).seal, 'broken');
});

test('a program of CommonJS loads the package by require', () => {
  const required = createRequire(import.meta.url)('lacre-wasm');
  assert.equal(required.verify, verify);
});
