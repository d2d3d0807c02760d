// For everybody: by keyboard alone, by ear, in both languages, light and dark, on a telephone.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { browser, KEYS, opened, openRow, picture, trustIn, verify } from "./page.ts";
import { archive, folder, oneOfEach, written } from "./samples.ts";

let chromium: Browser;
const scratch = folder();
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
before(async () => {
  chromium = await browser();
  archive(`${scratch.path}/archive`, 60, 3, "parquet");
  const mixed = Object.fromEntries(Object.entries(oneOfEach()).map(([name, { bytes }]) => [name, bytes]));
  mixed["noted.xml"] = Buffer.from(mixed["valid.xml"].toString().replace(/(Ccy="BRL">)(\d)/, "$1$2<!-- -->"));
  written(`${scratch.path}/mixed`, mixed);
  const beside = ["ec.pem", "psp.pem", "ca.pem", "sha256.crl"].map((name) => readFileSync(`${KEYS}/${name}`, "utf8")).join("");
  written(scratch.path, { "bundle.pem": beside, "damaged.pem": "-----BEGIN CERTIFICATE-----\nAAAA" });
});
after(async () => {
  await chromium.close();
  scratch.remove();
});

interface Violation {
  id: string;
  nodes: { html: string; failureSummary?: string }[];
}

async function accessible(page: Page, state: string): Promise<void> {
  await page.evaluate(axe);
  const violations = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } };
    return (await axe.run()).violations;
  });
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html, failureSummary }) => `${html.slice(0, 200)} (${failureSummary})`).join("\n  ")}`);
  assert.deepEqual(told, [], state);
}

async function everyState(page: Page, look: string): Promise<void> {
  await accessible(page, `${look}: empty`);
  await picture(page, `${look}-empty`);
  await trustIn(page, "bacen.pem", `${scratch.path}/archive/bacen.pem`);
  // Notes, a list that holds, one that does not, and a file that is refused.
  await page.setInputFiles("#trust-pick", [`${scratch.path}/bundle.pem`, `${KEYS}/sha1.crl`, `${scratch.path}/damaged.pem`]);
  await page.waitForSelector(".trust-file >> nth=4");
  await verify(page, `${scratch.path}/mixed`);
  await verify(page, `${scratch.path}/archive/log`);
  await page.waitForSelector("#chart svg");
  await accessible(page, `${look}: results`);
  await picture(page, `${look}-results`);
  await openRow(page, "noted.xml");
  await page.waitForSelector("#detail-notes");
  await accessible(page, `${look}: detail with a note`);
  await page.keyboard.press("Escape");
  await openRow(page, "tampered.xml");
  await page.waitForSelector("#detail .pane mark");
  await accessible(page, `${look}: detail`);
  await picture(page, `${look}-detail`);
  await page.keyboard.press("Escape");
  await page.fill("#search", "");
  await page.click("#privacy-open");
  await accessible(page, `${look}: promise`);
  await page.keyboard.press("Escape");
  await page.click("#report-open");
  await page.waitForSelector("#report[data-built]");
  await accessible(page, `${look}: report`);
  await picture(page, `${look}-report`);
}

const phone = { viewport: { width: 390, height: 844 } };
for (const [look, options, language] of [
  ["light-pt", { colorScheme: "light" }, "pt-BR"],
  ["dark-en", { colorScheme: "dark" }, "en"],
  ["phone-light-en", { colorScheme: "light", ...phone }, "en"],
  ["phone-dark-pt", { colorScheme: "dark", ...phone }, "pt-BR"],
] as const) {
  test(`axe finds nothing to say in any state: ${look}`, async () => {
    const { page, silent } = await opened(chromium, { ...options, reducedMotion: "reduce" });
    await page.selectOption("#language", language);
    await everyState(page, look);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(overflow <= 0, `the page is ${overflow} pixels too wide`);
    silent();
  });
}

test("the keyboard alone reaches a verdict, its proof and the report", async () => {
  const { page } = await opened(chromium);
  await trustIn(page, "bacen.pem");
  await verify(page, `${scratch.path}/mixed`);
  await page.keyboard.press("Tab");
  assert.equal(await focused(page), "Ir para os resultados");
  await page.keyboard.press("Enter");
  await tabTo(page, "#chip-invalid");
  await page.keyboard.press("Space");
  assert.equal(await page.getAttribute("#chip-invalid", "aria-pressed"), "true");
  assert.ok(await page.evaluate(() => document.activeElement?.id === "chip-invalid"), "the focus stays where it was");
  await page.keyboard.press("Space");
  await tabTo(page, "#grid");
  await page.keyboard.press("End");
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowDown");
  assert.equal(await page.getAttribute("#grid", "aria-activedescendant"), "row-1");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#detail [data-shown]");
  await tabTo(page, "#next");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement?.id === "next");
  await page.keyboard.press("Escape");
  assert.ok(await page.evaluate(() => document.activeElement?.id === "grid"), "the focus returns to the table");
  await tabTo(page, "#report-open", "Shift+Tab");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#report[data-built]");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "report-title");
  await tabTo(page, "#report-close");
  await page.keyboard.press("Enter");
  assert.ok(await page.isVisible("#summary"));
});

test("the end of a run is said in the live region", async () => {
  const { page } = await opened(chromium);
  await verify(page, `${scratch.path}/mixed`);
  assert.equal(await page.getAttribute("#say", "aria-live"), "polite");
  assert.match(await page.innerText("#say"), /7 mensagens/);
});

async function focused(page: Page): Promise<string> {
  return page.evaluate(() => document.activeElement?.textContent ?? "");
}

async function tabTo(page: Page, selector: string, key = "Tab"): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    if (await page.evaluate((selector) => document.activeElement?.matches(selector), selector)) return;
    await page.keyboard.press(key);
  }
  assert.fail(`${selector} was not reached`);
}
