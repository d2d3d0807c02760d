// What every form of the report says of how it came about.

import type { App, Run } from "../app.ts";

export interface InputFact {
  file: string;
  bytes: number;
  sha256: string | null;
}

export interface ReportFacts {
  tool: { name: string; version: string };
  at: string;
  profile: string;
  generated: string;
  partial: boolean;
  inputs: InputFact[];
  trust: { role: string; subject: string; issuer: string; serial: string; not_before: string; not_after: string; sha256: string }[];
  page: { wasm_sha256: string; policy: string };
}

/** RFC 3339 without fractions, as the command writes it. */
export function instantText(unixS: number): string {
  return new Date(unixS * 1000).toISOString().replace(".000Z", "Z");
}

export function factsOf(app: App, run: Run, policy: string): ReportFacts {
  const { results } = app;
  // A file that holds one message has its hash in that message's row.
  const ofRows = new Map(results.entries.filter(({ place }) => place.steps.length === 0).map(({ place, row }) => [place.source, row?.sha256 ?? null]));
  return {
    tool: { name: "lacre", version: __VERSION__ },
    at: run.at === "message" ? "message" : instantText(run.at),
    profile: run.profile,
    generated: instantText(Math.floor(Date.now() / 1000)),
    partial: run.end !== "done",
    inputs: app.inputs.map(({ file, name }, source) => ({ file: name, bytes: file.size, sha256: run.sha256.get(source) ?? ofRows.get(source) ?? null })),
    trust: app.certificates.map(({ role, row }) => ({
      role, subject: row.subject, issuer: row.issuer, serial: row.serial, not_before: row.not_before, not_after: row.not_after, sha256: row.sha256,
    })),
    page: { wasm_sha256: app.engine.wasmSha256, policy },
  };
}
