// Verdicts over time: stacked columns whose pattern, not only colour, tells the verdict, and the same numbers as a table.

import type { App } from "../app.ts";
import { language, t, whole } from "../i18n/index.ts";
import { type Bucket, bucketsOf } from "../results/buckets.ts";
import { ENDS, type End } from "../results/rows.ts";
import { byId, h, put, svg } from "./dom.ts";
import { shape } from "./icons.ts";

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [960, 150, 46, 22, 10];
const DRAW_MS = 700;
/** From the ground up: what is good carries what is not. */
const STACK: readonly End[] = ["valid", "exempt", "indeterminate", "unsigned", "unreadable", "malformed", "invalid"];

export function showChart(app: App): void {
  const section = byId("chart");
  let timer: ReturnType<typeof setTimeout> | null = null;
  const redraw = () => {
    timer = null;
    section.hidden = app.results.entries.length === 0;
    if (!section.hidden) draw(app, section);
  };
  app.on(["rows"], () => (timer ??= setTimeout(redraw, app.isRunning ? DRAW_MS : 0)));
  app.on(["language"], redraw);
}

function draw(app: App, section: HTMLElement): void {
  const { buckets, lengthMs, undated } = bucketsOf(app.results.entries);
  const wasOpen = section.querySelector("details")?.open ?? false;
  const name = (ms: number) => periodName(ms, lengthMs);
  const present = ENDS.filter((end) => buckets.some((bucket) => bucket.ends[end] > 0));
  put(
    section,
    h("h2", null, t().chartTitle),
    buckets.length === 0
      ? h("p", { class: "quiet" }, t().chartNone)
      : h("div", null, drawing(buckets, name), legend(present), h("p", { class: "quiet" }, t().chartSource, undated > 0 && ` ${t().chartUndated(undated)}`), table(buckets, present, name, wasOpen)),
  );
}

function drawing(buckets: readonly Bucket[], name: (ms: number) => string): SVGSVGElement {
  const most = Math.max(...buckets.map(({ total }) => total));
  const [width, height] = [(WIDTH - LEFT) / buckets.length, HEIGHT - TOP - BOTTOM];
  const [first, last] = [buckets[0], buckets.at(-1)];
  const y = (n: number) => TOP + height - (n / most) * height;
  const bars = buckets.flatMap((bucket, index) => {
    let below = 0;
    return STACK.filter((end) => bucket.ends[end] > 0).map((end) => {
      const [from, to] = [y(below), y(below + bucket.ends[end])];
      below += bucket.ends[end];
      // One in ten thousand is still to be seen.
      const tall = Math.max(from - to, end === "valid" ? 0.5 : 3);
      return svg("rect", {
        class: `bar bar-${end}`, x: LEFT + index * width + width * 0.08, y: from - tall, width: Math.min(width * 0.84, 60), height: tall,
      }, svg("title", null, `${name(bucket.startMs)}: ${whole(bucket.ends[end])} ${t().endsMany[end]}`));
    });
  });
  const ticks = [0, most].map((n) => svg("text", { class: "tick", x: LEFT - 6, y: y(n) + 4, "text-anchor": "end" }, whole(n)));
  const ends = [
    svg("text", { class: "tick", x: LEFT, y: HEIGHT - 6 }, name(first?.startMs ?? 0)),
    buckets.length > 1 && svg("text", { class: "tick", x: WIDTH, y: HEIGHT - 6, "text-anchor": "end" }, name(last?.startMs ?? 0)),
  ];
  return svg("svg", { class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": t().chartDesc(name(first?.startMs ?? 0), name(last?.startMs ?? 0)) },
    patterns(), svg("path", { class: "axis", d: `M${LEFT} ${y(0)}H${WIDTH}M${LEFT} ${y(most)}H${WIDTH}` }), ...bars, ...ticks, ...ends);
}

/** Patterns to tell verdicts by without colour. */
function patterns(): SVGDefsElement {
  const pattern = (end: End, d: string) =>
    svg("pattern", { id: `fill-${end}`, width: 6, height: 6, patternUnits: "userSpaceOnUse" },
      svg("rect", { class: `fill-${end}`, width: 6, height: 6 }), svg("path", { class: "hatch", d }));
  return svg("defs", null,
    pattern("invalid", "M0 0L6 6M0 6L6 0"), pattern("indeterminate", "M0 6L6 0"), pattern("unsigned", "M0 3H6"),
    pattern("malformed", "M3 0V6"), pattern("unreadable", "M0 0L6 6"), pattern("exempt", "M3 3h1v1h-1z"));
}

function legend(present: readonly End[]): HTMLElement {
  return h("ul", { class: "legend" }, ...present.map((end) => h("li", null,
    svg("svg", { width: 16, height: 16, "aria-hidden": "true", focusable: "false" }, svg("rect", { class: `bar bar-${end}`, width: 16, height: 16 })),
    shape(end, 16), t().ends[end])));
}

function table(buckets: readonly Bucket[], present: readonly End[], name: (ms: number) => string, isOpen: boolean): HTMLElement {
  const filled = buckets.filter(({ total }) => total > 0);
  return h("details", { open: isOpen },
    h("summary", null, t().chartTable),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t().chartTable },
      h("table", null,
        h("thead", null, h("tr", null, h("th", { scope: "col" }, t().period), ...present.map((end) => h("th", { scope: "col" }, t().ends[end])))),
        h("tbody", null, ...filled.map((bucket) => h("tr", null,
          h("th", { scope: "row" }, name(bucket.startMs)),
          ...present.map((end) => h("td", { class: "number" }, whole(bucket.ends[end])))))))));
}

function periodName(ms: number, lengthMs: number): string {
  const date = new Date(ms);
  const day = date.toLocaleDateString(language(), { timeZone: "UTC" });
  if (lengthMs >= 24 * 3_600_000) return day;
  return `${day} ${date.toLocaleTimeString(language(), { timeZone: "UTC", timeStyle: lengthMs < 60_000 ? "medium" : "short" })}`;
}
