// What can keep bytes from being read.

import type { FaultCode } from "../engine/protocol.ts";

export class Fault extends Error {
  readonly code: FaultCode;

  constructor(code: FaultCode, detail = "") {
    super(detail);
    this.name = "Fault";
    this.code = code;
  }

  /** What was thrown, as a fault: the browser's own refusals have no code of ours. */
  static of(thrown: unknown, code: FaultCode = "unreadable"): Fault {
    if (thrown instanceof Fault) return thrown;
    return new Fault(code, thrown instanceof Error ? thrown.message : String(thrown));
  }
}
