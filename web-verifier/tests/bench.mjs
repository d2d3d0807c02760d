// How fast the page is beside the command on the same files: node bench.mjs [ROWS]. Figures for people; nothing fails on them.
// The programs are those of `LACRE_TARGET`/dist: what is compared is what ships.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { browser, done, opened, trustIn } from "../test-build/tests/browser/page.js";

const rows = Number(process.argv[2] ?? 20_000);
const programs = `${process.env["LACRE_TARGET"]}/dist`;
const scratch = mkdtempSync(join(tmpdir(), "lacre-page-bench-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

const made = JSON.parse(
  execFileSync(`${programs}/archive_maker`, ["--rows", String(rows), "--format", "parquet", "--out", scratch], { encoding: "utf8" }),
);
execFileSync(`${programs}/lacre`, ["audit", "export", "--quiet", "--out", "messages", "log"], { cwd: scratch });
const messages = readdirSync(`${scratch}/messages`).filter((name) => {
  // What BACEN signed, since it is BACEN's certificate that is trusted.
  const file = join(scratch, "messages", name);
  const kept = name.endsWith(".xml") && name.includes("-response") && readFileSync(file).includes("Signature");
  if (!kept) rmSync(file);
  return kept;
});
const octets = messages.reduce((sum, name) => sum + statSync(join(scratch, "messages", name)).size, 0);
console.log(`${availableParallelism()} processors; ${messages.length} messages of ${Math.round(octets / messages.length)} bytes; ${made.rows} records`);

function timed(args) {
  const started = performance.now();
  const { status, stderr } = spawnSync(`${programs}/lacre`, args, { cwd: scratch, stdio: ["ignore", "ignore", "pipe"] });
  if (status !== 0) throw new Error(String(stderr));
  return performance.now() - started;
}

/** In a page of its own: one that verified before would verify that again. */
async function inPage(folder) {
  const { page, context } = await opened(chromium);
  await trustIn(page, `${scratch}/bacen.pem`);
  await page.check('input[name="at"][value="message"]');
  // The browser walks the folder before the page hears of it.
  await page.evaluate(() => {
    const pick = document.querySelector("#folder-pick");
    pick.addEventListener("change", () => (window.startedMs = performance.now()), { capture: true, once: true });
    const seen = new MutationObserver(() => {
      if (document.getElementById("again") === null) return;
      seen.disconnect();
      window.endedMs = performance.now();
    });
    seen.observe(document.body, { childList: true, subtree: true });
  });
  await page.setInputFiles("#folder-pick", `${scratch}/${folder}`);
  await done(page);
  const took = await page.evaluate(() => window.endedMs - window.startedMs);
  await context.close();
  return took;
}

function told(what, count, native, page) {
  const rate = (ms) => `${Math.round((1000 * count) / ms)}/s`;
  console.log(`${what}: native ${rate(native)}, page ${rate(page)} (${(page / 1000).toFixed(2)} s), ratio ${(page / native).toFixed(1)}`);
}

const chromium = await browser();
const ready = [];
for (let round = 0; round < 5; round += 1) {
  const { page, context } = await opened(chromium);
  ready.push(await page.evaluate(() => performance.getEntriesByName("ready")[0]?.startTime ?? NaN));
  await context.close();
}
console.log(`page ready after ${Math.min(...ready).toFixed(0)} ms`);
const best = async (measure) => {
  const all = [];
  for (let round = 0; round < 3; round += 1) all.push(await measure());
  return Math.min(...all);
};
told("messages in files", messages.length,
  await best(() => timed(["verify", "--trust", "bacen.pem", "--at", "message", "--quiet", "messages"])), await best(() => inPage("messages")));
told("records in Parquet", made.rows,
  await best(() => timed(["audit", "verify", "--trust", "bacen.pem", "--quiet", "log"])), await best(() => inPage("log")));
await chromium.close();
