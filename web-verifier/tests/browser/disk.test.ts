// From the disk, alone: nothing is asked for, and nothing could be.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { browser, ends, opened, picture, trustIn, verify } from "./page.ts";
import { folder, oneOfEach, written } from "./samples.ts";

let chromium: Browser;
const scratch = folder();
before(async () => void (chromium = await browser()));
after(async () => {
  await chromium.close();
  scratch.remove();
});

test("it opens by a double click, verifies without a network, and asks for nothing", async () => {
  const { page, silent } = await opened(chromium);
  assert.match(page.url(), /^file:/);
  const samples = oneOfEach();
  await trustIn(page, "bacen.pem");
  await verify(page, written(scratch.path, Object.fromEntries(Object.entries(samples).map(([name, { bytes }]) => [name, bytes]))));
  assert.deepEqual(await ends(page), { valid: 2, invalid: 1, indeterminate: 1, unsigned: 1, malformed: 1 });
  silent();
});

test("no connection gets out, whatever a script in the page tries", async () => {
  const { page } = await opened(chromium);
  const tried = await page.evaluate(async () => {
    const violations: string[] = [];
    document.addEventListener("securitypolicyviolation", (event) => violations.push(event.effectiveDirective));
    const refused = await fetch("https://example.com/").then(() => "sent", () => "refused");
    const request = new XMLHttpRequest();
    request.open("GET", "https://example.com/");
    request.send();
    new Image().src = "https://example.com/x.png";
    try {
      new WebSocket("wss://example.com/");
    } catch {
      // Refused at once, or by the event.
    }
    navigator.sendBeacon("https://example.com/", "x");
    await new Promise((resolve) => setTimeout(resolve, 200));
    return { refused, violations };
  });
  assert.equal(tried.refused, "refused");
  assert.ok(tried.violations.filter((directive) => directive === "connect-src").length >= 3, String(tried.violations));
  assert.ok(tried.violations.includes("img-src"));
});

test("markup from outside cannot become script or elements", async () => {
  const { page } = await opened(chromium);
  const refused = await page.evaluate(() => {
    try {
      document.body.innerHTML = "<p>x</p>";
      return false;
    } catch (thrown) {
      return thrown instanceof TypeError;
    }
  });
  assert.ok(refused, "the policy asks for Trusted Types, and nobody makes them for markup");
});

test("the promise is shown with the policy in force, and can be tried", async () => {
  const { page } = await opened(chromium);
  await page.click("#privacy-open");
  const policy = await page.innerText("#privacy .policy");
  for (const part of ["default-src 'none'", "connect-src 'none'", "worker-src blob:"]) assert.ok(policy.includes(part), policy);
  assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval'.*'unsafe-eval'|\*/);
  await page.click("#privacy .row button");
  await page.waitForFunction(() => document.querySelector(".tried")?.textContent !== "");
  assert.match(await page.innerText(".tried"), /recusou/);
  await picture(page, "promise");
});

test("names and content that are markup stay text", async () => {
  const { page, silent } = await opened(chromium);
  const name = "<img src=x onerror=alert(1)>.xml";
  const content = "<a><EndToEndId>&lt;script&gt;alert(1)&lt;/script&gt;</EndToEndId></a>";
  await verify(page, written(scratch.path, { [name]: content }));
  assert.ok((await page.innerText(".rows")).includes(name));
  assert.equal(await page.locator(".rows img, .rows script").count(), 0);
  await page.locator(".rows .row").first().click();
  await page.waitForSelector("#detail [data-shown]");
  assert.equal(await page.locator("#detail img, #detail script").count(), 0);
  silent();
});
