// The page in Chromium, as a person has it: from the disk, without a network.

import { existsSync, mkdirSync, readFileSync } from "node:fs";
import assert from "node:assert/strict";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";

export const ROOT = resolve(import.meta.dirname, "../../../..");
const HERE = `${ROOT}/web-verifier`;
export const PAGE = `${HERE}/dist/lacre-verifier.html`;
export const KEYS = `${ROOT}/tests/keys`;
const CHROMIUM = "/usr/bin/chromium";
const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
  "--disable-sync", "--disable-dev-shm-usage",
];

export async function browser(): Promise<Browser> {
  assert.ok(existsSync(PAGE), "the page is not built: run `cargo xtask page`");
  assert.ok(existsSync(CHROMIUM), "there is no Chromium: run `cargo xtask setup`");
  return chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
}

/** An open page, and everything that it asked of the outside. */
export interface Opened {
  page: Page;
  context: BrowserContext;
  /** Fails if anything but the file itself was asked for, or anything was complained of. */
  silent(): void;
}

/** Opens the page from the disk, offline, with every request noted and none but the file's let through. */
export async function opened(browser: Browser, options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1360, height: 900 }, timezoneId: "UTC", acceptDownloads: true, ...options });
  const asked: string[] = [];
  const complaints: string[] = [];
  context.on("request", (request) => asked.push(request.url()));
  await context.route("**", (route) => (route.request().url().startsWith("file:") ? route.continue() : route.abort()));
  await context.setOffline(true);
  const page = await context.newPage();
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  const url = pathToFileURL(PAGE).href;
  await page.goto(url);
  await page.waitForSelector("html[data-ready]");
  return {
    page,
    context,
    silent() {
      const outside = asked.filter((request) => request !== url && !request.startsWith("blob:null/"));
      assert.deepEqual(outside, []);
      assert.deepEqual(complaints, []);
    },
  };
}

export async function trustIn(page: Page, ...names: string[]): Promise<void> {
  const before = await page.locator(".certificate").count();
  await page.setInputFiles("#trust-pick", names.map((name) => (name.startsWith("/") ? name : `${KEYS}/${name}`)));
  await page.waitForFunction((count) => document.querySelectorAll(".certificate").length >= count, before + names.length);
}

/** Hands files or one folder over, and waits for the verdicts. */
export async function verify(page: Page, paths: string | string[]): Promise<void> {
  await page.evaluate(() => document.getElementById("again")?.remove());
  if (typeof paths === "string") await page.setInputFiles("#folder-pick", paths);
  else await page.setInputFiles("#files-pick", paths);
  await done(page);
}

export async function done(page: Page): Promise<void> {
  await page.waitForSelector("#again", { timeout: 240_000 });
}

/** How many rows came to each end, as the filters say it. */
export async function ends(page: Page): Promise<Record<string, number>> {
  return page.evaluate(() =>
    Object.fromEntries([...document.querySelectorAll<HTMLElement>(".chip")].map((chip) =>
      [chip.id.replace("chip-", ""), Number((chip.querySelector("strong")?.textContent ?? "").replace(/\D/g, ""))])));
}

export async function rows(page: Page): Promise<string[]> {
  return page.locator(".rows .row").allInnerTexts();
}

/** Opens a row that the search finds, and waits for all of its detail. */
export async function openRow(page: Page, search: string): Promise<void> {
  await page.fill("#search", search);
  // The row of the search before may still be there for a moment.
  await page.waitForFunction((wanted) => {
    const rows = [...document.querySelectorAll<HTMLElement>(".rows .row")];
    return rows.length === 1 && rows[0].innerText.split("\n").includes(wanted);
  }, search);
  await page.locator(".rows .row").first().click();
  await page.waitForSelector("#detail [data-shown]");
}

/** What pressing a button gives as a file. */
export async function downloaded(page: Page, selector: string): Promise<{ name: string; text: string }> {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click(selector)]);
  return { name: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
}

/** Keeps a picture for people, and for CI's artefacts. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = `${HERE}/test-results`;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}/${name}.png` });
}
