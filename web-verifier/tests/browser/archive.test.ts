// Twenty thousand records in Parquet: what was tampered with is found, where it stands, and nothing else is.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { browser, downloaded, opened, picture, trustIn, verify } from "./page.ts";
import { archive, folder } from "./samples.ts";

let chromium: Browser;
const scratch = folder();
before(async () => void (chromium = await browser()));
after(async () => {
  await chromium.close();
  scratch.remove();
});

test("tampered records among 20,000 are found at their places", async () => {
  const made = archive(scratch.path, 20_000, 7, "parquet");
  const { page, silent } = await opened(chromium);
  await trustIn(page, `${scratch.path}/bacen.pem`);
  await page.check('input[name="at"][value="message"]');
  await verify(page, `${scratch.path}/log`);
  await picture(page, "archive");
  await page.click("#report-open");
  const { results } = JSON.parse((await downloaded(page, "#save-audit-json")).text) as
    { results: { file: string; row: number; exchange_id: string; verdict: string | null; code: string | null }[] };
  const place = ({ file, row, exchange_id, code }: { file: string; row: number; exchange_id: string; code: string | null }) => `${file} ${row} ${exchange_id} ${code}`;
  const found = results.filter(({ verdict }) => verdict !== null && verdict !== "valid").map(place).sort();
  assert.deepEqual(found, made.tampered.map(place).sort());
  assert.equal(results.length, made.rows);
  silent();
});

test("twenty thousand rows scroll, sort and are searched with a few elements", async () => {
  const { page } = await opened(chromium);
  await verify(page, `${scratch.path}/log`);
  for (const place of [0.5, 1, 0.1]) {
    await page.evaluate((part) => {
      const grid = document.getElementById("grid")!;
      grid.scrollTop = part * grid.scrollHeight;
    }, place);
    await page.waitForFunction(() => {
      const grid = document.getElementById("grid")!;
      const middle = grid.getBoundingClientRect();
      return document.elementFromPoint(middle.x + 200, middle.y + middle.height / 2)?.closest(".row") !== null;
    });
    assert.ok((await page.locator(".rows .row").count()) < 60);
  }
  await page.click('[data-column="name"] button');
  await page.click('[data-column="name"] button');
  assert.equal(await page.getAttribute('[data-column="name"]', "aria-sort"), "descending");
  await page.fill("#search", "no-such-thing");
  await page.waitForFunction(() => document.querySelectorAll(".rows .row").length === 0);
});
