// How a program in TypeScript uses the package; every line below an `@ts-expect-error` must be refused.

import {
  canonicalize,
  canonicalOctets,
  init,
  inspect,
  LacreError,
  outline,
  recordMessages,
  Trust,
  uncovered,
  verify,
  verifyRecord,
  version,
} from 'lacre-wasm';
import type { AuditRow, InspectRow, KeptMessage, Options, Verdict, VerifyRow } from 'lacre-wasm';
import * as inline from 'lacre-wasm/inline';

const message: Uint8Array = new Uint8Array();

export async function uses(): Promise<void> {
  await init();
  await inline.init('https://example.com/lacre_wasm_bg.wasm');
  const trust = new Trust();
  const subjects: string[] = trust.add(message).map((row) => row.subject);
  const entries: number = trust.addCrl(message, message, 'pt-BR');
  const options: Options = { profile: 'auto', at: new Date(), language: 'pt-BR', file: 'a.xml' };
  const row: VerifyRow = verify(message, trust, options);
  const inspected: InspectRow = inspect(message, trust, { at: 'message' });
  const record: AuditRow = verifyRecord({ request_method: 'GET', chain_sequence: 1n }, trust, undefined, { row: 1 });
  const kept: KeptMessage[] = recordMessages('{}');
  const octets: Uint8Array[] = [canonicalize(message, true), canonicalOctets(message, 'SignedInfo', 'spi')];
  const texts: (string | null)[] = [outline(message).root, uncovered(message)[0]?.kind ?? null, version()];
  console.log(subjects, entries, words(row.verdict), row.place?.line, inspected.cause?.text, record, kept, octets, texts);
  trust.free();
}

/** A verdict more would not be handled here, and this would not compile. */
function words(verdict: Verdict): string {
  switch (verdict) {
    case 'valid':
    case 'invalid':
    case 'indeterminate':
    case 'unsigned':
    case 'malformed':
      return verdict;
  }
}

export function help(error: unknown): string | undefined {
  return error instanceof LacreError ? `${error.code}: ${error.help}` : undefined;
}

export function misuses(trust: Trust, row: VerifyRow, inspected: InspectRow, record: AuditRow): void {
  // @ts-expect-error: a message is octets, not text
  verify('<a/>', trust);
  // @ts-expect-error: there is no verification without trust
  verify(message);
  // @ts-expect-error: a profile that does not exist
  verify(message, trust, { profile: 'sepa' });
  // @ts-expect-error: a language that does not exist
  inspect(message, trust, { language: 'pt' });
  // @ts-expect-error: an option that does not exist
  verify(message, trust, { profil: 'spi' });
  // @ts-expect-error: an instant in words
  verify(message, trust, { at: '2026-01-01' });
  // @ts-expect-error: a record says itself which profile it has
  verifyRecord('{}', trust, trust, { profile: 'spi' });
  // @ts-expect-error: a row that is no number
  verifyRecord('{}', trust, trust, { row: '1' });
  // @ts-expect-error: a column that is an object
  recordMessages({ request_header: {} });
  // @ts-expect-error: octets that no Reference covers
  canonicalOctets(message, 'Sgntr');
  // @ts-expect-error: a size is read
  trust.size = 3;
  // @ts-expect-error: somebody else's verdict
  if (row.verdict === 'ok') return;
  // @ts-expect-error: what may be missing must be looked at first
  row.message.length;
  // @ts-expect-error: the same
  inspected.references[0].agree.valueOf();
  // @ts-expect-error: a record need not have a verdict
  const verdict: Verdict = record.verdict;
  // @ts-expect-error: errors come from the package alone
  throw new LacreError();
}
