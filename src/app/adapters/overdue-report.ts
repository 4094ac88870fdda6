/** The alarm for the other side's monthly report, for Prometheus. */
import { Gauge } from 'prom-client';
import type { ReportPorts } from '#http/site/report-ports.ts';
import type { LoadedContract } from '#sla/contract/contract-file.ts';

/** The alarm of the contract's `withinDays`: 0 while the report is here, or not yet due. */
export function overdueGauge(contracts: readonly LoadedContract[], ports: ReportPorts): Gauge {
  const expecting = contracts
    .filter(({ contract }) => contract.reports.some(({ report }) => report === 'counterparty'))
    .map(({ contract }) => contract.id);
  return new Gauge({
    name: 'sla_counterparty_report_overdue',
    help: "1 while the other side's report of last month is overdue.",
    labelNames: ['contract'],
    registers: [],
    collect() {
      this.reset();
      for (const contract of expecting) this.set({ contract }, 0);
      for (const { contract, isOverdue } of ports.expected()) {
        this.set({ contract }, Number(isOverdue));
      }
    },
  });
}
