// What every form of the report says of how it came about.

import type { App, Run } from "../app.ts";
import type { ListRow, Side, TrustFault, TrustTold } from "../engine/protocol.ts";
import { language } from "../i18n/index.ts";

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
  /** Of loose messages, and of records. */
  revocation: TrustTold["revocation"];
  trust: { file: string; role: Side; subject: string; issuer: string; serial: string; not_before: string; not_after: string; sha256: string }[];
  revocation_lists: ListRow[];
  /** What stands in files of certificates and lists and was not used. */
  trust_passed_over: TrustFault[];
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
  const told = run.trust.rows[language()];
  // The core knows files by their number.
  const named = <T extends { file: string }>(row: T): T => ({ ...row, file: app.trust.files[Number(row.file)]?.name ?? row.file });
  return {
    tool: { name: "lacre", version: __VERSION__ },
    at: run.at === "message" ? "message" : instantText(run.at),
    profile: run.profile,
    generated: instantText(Math.floor(Date.now() / 1000)),
    partial: run.end !== "done",
    inputs: app.inputs.map(({ file, name }, source) => ({ file: name, bytes: file.size, sha256: run.sha256.get(source) ?? ofRows.get(source) ?? null })),
    revocation: run.trust.revocation,
    trust: app.trust.certificates.map(({ file, row }) => ({
      file: file.name, role: file.side, subject: row.subject, issuer: row.issuer, serial: row.serial, not_before: row.not_before, not_after: row.not_after, sha256: row.sha256,
    })),
    revocation_lists: told.lists.map(named),
    trust_passed_over: [...told.refused_lists, ...told.passed_over].map(named),
    page: { wasm_sha256: app.engine.wasmSha256, policy },
  };
}
