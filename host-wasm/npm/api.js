// What every entry exports beside `init`.

export {
  canonicalize,
  canonicalOctets,
  inspect,
  LacreError,
  outline,
  recordMessages,
  Trust,
  uncovered,
  verify,
  verifyRecord,
  version,
} from './lacre.js';
