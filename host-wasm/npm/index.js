// The entry for browsers and bundlers: the WebAssembly is a file beside this one.

import { start } from './lacre.js';

export * from './api.js';

export function init(source = new URL('./glue/lacre_wasm_bg.wasm', import.meta.url)) {
  return start(source);
}
