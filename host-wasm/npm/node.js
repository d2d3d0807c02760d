// The entry for Node: everything is ready once it is imported.

import { readFileSync } from 'node:fs';

import { startNow } from './lacre.js';

export * from './api.js';

startNow(readFileSync(new URL('./glue/lacre_wasm_bg.wasm', import.meta.url)));

export async function init() {}
