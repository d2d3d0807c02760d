// Why something could not be read, and what to do, in the language in use.

import { language, t } from "../i18n/index.ts";
import type { Entry } from "./rows.ts";

export function faultText({ fault }: Pick<Entry, "fault">): string {
  if (fault === null) return "";
  if (fault.words !== null) return fault.words[language()].message ?? t().faults[fault.code];
  return fault.detail === "" ? t().faults[fault.code] : `${t().faults[fault.code]}: ${fault.detail}`;
}

export function faultHelp({ fault }: Pick<Entry, "fault">): string {
  const helps: Readonly<Record<string, string>> = t().faultHelps;
  return fault?.words?.[language()].help ?? helps[fault?.code ?? ""] ?? t().faultHelp;
}
