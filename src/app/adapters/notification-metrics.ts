/** What became of messages, and which escalations are open, for Prometheus. */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Outbox, Outcome } from '#sla/incident/outbox.ts';

const OUTCOMES: readonly Outcome[] = ['delivered', 'failed', 'dead'];

export interface NotificationMetricsOptions {
  registry: Registry;
  outbox: Outbox;
  /** Names of the contacts; their counters begin at 0. */
  contacts: readonly string[];
}

/** Gives what is to be told of each try. */
export function countNotifications({
  registry,
  outbox,
  contacts,
}: NotificationMetricsOptions): (contact: string, outcome: Outcome) => void {
  const registers = [registry];
  const tries = new Counter({
    name: 'sla_notifications_total',
    help: 'Tries to deliver a message to a contact, by what became of them.',
    labelNames: ['contact', 'outcome'],
    registers,
  });
  for (const gauge of outboxGauges(outbox, contacts)) registry.registerMetric(gauge);
  for (const contact of contacts) {
    for (const outcome of OUTCOMES) tries.inc({ contact, outcome }, 0);
  }
  return (contact, outcome) => tries.inc({ contact, outcome });
}

function outboxGauges(outbox: Outbox, contacts: readonly string[]): Gauge[] {
  const waiting = new Gauge({
    name: 'sla_notifications_waiting',
    help: 'Messages that a contact does not have yet.',
    labelNames: ['contact'],
    registers: [],
    collect() {
      this.reset();
      for (const contact of contacts) this.set({ contact }, 0);
      for (const { message } of outbox.waiting()) this.inc({ contact: message.contact });
    },
  });
  const escalations = new Gauge({
    name: 'sla_escalation_ratio',
    help: 'Highest level that was escalated, as a share of the threshold; absent below the lowest.',
    labelNames: ['contract', 'service'],
    registers: [],
    collect() {
      this.reset();
      for (const [key, matter] of outbox.told) {
        if (matter.kind !== 'escalation') continue;
        const [, contract = '', service = ''] = key.split(' ');
        this.set({ contract, service }, matter.percent / 100);
      }
    },
  });
  return [waiting, escalations] as Gauge[];
}
