// How far a verification is, how fast it goes and when it ends.

import type { App, Run } from "../app.ts";
import { duration, octets, t } from "../i18n/index.ts";
import { byId, h, plain, put } from "./dom.ts";
import { say } from "./say.ts";

const DRAW_MS = 120;
const SAY_MS = 5_000;

export function showProgress(app: App): void {
  const section = byId("progress");
  let drawn = 0;
  let said = 0;
  let waiting = false;
  const draw = () => {
    waiting = false;
    drawn = performance.now();
    const { run } = app;
    section.hidden = run === null;
    // While it goes it stands first; afterwards nothing stands before the verdict.
    section.classList.toggle("going", run?.endedMs === null);
    byId("empty").hidden = run !== null;
    if (run === null) return;
    if (run.endedMs === null) going(app, run, section);
    else ended(app, run, section);
    if (run.endedMs === null && performance.now() - said > SAY_MS) {
      said = performance.now();
      say(t().progressSay(percent(run), app.results.entries.length));
    }
  };
  app.on(["run"], () => {
    if (app.run?.endedMs !== null || performance.now() - drawn > DRAW_MS) return draw();
    if (!waiting) setTimeout(draw, DRAW_MS);
    waiting = true;
  });
  app.on(["language"], draw);
  app.on(["language"], () => drawEmpty());
  drawEmpty();
  byId("empty").hidden = app.run !== null;
}

function drawEmpty(): void {
  put(byId("empty"), h("h2", null, t().emptyTitle), h("ol", { class: "steps" }, ...t().emptySteps.map((step) => h("li", null, step))));
}

function percent(run: Run): number {
  return run.totalWeight === 0 ? 0 : Math.min(100, Math.floor((100 * run.doneWeight) / run.totalWeight));
}

function going(app: App, run: Run, section: HTMLElement): void {
  const seconds = Math.max(0.001, (Date.now() - run.startedMs) / 1000);
  const rows = app.results.entries.length;
  const left = run.doneWeight > 0 ? (seconds * (run.totalWeight - run.doneWeight)) / run.doneWeight : 0;
  const words = [
    `${percent(run)}%`,
    t().progressRows(rows),
    t().progressRate(Math.round(rows / seconds)),
    seconds > 1 && left > 0 ? t().progressLeft(duration(left)) : "",
  ].filter((word) => word !== "");
  const bar = section.querySelector("progress");
  const told = section.querySelector(".told");
  // The button keeps its focus: only what moves is drawn anew.
  if (bar !== null && told !== null && section.dataset["language"] === document.documentElement.lang) {
    bar.value = percent(run);
    told.textContent = words.join(" · ");
    return;
  }
  section.dataset["language"] = document.documentElement.lang;
  // Where all is one column, the verdict would stand below everything that was prepared for it.
  if (matchMedia("(max-width: 960px)").matches) byId("results").scrollIntoView();
  put(
    section,
    h("div", { class: "row spread" },
      h("h2", null, t().verifying),
      h("button", { type: "button", id: "cancel", onclick: () => app.cancel() }, t().cancel)),
    h("progress", { max: 100, value: percent(run), "aria-label": t().progressTitle }),
    h("p", { class: "told" }, words.join(" · ")),
  );
}

function ended(app: App, run: Run, section: HTMLElement): void {
  delete section.dataset["language"];
  const rows = app.results.entries.length;
  const seconds = ((run.endedMs ?? run.startedMs) - run.startedMs) / 1000;
  const done = t().progressDone(t().progressRows(rows), duration(seconds));
  const problem = problemOf(run, rows);
  const hadFocus = section.contains(document.activeElement);
  put(
    section,
    problem !== null && h("p", { class: "warn strong" }, problem),
    h("div", { class: "row spread" },
      h("p", { class: "told" }, [done, seconds > 0.2 ? t().progressRate(Math.round(rows / seconds)) : ""].filter(Boolean).join(" · ")),
      h("button", { type: "button", id: "again", class: "small", onclick: () => app.again() }, t().again)),
    h("p", { class: "quiet", id: "memory" }, t().memory(octets(app.results.bytes), octets(run.wasmBytes), app.engine.pool.size)),
  );
  if (hadFocus) byId("again").focus();
  say([problem, done].filter(Boolean).join(" "));
}

function problemOf(run: Run, rows: number): string | null {
  switch (run.end) {
    case "cancelled": return t().cancelled;
    case "too-many": return t().tooMany(rows);
    case "failed": return t().runFailed(plain(run.problem ?? ""));
    default: return null;
  }
}
