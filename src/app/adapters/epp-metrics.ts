/** The figures of the EPP server for Prometheus (docs/reference/metrics.md). */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { EppMetrics, EppRefusal } from '#registry/epp/epp-metrics.ts';

/** Seconds; the contract's limits of session, query and transform commands are among them. */
const COMMAND_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 5, 8, 10, 20, 40];

export class PrometheusEppMetrics implements EppMetrics {
  readonly #seconds: Histogram<'command'>;
  readonly #results: Counter<'command' | 'result'>;
  readonly #refusals: Counter<'reason'>;
  readonly #sessions: Gauge<'state'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#seconds = new Histogram({
      name: 'holdfast_epp_command_seconds',
      help: 'Time from the last octet of an EPP command to its answer.',
      labelNames: ['command'],
      buckets: COMMAND_BUCKETS,
      registers,
    });
    this.#results = new Counter({
      name: 'holdfast_epp_results_total',
      help: 'Answers to EPP commands by command and result code.',
      labelNames: ['command', 'result'],
      registers,
    });
    this.#refusals = new Counter({
      name: 'holdfast_epp_refusals_total',
      help: 'EPP connections that were not let in, or ended, by reason.',
      labelNames: ['reason'],
      registers,
    });
    this.#sessions = new Gauge({
      name: 'holdfast_epp_sessions',
      help: 'Open EPP connections, and how many of them are logged in.',
      labelNames: ['state'],
      registers,
    });
    this.sessions(0, 0);
  }

  answered(command: string, result: number, seconds: number): void {
    this.#seconds.observe({ command }, seconds);
    this.#results.inc({ command, result });
  }

  refused(reason: EppRefusal): void {
    this.#refusals.inc({ reason });
  }

  sessions(open: number, loggedIn: number): void {
    this.#sessions.set({ state: 'open' }, open);
    this.#sessions.set({ state: 'logged-in' }, loggedIn);
  }
}
