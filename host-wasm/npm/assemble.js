// Makes the folder that is published: these sources, the glue of wasm-bindgen, the module packed for the inline entry.
// usage: node assemble.js FOLDER, where FOLDER/glue holds what wasm-bindgen made

import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const GZIP_BYTES_MAX = 400 * 1024;

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
const [, script, folder] = process.argv;

const sources = readdirSync(here).filter((name) => /\.(js|d\.ts|json|md)$/.test(name));
for (const name of sources.filter((name) => join(here, name) !== script)) {
  copyFileSync(join(here, name), join(folder, name));
}
for (const licence of ['LICENSE-APACHE', 'LICENSE-MIT']) {
  copyFileSync(join(root, licence), join(folder, licence));
}

const wasm = readFileSync(join(folder, 'glue', 'lacre_wasm_bg.wasm'));
const packed = gzipSync(wasm, { level: 9 });
writeFileSync(join(folder, 'glue', 'packed.js'), `export const packed = '${packed.toString('base64')}';\n`);

console.log(`browser module: ${wasm.length} bytes, ${packed.length} after gzip, of at most ${GZIP_BYTES_MAX}`);
if (packed.length > GZIP_BYTES_MAX) {
  console.error('it is too large: see what came in since, or raise the bound on purpose');
  process.exitCode = 1;
}
