// The module in JavaScript's own shapes: options, objects, errors. It decides nothing.

import load, * as wasm from './glue/lacre_wasm.js';

/** What went wrong (`code` is stable), in words (`message`), and what to do (`help`). */
export class LacreError extends Error {
  name = 'LacreError';

  constructor({ code, message, help }, options) {
    super(message, options);
    this.code = code;
    this.help = help;
  }
}

let ready = false;
let stopped;

/** Starts the module from its bytes, compiled, a URL or a response; once is enough. */
export async function start(source) {
  if (ready) return;
  try {
    await load({ module_or_path: await source });
    ready = true;
  } catch (cause) {
    throw new LacreError(
      {
        code: 'not-started',
        message: `the WebAssembly module cannot be started: ${cause.message}`,
        help: 'see that the .wasm file is served and that the page allows WebAssembly (`wasm-unsafe-eval` in its CSP)',
      },
      { cause },
    );
  }
}

/** The same for a caller that has the bytes at hand. */
export function startNow(bytes) {
  wasm.initSync({ module: bytes });
  ready = true;
}

/** What the module holds for a Trust. */
let heldBy;

/** What the module gave and a Trust is made of; it makes its own otherwise. */
let given;

function trustOf(held) {
  given = held;
  try {
    return new Trust();
  } finally {
    given = undefined;
  }
}

/** The certificates that signatures may be checked with. */
export class Trust {
  #held = given ?? call(() => new wasm.Trust());

  add(bytes, language = 'en') {
    const held = heldBy(this);
    if (isTooLarge(octets(bytes, 'the certificates'))) refuseTooLarge(language);
    return JSON.parse(call(() => held.add(bytes, word(language, 'language'))));
  }

  addCrl(list, issuer, language = 'en') {
    const held = heldBy(this);
    const given = [octets(list, 'the revocation list'), octets(issuer, 'its issuer')];
    if (given.some(isTooLarge)) refuseTooLarge(language);
    return call(() => held.addCrl(list, issuer, word(language, 'language')));
  }

  certificates() {
    const held = heldBy(this);
    return JSON.parse(call(() => held.certificates()));
  }

  revocation(at = 'now') {
    const held = heldBy(this);
    const seconds = fixed(at);
    return call(() => held.revocation(seconds)) ?? null;
  }

  get size() {
    const held = heldBy(this);
    return call(() => held.size);
  }

