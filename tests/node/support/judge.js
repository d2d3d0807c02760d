// Holds what an entry of the package gives against what native code gives. It runs in Node, in pages and in workers.

/** What differs, for one line of expected-rows.ndjson: nothing, or the rows in question. */
export function differences({ Trust, verify, inspect }, vector) {
  const message = octets(vector.document);
  const trust = new Trust();
  for (const pem of vector.trust) trust.add(new TextEncoder().encode(pem));
  if (vector.crl !== null) trust.addCrl(octets(vector.crl), new TextEncoder().encode(vector.crl_issuer));
  const options = { profile: vector.profile, at: vector.at, file: vector.name };
  const got = {
    en: verify(message, trust, { ...options, language: 'en' }),
    ptBr: verify(message, trust, { ...options, language: 'pt-BR' }),
    inspectEn: inspect(message, trust, { ...options, language: 'en' }),
    inspectPt: inspect(message, trust, { ...options, language: 'pt-BR' }),
  };
  trust.free();
  return Object.entries(vector.rows)
    .map(([kind, expected]) => ({ name: vector.name, kind, expected, got: JSON.stringify(got[kind]) }))
    .filter(({ expected, got }) => expected !== got);
}

export function octets(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
