// Starts the engine: unpacks the module that the page carries, and makes workers of the script that it carries.

import { packedWasm, source } from "virtual:worker";
import { Pool } from "./pool.ts";
import { sha256 } from "../input/sha256.ts";

export interface Engine {
  pool: Pool;
  /** Of the WebAssembly module as it is run. */
  wasmSha256: string;
  wasmSize: number;
}

const WORKERS_MAX = 16;

/** The engine, whose workers may still be starting: its pool tells when they are ready. */
export async function startEngine(): Promise<Engine> {
  const url = scriptUrl();
  const size = Math.min(Math.max(1, navigator.hardwareConcurrency), WORKERS_MAX);
  const unpacking = unpacked();
  const module = unpacking.then((bytes) => WebAssembly.compile(bytes));
  const pool = new Pool(size, module, () => new Worker(url as string, { name: "lacre" }));
  const bytes = await unpacking;
  return { pool, wasmSha256: sha256(bytes), wasmSize: bytes.length };
}

async function unpacked(): Promise<Uint8Array<ArrayBuffer>> {
  const text = atob(packedWasm);
  const packed = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) packed[at] = text.charCodeAt(at);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): { createScriptURL(url: string): unknown };
}

/** The one script that the page makes itself. Its policy lets no other script be made, where browsers know Trusted Types. */
function scriptUrl(): unknown {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const types = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;
  if (types === undefined) return url;
  const onlyOurs = (asked: string) => {
    if (asked !== url) throw new TypeError("no script but the page's own");
    return asked;
  };
  return types.createPolicy("lacre-worker", { createScriptURL: onlyOurs }).createScriptURL(url);
}
