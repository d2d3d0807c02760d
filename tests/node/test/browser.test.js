import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { build } from 'vite';

import { withPage, withServer } from '../support/browser.js';
import { installed, project, vectors, without } from '../support/world.js';

const skip = without('chromium');
const out = mkdtempSync(join(tmpdir(), 'lacre-node-'));
after(() => rmSync(out, { recursive: true }));

test('a page that Vite made of the package judges every vector as native code does', { skip }, async () => {
  const root = join(project, 'app');
  const outDir = join(out, 'page');
  await build({ root, logLevel: 'warn', configFile: false, build: { outDir, emptyOutDir: false, target: 'esnext' } });

  const assets = readdirSync(join(outDir, 'assets')).filter((name) => name.endsWith('.wasm'));
  assert.equal(assets.length, 1);
  const [asset, original] = [join(outDir, 'assets', assets[0]), join(installed, 'glue', 'lacre_wasm_bg.wasm')];
  assert.deepEqual(readFileSync(asset), readFileSync(original));

  await withServer(outDir, (url) =>
    withPage(async (page, complaints) => {
      await page.goto(url);
      assert.deepEqual(await page.evaluate((all) => window.judge(all), vectors()), []);
      assert.deepEqual(complaints, []);
    }),
  );
});

test('a worker in a page from disk that may not connect to anything judges every vector alike', { skip }, async () => {
  const page = join(out, 'page.html');
  writeFileSync(page, pageOf(await bundled(join(project, 'app', 'worker.js'))));
  await withPage(async (tab, complaints) => {
    const requests = [];
    tab.on('request', (request) => requests.push(request.url()));
    await tab.goto(pathToFileURL(page).href);
    assert.deepEqual(await tab.evaluate((all) => window.judge(all), vectors()), []);
    assert.deepEqual(complaints, []);
    assert.deepEqual(requests.filter((url) => !/^(file|blob|data):/.test(url)), []);
  });
});

async function bundled(entry) {
  const lib = { entry, formats: ['iife'], name: 'worker' };
  const made = await build({ logLevel: 'warn', configFile: false, build: { write: false, target: 'esnext', lib } });
  return [made].flat()[0].output[0].code;
}

function pageOf(worker) {
  return `<!doctype html>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; connect-src 'none';
  script-src 'unsafe-inline' 'wasm-unsafe-eval' blob:; worker-src blob:">
<script>
  window.judge = (vectors) => new Promise((resolve, reject) => {
    const code = ${JSON.stringify(worker).replaceAll('<', '\\u003c')};
    const worker = new Worker(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })));
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(vectors);
  });
</script>
`;
}
