// The shapes of the verdicts: each can be told from the others without colour and without its word.

import type { End } from "../results/rows.ts";
import { svg } from "./dom.ts";

/** Outline of the shape, and the mark in it, on a field of 24 by 24. */
const SHAPES: Record<End, [outline: string, mark: string]> = {
  valid: ["M12 1.5a10.5 10.5 0 1 1 0 21a10.5 10.5 0 1 1 0-21z", "M6.8 12.4l3.5 3.5l7-7.6"],
  invalid: ["M7.8 1.8h8.4l6 6v8.4l-6 6H7.8l-6-6V7.8z", "M8 8l8 8M16 8l-8 8"],
  indeterminate: ["M12 .8L23.2 12L12 23.2L.8 12z", "M9.4 9.6a2.7 2.7 0 1 1 4.1 2.3c-1 .6-1.5 1.2-1.5 2.3M12 17.2v.1"],
  unsigned: ["M2.5 2.5h19v19h-19z", "M7.5 12h9"],
  malformed: ["M12 1.6L23 21.8H1z", "M12 8.6v6.2M12 18.2v.1"],
  unreadable: ["M4.5 1.8h10l5 5v15.4h-15z", "M8.5 17L15.5 10M8.5 10l7 7"],
  exempt: ["M12 3.5a8.5 8.5 0 1 1 0 17a8.5 8.5 0 1 1 0-17z", "M9 12h6"],
};

/** The shape of an end; it says nothing to those who cannot see it, since the word stands beside it. */
export function shape(end: End, size = 20): SVGSVGElement {
  const [outline, mark] = SHAPES[end];
  return svg(
    "svg",
    { class: `shape shape-${end}`, viewBox: "0 0 24 24", width: size, height: size, "aria-hidden": "true", focusable: "false" },
    svg("path", { class: "outline", d: outline }),
    svg("path", { class: "mark", d: mark }),
  );
}

/** Small signs for steps: held, failed, not reached. */
export function step(outcome: "passed" | "failed" | "not-reached"): SVGSVGElement {
  return shape(outcome === "passed" ? "valid" : outcome === "failed" ? "invalid" : "exempt", 22);
}
