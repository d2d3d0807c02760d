// The entry that brings its WebAssembly with it: for one-file pages, pages opened from disk, and workers made of a blob.

import { packed } from './glue/packed.js';
import { start } from './lacre.js';

export * from './api.js';

export function init(source = unpacked()) {
  return start(source);
}

/** The module's bytes: gzip and base64 make it as small as a page can carry it. */
function unpacked() {
  const octets = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
  const stream = new Blob([octets]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(stream).arrayBuffer();
}