  free() {
    // After a trap the memory that this points into belongs to nobody.
    if (this.#held !== undefined && stopped === undefined) this.#held.free();
    this.#held = undefined;
  }

  static {
    heldBy = (trust, what = 'this Trust') => {
      const is = typeof trust === 'object' && trust !== null && #held in trust;
      if (!is) throw usage(`${what} is no Trust`, 'give a `Trust` of this package');
      if (trust.#held === undefined) throw usage(`${what} was freed`, 'make a new `Trust`');
      return trust.#held;
    };
  }
}

/** Files of certificates and revocation lists, read as the command reads those of `--trust` and `--crl`. */
export class TrustFiles {
  #files = call(() => new wasm.TrustFiles());

  add(bytes, { file = '-', side = 'both', found = false, language = 'en' } = {}) {
    const files = this.#open();
    if (isTooLarge(octets(bytes, 'the certificates'))) refuseTooLarge(language);
    const words = [word(file, 'file'), word(side, 'side'), Boolean(found), word(language, 'language')];
    return JSON.parse(call(() => files.add(bytes, ...words)));
  }

  addLists(bytes, { file = '-', language = 'en' } = {}) {
    const files = this.#open();
    if (isTooLarge(octets(bytes, 'the revocation lists'))) refuseTooLarge(language);
    call(() => files.addLists(bytes, word(file, 'file'), word(language, 'language')));
  }

  /** The module takes them for good. */
  finish() {
    const files = this.#open();
    this.#files = undefined;
    return new Trusted(call(() => files.finish()));
  }

  free() {
    if (this.#files !== undefined && stopped === undefined) this.#files.free();
    this.#files = undefined;
  }

  #open() {
    if (this.#files === undefined) throw usage('these files were finished or freed', 'make a new `TrustFiles`');
    return this.#files;
  }
}

class Trusted {
  #held;

  constructor(held) {
    this.#held = held;
  }

  trust(about) {
    const held = this.#open();
    return trustOf(call(() => held.trust(word(about, 'kind of message'))));
  }

  told(at = 'now', language = 'en') {
    const held = this.#open();
    const seconds = fixed(at);
    return JSON.parse(call(() => held.told(seconds, word(language, 'language'))));
  }

  free() {
    if (this.#held !== undefined && stopped === undefined) this.#held.free();
    this.#held = undefined;
  }

  #open() {
    if (this.#held === undefined) throw usage('these files were freed', 'read them again');
    return this.#held;
  }
}

let nobody;

export function verify(message, trust, options = {}) {
  const { profile, at, language, file } = read(options);
  const held = heldBy(trust, 'the second argument');
  return JSON.parse(
    isTooLarge(octets(message, 'the message'))
      ? call(() => wasm.verifyTooLarge(language, file))
      : call(() => wasm.verify(message, held, profile, at, language, file)),
  );
}

export function inspect(message, trust, options = {}) {
  const { profile, at, language, file } = read(options);
  const held = heldBy(trust, 'the second argument');
  return JSON.parse(
    isTooLarge(octets(message, 'the message'))
      ? call(() => wasm.inspectTooLarge(language, file))
      : call(() => wasm.inspect(message, held, profile, at, language, file)),
  );
}

export function verifyRecord(record, bacen, own, options = {}) {
  const { at, language, file, row } = read(options);
  const held = heldBy(bacen, 'the second argument');
  const ours = heldBy(own ?? (nobody ??= new Trust()), 'the third argument');
  const text = recordText(record, language);
  return JSON.parse(call(() => wasm.verifyRecord(text, held, ours, at, language, file, row)));
}

export function rowFault(line, language = 'en') {
  if (isTooLarge(octets(line, 'the line'))) refuseTooLarge(language);
  return JSON.parse(call(() => wasm.rowFault(line, word(language, 'language'))));
}

export function speaker(message) {
  if (isTooLarge(octets(message, 'the message'))) refuseTooLarge('en');
  return call(() => wasm.speaker(message));
}

export function recordMessages(record, language = 'en') {
  const text = recordText(record, language);
  return call(() =>
    wasm.recordMessages(text, word(language, 'language')).map((kept) => {
      const { side, part = null, message } = kept;
      kept.free();
      return { side, part, message };
    }),
  );
}

export function canonicalize(xml, withComments = false, language = 'en') {
  if (isTooLarge(octets(xml, 'the document'))) refuseTooLarge(language);
  return call(() => wasm.canonicalize(xml, Boolean(withComments), word(language, 'language')));
}

export function canonicalOctets(message, target, profile = 'auto', language = 'en') {
  if (isTooLarge(octets(message, 'the message'))) refuseTooLarge(language);
  const words = [word(target, 'target'), word(profile, 'profile'), word(language, 'language')];
  return call(() => wasm.canonicalOctets(message, ...words));
}

export function outline(message) {
  if (isTooLarge(octets(message, 'the message'))) refuseTooLarge('en');
  return JSON.parse(call(() => wasm.outline(message)));
}

export function uncovered(message, profile = 'auto') {
  if (isTooLarge(octets(message, 'the message'))) refuseTooLarge('en');
  return JSON.parse(call(() => wasm.uncovered(message, word(profile, 'profile'))));
}

export function version() {
  return call(() => wasm.version());
}

/** Calls into the module. A refusal comes out of it as text; anything else means that it fell over and cannot be used. */
function call(work) {
  if (!ready) {
    throw new LacreError({
      code: 'not-started',
      message: 'the WebAssembly module was not started',
      help: 'wait for `init()` first',
    });
  }
  if (stopped !== undefined) throw stoppedBy(stopped);
  try {
    return work();
  } catch (thrown) {
    if (typeof thrown === 'string') throw new LacreError(JSON.parse(thrown));
    if (thrown instanceof WebAssembly.RuntimeError || thrown instanceof RangeError) {
      stopped = thrown;
      throw stoppedBy(thrown);
    }
    throw thrown;
  }
}

function stoppedBy(cause) {
  return new LacreError(
    {
      code: 'stopped',
      message: `the WebAssembly module fell over: ${cause.message}`,
      help: 'it probably found no memory: start it anew in another worker or process, with smaller messages',
    },
    { cause },
  );
}

function usage(message, help) {
  return new LacreError({ code: 'usage', message, help });
}

function octets(value, what) {
  if (Object.prototype.toString.call(value) !== '[object Uint8Array]') {
    throw usage(`${what} must be octets`, 'give a Uint8Array (a `TextEncoder` makes one of text)');
  }
  return value;
}

/** What is larger is refused before it is copied into the module, whose memory never shrinks. */
function isTooLarge(value) {
  return value.length > call(() => wasm.messageBytesMax());
}

function refuseTooLarge(language) {
  call(() => wasm.refuseTooLarge(word(language, 'language')));
}

function word(value, what) {
  if (typeof value !== 'string') throw usage(`the ${what} must be text`, 'see the types of this package');
  return value;
}

function read({ profile = 'auto', at = 'now', language = 'en', file = '-', row = 0 }) {
  if (!Number.isInteger(row) || row < 0 || row >= 2 ** 32) {
    throw usage('`row` must be a whole number', 'count rows from 0');
  }
  return {
    profile: word(profile, 'profile'),
    at: instant(at),
    language: word(language, 'language'),
    file: word(file, 'file'),
    row,
  };
}

/** Seconds since 1970 UTC; none is the message's own time. This is the one place where the clock is read. */
function instant(at) {
  if (at === 'message') return undefined;
  const unix = at === 'now' ? Date.now() / 1000 : at instanceof Date ? at.getTime() / 1000 : at;
  const seconds = typeof unix === 'number' ? Math.floor(unix) : Number.NaN;
  if (!Number.isSafeInteger(seconds)) {
    throw usage(
      '`at` is no instant',
      "give 'now', 'message', a Date, or a number of seconds since 1970 UTC",
    );
  }
  return BigInt(seconds);
}

/** An instant that is not each message's own. */
function fixed(at) {
  if (at === 'message') throw usage('`at` is no instant', "give 'now', a Date, or a number of seconds since 1970 UTC");
  return instant(at);
}

/** A record as one line of JSON. Engines give large whole numbers as BigInt, which JSON.stringify does not take. */
function recordText(record, language) {
  const text = typeof record === 'string' ? record : `{${Object.entries(columns(record)).map(column).join()}}`;
  if (text.length > call(() => wasm.messageBytesMax())) refuseTooLarge(language);
  return text;
}

function columns(record) {
  if (typeof record !== 'object' || record === null) {
    throw usage('the record must be an object or its JSON', 'give one row of the audit trail');
  }
  return record;
}

function column([name, value]) {
  const text = typeof value === 'bigint' ? value.toString() : (JSON.stringify(value) ?? 'null');
  return `${JSON.stringify(name)}:${text}`;
}
