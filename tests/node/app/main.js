// A page that a bundler makes of the entry for browsers: every vector is given to `judge` from outside.

import * as lacre from 'lacre-wasm';

import { differences } from '../support/judge.js';

window.judge = async (vectors) => {
  await lacre.init();
  return vectors.flatMap((vector) => differences(lacre, vector));
};
