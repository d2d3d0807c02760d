// What every entry exports beside `init`.

export {
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
  version,
} from './lacre.js';
