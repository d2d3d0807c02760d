// Makes one HTML file of everything: the worker's script and the WebAssembly inside the page's script, script and style
// inside the page, and their hashes in its security policy.

import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import { build, defineConfig, type Plugin } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Where `cargo xtask wasm` puts the package. */
const PACKAGE = `${process.env["LACRE_PACKAGES"] ?? here("../target/wasm-packages")}/lacre-wasm`;
if (!existsSync(`${PACKAGE}/index.js`)) {
  throw new Error("the package `lacre-wasm` is not built: run `cargo xtask wasm` first");
}

const ALIAS = [
  { find: /^lacre-wasm\/glue$/, replacement: `${PACKAGE}/glue/lacre_wasm.js` },
  { find: /^lacre-wasm$/, replacement: `${PACKAGE}/index.js` },
];

/** The worker as one script, and the WebAssembly that its build gives aside. */
function workerInside(): Plugin {
  const id = "virtual:worker";
  return {
    name: "worker-inside",
    resolveId: (source) => (source === id ? `\0${id}` : null),
    async load(asked) {
      if (asked !== `\0${id}`) return null;
      const built = await build({
        configFile: false,
        logLevel: "warn",
        root: here("."),
        resolve: { alias: ALIAS, conditions: ["browser"] },
        // The script has no address: it is told where its module is.
        define: { "import.meta": "{}" },
        build: {
          write: false,
          assetsInlineLimit: 0,
          target: "es2022",
          modulePreload: false,
          rolldownOptions: { input: here("src/engine/worker.ts"), output: { format: "iife" } },
        },
      });
      const output = [built].flat().flatMap((one) => ("output" in one ? one.output : []));
      const script = output.find((part) => part.type === "chunk");
      const wasm = output.find((part) => part.type === "asset" && part.fileName.endsWith(".wasm"));
      if (script?.type !== "chunk" || wasm?.type !== "asset") throw new Error("the worker's build gave no script or no WebAssembly");
      const packed = gzipSync(wasm.source, { level: 9 }).toString("base64");
      return `export const source = ${JSON.stringify(script.code)};\nexport const packedWasm = "${packed}";\n`;
    },
  };
}

/** Script and style go into the page, each allowed by its hash alone. */
function onePage(): Plugin {
  return {
    name: "one-page",
    enforce: "post",
    generateBundle(_, bundle) {
      const page = bundle["index.html"];
      if (page?.type !== "asset") throw new Error("the build gave no page");
      let script = "";
      let style = "";
      for (const [name, part] of Object.entries(bundle)) {
        if (part.type === "chunk") script += part.code;
        else if (name.endsWith(".css")) style += part.source;
        if (part !== page) delete bundle[name];
      }
      // What would end the element or be read as a comment in it is spelt otherwise; both stand in text only.
      script = script.replace(/<\/(script)/gi, "<\\/$1").replace(/<!--/g, "<\\!--").trim();
      style = style.trim();
      const html = String(page.source)
        .replace(/\s*<script type="module"[^>]*><\/script>/, "")
        .replace(/\s*<link rel="stylesheet"[^>]*>/, "")
        .replace("__POLICY__", policy(script, style))
        .replace("</head>", () => `<style>${style}</style>\n</head>`)
        .replace("</body>", () => `<script type="module">${script}</script>\n</body>`);
      delete bundle["index.html"];
      this.emitFile({ type: "asset", fileName: "lacre-verifier.html", source: html });
    },
  };
}

function policy(script: string, style: string): string {
  const hash = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  return [
    "default-src 'none'",
    `script-src ${hash(script)} 'wasm-unsafe-eval'`,
    `style-src ${hash(style)}`,
    "worker-src blob:",
    "connect-src 'none'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types lacre-worker",
  ].join("; ");
}

const { version } = JSON.parse(readFileSync(here("package.json"), "utf8"));

export default defineConfig({
  define: { __VERSION__: JSON.stringify(version) },
  root: here("."),
  base: "./",
  resolve: { alias: ALIAS, conditions: ["browser"] },
  plugins: [workerInside(), onePage()],
  build: {
    target: "es2022",
    modulePreload: false,
    cssCodeSplit: false,
    // `light-dark()` as it is written.
    cssTarget: "chrome123",
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 4096,
    reportCompressedSize: false,
  },
});
