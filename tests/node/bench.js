// How long the module takes for a message of 4 KB: node bench.js [FOLDER OF THE PACKAGE]

import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

import { octets } from './support/judge.js';
import { installed, vectors } from './support/world.js';

const folder = process.argv[2] ?? installed;
const { Trust, inspect, verify } = await import(pathToFileURL(join(folder, 'node.js')));

const valid = vectors().filter(({ rows }) => JSON.parse(rows.en).verdict === 'valid');
const distance = ({ document }) => Math.abs(octets(document).length - 4096);
const [vector] = valid.sort((one, other) => distance(one) - distance(other));
const message = octets(vector.document);
const trust = new Trust();
for (const pem of vector.trust) trust.add(new TextEncoder().encode(pem));

const large = new TextEncoder().encode(`<a>${'<b c="1">text</b>'.repeat(600_000)}</a>`);
for (const [name, call, times] of [
  [`verify ${vector.name} (${message.length} bytes)`, () => verify(message, trust, { at: 'message' }), 1000],
  [`inspect the same`, () => inspect(message, trust, { at: 'message' }), 1000],
  [`verify ${large.length} bytes without a signature`, () => verify(large, trust), 3],
]) {
  const rounds = Array.from({ length: 5 }, () => {
    const start = process.cpuUsage();
    for (let number = 0; number < times; number += 1) call();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / times;
  });
  console.log(`${name}: ${Math.min(...rounds).toFixed(1)} µs of CPU`);
}
