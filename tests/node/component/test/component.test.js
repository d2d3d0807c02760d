import assert from 'node:assert/strict';
import { constants, privateEncrypt, publicDecrypt, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';

import { expected, key, root, transpiled } from '../support/transpiled.js';

/** An instant at which the keys of tests/keys are valid. */
const AT = 1_780_272_000n;
const MESSAGES = ['spi/pacs.008.xml', 'dict/create-entry.xml'];
/** DigestInfo of a SHA-256 digest, up to the digest (RFC 8017, 9.2, note 1). */
const DIGEST_INFO = Buffer.from('3031300d060960864801650304020105000420', 'hex');

const judging = (at = { tag: 'unix-s', val: AT }, profile = undefined, language = 'en') => ({ profile, at, language });
const sealing = { profile: undefined, dictLast: false, resign: false, language: 'en' };
const sample = (name) => new Uint8Array(readFileSync(join(root, 'host-native', 'samples', name)));
const octets = (base64) => new Uint8Array(Buffer.from(base64, 'base64'));

let verifier;
let signer;

before(async () => {
  [verifier, signer] = [await transpiled('lacre.component.wasm'), await transpiled('lacre-signer.component.wasm')];
});

/** The key of the host: RSASSA-PKCS1-v1_5 over a digest that is made already. */
function sign(name, digest) {
  const block = { key: key(name), padding: constants.RSA_PKCS1_PADDING };
  return new Uint8Array(privateEncrypt(block, Buffer.concat([DIGEST_INFO, digest])));
}

function opened(component, given) {
  const { messages, signing } = component.open(given);
  return { ...messages, ...signing };
}

function trusting(lacre, ...pems) {
  const trust = new lacre.Trust();
  for (const pem of pems) trust.add(new Uint8Array(Buffer.from(pem)), 'en');
  return trust;
}

test('the verifier asks nothing of its host, the signer one function', () => {
  assert.deepEqual(verifier.imports, []);
  assert.deepEqual(signer.imports, ['lacre:pix/key']);
});

test('every vector gives, byte for byte, the rows that native code gives', () => {
  const lacre = opened(verifier);
  const vectors = expected('expected-rows.ndjson');
  assert.ok(vectors.length >= 755, `only ${vectors.length} vectors`);
  for (const { name, document, trust: pems, crl, crl_issuer: issuer, profile, at, rows } of vectors) {
    const trust = trusting(lacre, ...pems);
    if (crl !== null) trust.addCrl(octets(crl), new Uint8Array(Buffer.from(issuer)), 'en');
    const instant = at === 'message' ? { tag: 'message' } : { tag: 'unix-s', val: BigInt(at) };
    const whose = profile === 'auto' ? undefined : profile;
    const message = octets(document);
    for (const [language, verify, inspect] of [['en', 'en', 'inspectEn'], ['pt-br', 'ptBr', 'inspectPt']]) {
      const how = judging(instant, whose, language);
      assert.equal(lacre.verifyJson(name, message, trust, how), rows[verify]);
      assert.equal(lacre.inspectJson(name, message, trust, how), rows[inspect]);
    }
    trust[Symbol.dispose]();
  }
});

test('every audit record gives, byte for byte, the rows that native code gives', () => {
  const lacre = opened(verifier);
  const nobody = new lacre.Trust();
  for (const { record, bacen, own, row, rows } of expected('expected-records.ndjson')) {
    const [theirs, ours] = [trusting(lacre, bacen), trusting(lacre, own)];
    const [english, portuguese] = ['en', 'pt-br'].map((language) => judging({ tag: 'message' }, undefined, language));
    assert.equal(lacre.verifyRecord('archive', BigInt(row), record, theirs, nobody, english), rows.bacenEn);
    assert.equal(lacre.verifyRecord('archive', BigInt(row), record, theirs, ours, portuguese), rows.bothPtBr);
    for (const trust of [theirs, ours]) trust[Symbol.dispose]();
  }
});

test('what is prepared is finished with a signature from anywhere', () => {
  const lacre = opened(verifier);
  for (const name of MESSAGES) {
    const certificate = lacre.Certificate.read(new Uint8Array(key('psp.pem')), 'en');
    const prepared = lacre.prepare(sample(name), certificate, sealing);
    const signed = lacre.Prepared.finish(prepared, sign('psp.key', prepared.digest()));
    const proof = lacre.verify(signed, trusting(lacre, key('psp.pem')), judging());
    assert.equal(proof.signer.ispb, '12345678');
  }
});

test('a signature by another key never becomes a signed message', () => {
  const lacre = opened(verifier);
  const certificate = lacre.Certificate.read(new Uint8Array(key('psp.pem')), 'en');
  const prepared = lacre.prepare(sample(MESSAGES[0]), certificate, sealing);
  const digest = prepared.digest();
  assert.throws(() => lacre.Prepared.finish(prepared, sign('psp-other.key', digest)), (refusal) => {
    assert.equal(refusal.code, 'wrong-key');
    return refusal.help.length > 0;
  });
});

test('the host signs with the key that it holds, and is asked for nothing else', () => {
  const asked = [];
  const lacre = opened(signer, { 'lacre:pix/key': { sign: (digest) => (asked.push(digest), sign('psp.key', digest)) } });
  const certificate = lacre.Certificate.read(new Uint8Array(key('psp.pem')), 'en');
  for (const name of MESSAGES) {
    const signed = lacre.signMessage(sample(name), certificate, sealing);
    assert.equal(lacre.verify(signed, trusting(lacre, key('psp.pem')), judging()).signer.ispb, '12345678');
    // What the key was given is what its signature holds, read by another implementation than ours.
    const value = /SignatureValue>([^<]*)</.exec(Buffer.from(signed).toString())[1];
    const held = publicDecrypt(new X509Certificate(key('psp.pem')).publicKey, octets(value));
    assert.deepEqual(Buffer.from(held), Buffer.concat([DIGEST_INFO, asked.at(-1)]));
  }
  assert.deepEqual(asked.map((digest) => digest.length), [32, 32]);
});

test('why the key did not sign comes through in its own words', () => {
  const locked = { sign: () => { throw 'the HSM is locked'; } };
  const lacre = opened(signer, { 'lacre:pix/key': locked });
  const certificate = lacre.Certificate.read(new Uint8Array(key('psp.pem')), 'en');
  assert.throws(() => lacre.signMessage(sample(MESSAGES[0]), certificate, sealing), (failure) => {
    assert.deepEqual(failure, { tag: 'key', val: 'the HSM is locked' });
    return true;
  });
});
