// The package's README: each of its programs is run, as it stands there.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { build } from 'vite';

import { withPage, withServer } from '../support/browser.js';
import { octets } from '../support/judge.js';
import { installed, project, vectors, without } from '../support/world.js';

const skip = without('chromium');
const out = mkdtempSync(join(tmpdir(), 'lacre-readme-'));
after(() => rmSync(out, { recursive: true }));
symlinkSync(join(project, 'node_modules'), join(out, 'node_modules'));

const sample = vectors().find(
  ({ name, rows }) => name.startsWith('bacen/spi') && JSON.parse(rows.en).signer?.ispb === '00038166' && JSON.parse(rows.en).verdict === 'valid',
);

const [node, page, worker] = blocks('js');

test('the program for Node prints what the README says', () => {
  writeFileSync(join(out, 'bacen.pem'), sample.trust[0]);
  writeFileSync(join(out, 'message.xml'), octets(sample.document));
  writeFileSync(join(out, 'program.mjs'), node);
  const ran = spawnSync(process.execPath, ['program.mjs'], { cwd: out, encoding: 'utf8' });
  assert.equal(ran.stdout, blocks('text')[0], ran.stderr);
});

test('the program for bundlers explains a message in a browser', { skip }, async () => {
  const url = await bundled('page', `${page}\nwindow.explain = explain;\n`);
  await opened(url, async (tab) => {
    await tab.waitForFunction(() => window.explain);
    const got = await tab.evaluate(([message, certificates]) => {
      const bytes = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      return window.explain(bytes(message), new TextEncoder().encode(certificates));
    }, [sample.document, sample.trust[0]]);
    assert.equal(got.checks.length, 9);
    assert.equal(got.checks[0].text, 'XML bem formado e dentro dos limites');
  });
});

test('the worker answers', { skip }, async () => {
  const start = "new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })";
  const url = await bundled('worker', `window.worker = ${start};\n`, worker);
  await opened(url, async (tab) => {
    await tab.waitForFunction(() => window.worker);
    const got = await tab.evaluate((certificates) => {
      const answer = new Promise((resolve, reject) => {
        window.worker.onmessage = ({ data }) => resolve(data);
        window.worker.onerror = ({ message }) => reject(new Error(message));
      });
      const bytes = (text) => new TextEncoder().encode(text);
      window.worker.postMessage({ certificates: bytes(certificates), messages: [bytes('<a/>'), bytes('<a>')] });
      return answer;
    }, sample.trust[0]);
    assert.deepEqual(got, ['unsigned', 'malformed']);
  });
});

test('every function of the README is one of the package', () => {
  const exported = readFileSync(join(installed, 'api.js'), 'utf8');
  const rows = text().match(/^\| `.+$/gm);
  const names = rows.flatMap((row) => row.split('|')[1].match(/\w+/g));
  assert.equal(names.length, 9);
  for (const name of names) assert.match(exported, new RegExp(`\\b${name},`), name);
});

/** Makes a page of a program (and of a worker that it starts) and gives its folder. */
async function bundled(name, program, workerProgram = '') {
  const root = join(out, name);
  mkdirSync(root);
  symlinkSync(join(project, 'node_modules'), join(root, 'node_modules'));
  writeFileSync(join(root, 'main.js'), program);
  writeFileSync(join(root, 'worker.js'), workerProgram);
  writeFileSync(join(root, 'index.html'), '<!doctype html><link rel="icon" href="data:,"><script type="module" src="./main.js"></script>');
  await build({ root, logLevel: 'warn', configFile: false, build: { target: 'esnext' } });
  return join(root, 'dist');
}

function opened(folder, use) {
  return withServer(folder, (url) =>
    withPage(async (tab) => {
      await tab.goto(url);
      await use(tab);
    }),
  );
}

function text() {
  return readFileSync(join(installed, 'README.md'), 'utf8');
}

function blocks(kind) {
  return [...text().matchAll(new RegExp(`^\`\`\`${kind}\\n([^]*?)^\`\`\`$`, 'gm'))].map(([, block]) => block);
}
