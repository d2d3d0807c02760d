// One message in depth.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { browser, downloaded, KEYS, opened, openRow, picture, trustIn, verify } from "./page.ts";
import { folder, lacre, oneOfEach, signed, written } from "./samples.ts";

let chromium: Browser;
const scratch = folder();
const samples = oneOfEach();
before(async () => {
  chromium = await browser();
  written(scratch.path, Object.fromEntries(Object.entries(samples).map(([name, { bytes }]) => [name, bytes])));
});
after(async () => {
  await chromium.close();
  scratch.remove();
});

async function withSamples() {
  const all = await opened(chromium);
  await trustIn(all.page, "bacen.pem");
  await verify(all.page, Object.keys(samples).map((name) => `${scratch.path}/${name}`));
  return all;
}

test("each end has its own word and shape, in the table and in the detail", async () => {
  const { page } = await withSamples();
  const shapes = new Set<string>();
  const words = new Set<string>();
  for (const [name, { end }] of Object.entries(samples)) {
    if (name === "valid-dict.xml") continue;
    await openRow(page, name);
    assert.ok((await page.getAttribute("#detail .headline", "class"))?.includes(`end-${end}`), name);
    words.add(await page.innerText("#detail .headline-word"));
    shapes.add((await page.getAttribute("#detail .headline .outline", "d")) ?? "");
    await page.keyboard.press("Escape");
  }
  assert.equal(words.size, 5);
  assert.equal(shapes.size, 5);
});

test("the walk shows both digests of the part that changed, as `lacre inspect` has them", async () => {
  const { page, silent } = await withSamples();
  await openRow(page, "tampered.xml");
  await page.waitForSelector("#detail .walk");
  const shown = (await page.innerText("#detail .walk")).replace(/\s/g, "");
  const { results } = JSON.parse(lacre(scratch.path, "inspect", "--json", "--trust", `${KEYS}/bacen.pem`, "tampered.xml"));
  for (const { claimed, computed } of results[0].references) {
    for (const digest of [claimed, computed]) if (digest !== null) assert.ok(shown.includes(digest.hex));
  }
  assert.equal(await page.locator("#detail .walk .step-failed").count(), 1);
  assert.match(await page.innerText("#detail .walk .step-failed"), /Document/);
  assert.match(await page.innerText("#detail .why"), /Causa provável/);
  await picture(page, "detail");
  silent();
});

test("canonical octets are shown, and saved as they are hashed", async () => {
  const { page } = await withSamples();
  await openRow(page, "valid.xml");
  const step = page.locator("#detail .walk > li").nth(2);
  await step.getByRole("button", { name: "Ver bytes" }).click();
  await page.waitForSelector("#detail .walk .octets:not(:empty)");
  assert.match(await step.locator(".octets").innerText(), /^<Document xmlns=/);
  const { text } = await downloaded(page, "#detail .walk > li:nth-child(3) button >> nth=1");
  const { createHash } = await import("node:crypto");
  const digest = createHash("sha256").update(text).digest("hex");
  assert.ok((await step.innerText()).replace(/\s/g, "").includes(digest));
});

test("what no signature covers is marked in the message", async () => {
  const { page } = await withSamples();
  await openRow(page, "valid.xml");
  await page.waitForSelector("#detail .pane mark");
  const marks = await page.locator("#detail .pane mark").allInnerTexts();
  assert.ok(marks.some((text) => text.includes("SignatureValue")), String(marks));
  assert.ok(!marks.some((text) => text.includes("IntrBkSttlmAmt")));
});

test("beside the original the first difference of each part is shown", async () => {
  const { page } = await withSamples();
  await openRow(page, "tampered.xml");
  await page.setInputFiles("#original-pick", `${scratch.path}/valid.xml`);
  await page.waitForSelector("#detail .comparison");
  const parts = await page.locator("#detail .comparison > li").allInnerTexts();
  assert.match(parts.find((part) => part.startsWith("Document")) ?? "", /primeira diferença/);
  assert.match(parts.find((part) => part.startsWith("AppHdr")) ?? "", /igual/);
  const [ours, theirs] = await page.locator("#detail .comparison > li").first().locator(".mark-difference").allInnerTexts();
  assert.equal(ours, "9");
  assert.notEqual(theirs, "9");
});

test("a message that was already open is read again, not remembered", async () => {
  const { page } = await opened(chromium);
  await trustIn(page, "bacen.pem");
  const [path] = written(scratch.path, { "gone.xml": signed("spi", "pacs.002") });
  await verify(page, [path]);
  written(scratch.path, { "gone.xml": "<changed/>" });
  await page.locator(".rows .row").first().click();
  await page.waitForSelector("#detail [data-shown]");
  assert.match(await page.innerText("#detail"), /não pôde ser relida|changed/);
});
