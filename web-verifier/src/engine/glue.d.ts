// What wasm-bindgen makes for the package: asked only for how much memory the module holds.
declare module "lacre-wasm/glue" {
  export default function load(): Promise<{ memory: WebAssembly.Memory }>;
}

declare module "virtual:worker" {
  /** The source of the worker's script. */
  export const source: string;
  /** The module of `lacre-wasm`, gzip and base64. */
  export const packedWasm: string;
}

/** The version of the page, from its package. */
declare const __VERSION__: string;
