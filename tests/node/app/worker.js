// A worker that brings its WebAssembly with it: every vector is posted to it.

import * as lacre from 'lacre-wasm/inline';

import { differences } from '../support/judge.js';

self.onmessage = async ({ data }) => {
  await lacre.init();
  self.postMessage(data.flatMap((vector) => differences(lacre, vector)));
};
