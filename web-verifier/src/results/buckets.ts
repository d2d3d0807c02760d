// Verdicts over time: rows sorted into equal periods of a length that people use.

import { ENDS, type End, type Entry, timeOf } from "./rows.ts";

export interface Bucket {
  startMs: number;
  ends: Record<End, number>;
  total: number;
}

export interface Buckets {
  buckets: Bucket[];
  lengthMs: number;
  undated: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Lengths of a period, from a second to a year. */
const LENGTHS = [
  1_000, 10_000, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, DAY, 7 * DAY, 30 * DAY, 91 * DAY, 365 * DAY,
];
const BUCKETS_MAX = 48;
/** Times beyond these are not those of Pix messages, and would leave the rest in one column. */
const EARLIEST_MS = Date.UTC(2000, 0, 1);
const LATEST_MS = Date.UTC(2100, 0, 1);

export function bucketsOf(entries: readonly Entry[]): Buckets {
  const times = entries.map((entry) => {
    const ms = Date.parse(timeOf(entry) ?? "");
    return ms >= EARLIEST_MS && ms < LATEST_MS ? ms : null;
  });
  let [first, last, undated] = [Infinity, -Infinity, 0];
  for (const ms of times) {
    if (ms === null) undated += 1;
    else [first, last] = [Math.min(first, ms), Math.max(last, ms)];
  }
  if (first > last) return { buckets: [], lengthMs: DAY, undated };
  const lengthMs = LENGTHS.find((length) => Math.floor(last / length) - Math.floor(first / length) < BUCKETS_MAX) ?? 3_650 * DAY;
  const start = Math.floor(first / lengthMs) * lengthMs;
  const count = Math.floor((last - start) / lengthMs) + 1;
  const buckets = Array.from({ length: count }, (_, index): Bucket => ({
    startMs: start + index * lengthMs,
    ends: Object.fromEntries(ENDS.map((end) => [end, 0])) as Record<End, number>,
    total: 0,
  }));
  for (const [index, ms] of times.entries()) {
    const bucket = ms === null ? undefined : buckets[Math.floor((ms - start) / lengthMs)];
    const entry = entries[index];
    if (bucket === undefined || entry === undefined) continue;
    bucket.ends[entry.end] += 1;
    bucket.total += 1;
  }
  return { buckets, lengthMs, undated };
}
