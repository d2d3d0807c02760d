// Wires the page: starts the engine, then every view over it.

import { App } from "./app.ts";
import { startEngine } from "./engine/start.ts";
import { t } from "./i18n/index.ts";
import { byId, h, plain, put } from "./view/dom.ts";
import { showChart } from "./view/chart.ts";
import { Detail } from "./view/detail.ts";
import { showInputs, takeDrops } from "./view/inputs.ts";
import { showProgress } from "./view/progress.ts";
import { showReport } from "./view/report.ts";
import { showRules } from "./view/rules.ts";
import { showPrivacy, showShell } from "./view/shell.ts";
import { showSummary } from "./view/summary.ts";
import { Selection } from "./view/selection.ts";
import { showTable } from "./view/table.ts";
import { showTrust } from "./view/trust.ts";

const relanguage = showShell();

try {
  const app = new App(await startEngine());
  relanguage(() => app.tell("language"));
  const selection = new Selection(app);
  const detail = new Detail(app, selection);
  showPrivacy(app);
  showTrust(app);
  showInputs(app);
  takeDrops(app);
  showRules(app);
  showProgress(app);
  showSummary(app, selection);
  showChart(app);
  showTable(app, selection, (index) => detail.open(index));
  showReport(app);
  await app.engine.pool.ready();
  byId("starting").hidden = true;
  document.documentElement.dataset["ready"] = "true";
  performance.mark("ready");
} catch (thrown) {
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  put(byId("starting"), h("h2", null, t().startFailed), h("p", null, t().startFailedHelp), h("p", { class: "mono" }, plain(why)));
}
