import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '#access/audit-log.ts';
import { UpdateReports } from '#app/adapters/update-reports.ts';
import { makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import type { UpdateReport } from '#dns/transfer/update/update-door.ts';
import { UpdateError } from '#dns/transfer/update/update-error.ts';

const START_MS = 1_000_000;
const DONE: UpdateReport = {
  atMs: START_MS,
  key: 'acme.',
  address: '192.0.2.9',
  transport: 'udp',
  zone: 'Example.com.',
  id: 7,
  rcode: 'NOERROR',
  error: undefined,
  outcome: { receipt: 'r-1', oldSerial: 1, newSerial: 2, changed: true },
};
const REFUSED: UpdateReport = {
  ...DONE,
  key: undefined,
  rcode: 'REFUSED',
  error: new UpdateError('UPDATE_REFUSED', 5, 'because'),
  outcome: undefined,
};

function openReports() {
  const lines: Record<string, unknown>[] = [];
  const entries: AuditEntry[] = [];
  const rcodes: string[] = [];
  const cell = makeClockCell(START_MS);
  const write = (line: string): void => {
    lines.push(JSON.parse(line) as Record<string, unknown>);
  };
  const reports = new UpdateReports({
    audit: { append: (entry) => entries.push(entry) },
    metrics: { updateAnswered: (rcode) => rcodes.push(rcode) },
    clock: openClock({ kind: 'cell', cell }),
    log: pino({ base: null }, { write }),
  });
  return { reports, lines, entries, rcodes, cell };
}

describe('an update', () => {
  it('that was made is a line, an audit entry and a count', () => {
    const { reports, lines, entries, rcodes } = openReports();
    reports.tell(DONE);
    expect(lines).toMatchObject([{ level: 30, key: 'acme.', newSerial: 2, msg: 'updated' }]);
    expect(entries).toMatchObject([
      {
        actor: 'key:acme.',
        door: 'update',
        zone: 'example.com.',
        outcome: 'done',
        receipt: 'r-1',
        requestId: '7',
      },
    ]);
    expect(rcodes).toEqual(['NOERROR']);
  });

  it('that was refused or failed says why', () => {
    const { reports, lines, entries } = openReports();
    reports.tell(REFUSED);
    const error = new UpdateError('UPDATE_FAILED', 2, 'the disk');
    reports.tell({ ...REFUSED, key: 'acme.', rcode: 'SERVFAIL', error });
    expect(lines).toMatchObject([
      { level: 40, code: 'UPDATE_REFUSED', reason: 'because' },
      { level: 50, code: 'UPDATE_FAILED', reason: 'the disk' },
    ]);
    reports.tell({ ...REFUSED, key: 'acme.' });
    expect(entries).toMatchObject([
      { actor: 'key:acme.', outcome: 'failed', status: 'SERVFAIL' },
      { actor: 'key:acme.', outcome: 'refused', status: 'REFUSED', detail: 'because' },
    ]);
  });
});

describe('a flood of unsigned updates', () => {
  it('does not fill the log, pushes nothing out of the audit log, and is counted', () => {
    const { reports, lines, entries, rcodes, cell } = openReports();
    for (let index = 0; index < 5000; index++) reports.tell(REFUSED);
    expect([lines.length, entries.length, rcodes.length]).toEqual([100, 0, 5000]);
    setClockCell(cell, START_MS + 1000);
    reports.tell(REFUSED);
    expect(lines.at(-1)).toMatchObject({ untold: 4900 });
    expect(lines).toHaveLength(101);
  });

  it('hides no update of a key', () => {
    const { reports, lines } = openReports();
    for (let index = 0; index < 200; index++) reports.tell(REFUSED);
    reports.tell({ ...REFUSED, key: 'acme.' });
    expect(lines.at(-1)).toMatchObject({ key: 'acme.', untold: 100 });
  });
});
