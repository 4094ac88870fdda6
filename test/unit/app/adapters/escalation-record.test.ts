// What the ledger says of escalations, against a real outbox: each change once, whatever was lost
// between the outbox and the ledger by a crash.
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EscalationRecord } from '#app/adapters/escalation-record.ts';
import { silentLog } from '#base/log.ts';
import type { NoticeOf } from '#sla/incident/notice.ts';
import { Outbox } from '#sla/incident/outbox.ts';
import type { Standing } from '#sla/incident/standing.ts';
import { escalationKey } from '#sla/incident/told.ts';
import type { EscalationEntry } from '#sla/ledger/ledger-line.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';

const AT = '2026-10-05T10:00:00Z';
const NOW_MS = Date.parse(AT);
const KEY = escalationKey('c', 'dns');

function standing(percent: number, heldUntil?: string): Standing {
  const suspendedBy =
    heldUntil === undefined
      ? undefined
      : {
          kind: 'notice' as const,
          type: 'outage' as const,
          audience: ['icann' as const],
          at: AT,
          from: AT,
          to: heldUntil,
          services: ['dns' as const],
        };
  const share = {
    service: 'dns' as const,
    percent,
    thresholdSeconds: 14_400,
    downSeconds: 1500,
    ratio: percent / 100,
    fallsOut: null,
    belowAt: [],
    suspendedBy,
  };
  const head = { contract: 'c', contractual: true, atMs: NOW_MS };
  return { ...head, incidents: [], shares: [share], backups: undefined };
}

function escalation(percent: number): NoticeOf<'escalation'> {
  const [{ suspendedBy: _held, ...share }] = standing(percent).shares as [
    Standing['shares'][number],
  ];
  const evidence = { file: 'c-dns-1.json', sha256: 'f'.repeat(64), size: 1, failures: [] };
  return {
    id: `n-${percent}`,
    at: AT,
    contract: 'c',
    contractual: true,
    kind: 'escalation',
    share,
    evidence,
  };
}

async function openOutbox(): Promise<Outbox> {
  const file = join(await temporaryFolder(), 'outbox.ndjson');
  const outbox = await Outbox.open(file, silentLog(), NOW_MS);
  onTestFinished(() => outbox.close());
  return outbox;
}

/** Puts a level into the outbox as a review does, with a message that tells of it. */
async function tell(outbox: Outbox, percent: number): Promise<NoticeOf<'escalation'>> {
  const notice = escalation(percent);
  const matter = percent === 0 ? null : { kind: 'escalation' as const, percent, since: AT };
  const message = { id: `m-${percent}`, contact: 'desk', at: AT, notices: [notice] };
  await outbox.take(new Map([[KEY, matter]]), percent === 0 ? [] : [message]);
  return notice;
}

function texts(entries: readonly EscalationEntry[]): string[] {
  return entries.map(({ event, percent }) => `${event} ${percent}`);
}

describe('the record of escalations', () => {
  it('has every level once, with the notice and its evidence, and the end', async () => {
    const outbox = await openOutbox();
    const record = new EscalationRecord();
    const due = (percent: number) => record.due([standing(percent)], outbox, [], NOW_MS);
    expect(due(0)).toEqual([]);
    await tell(outbox, 10);
    expect(due(10)).toEqual([
      {
        kind: 'escalation',
        at: AT,
        contract: 'c',
        service: 'dns',
        event: 'reached',
        percent: 10,
        notice: 'n-10',
        downSeconds: 1500,
        evidence: { file: 'c-dns-1.json', sha256: 'f'.repeat(64) },
      },
    ]);
    expect(due(10)).toEqual([]);
    for (const [percent, event] of [
      [25, 'reached'],
      [50, 'reached'],
      [75, 'reached'],
      [100, 'reached'],
      [25, 'lowered'],
      [50, 'reached'],
      [0, 'ended'],
    ] as const) {
      await tell(outbox, percent);
      expect(texts(due(percent))).toEqual([`${event} ${percent}`]);
      expect(due(percent)).toEqual([]);
    }
  });

  it('says what is held back and until when, and the level once it is not', async () => {
    const outbox = await openOutbox();
    const record = new EscalationRecord();
    const held = (percent: number, until: string) =>
      record.due([standing(percent, until)], outbox, [], NOW_MS);
    const until = '2026-10-05T11:00:00Z';
    expect(held(10, until)).toMatchObject([{ event: 'suspended', percent: 10, until }]);
    expect(held(10, until)).toEqual([]);
    expect(texts(held(25, until))).toEqual(['suspended 25']);
    const later = '2026-10-05T12:00:00Z';
    expect(held(25, later)).toMatchObject([{ event: 'suspended', until: later }]);
    await tell(outbox, 25);
    expect(texts(record.due([standing(25)], outbox, [], NOW_MS))).toEqual(['reached 25']);
  });

  it('says of each message once whether it came to its contact', async () => {
    const outbox = await openOutbox();
    const record = new EscalationRecord();
    await tell(outbox, 10);
    await tell(outbox, 25);
    await outbox.attempted('m-10', 'delivered', '', NOW_MS);
    await outbox.attempted('m-25', 'dead', 'refused', NOW_MS);
    const due = () => record.due([standing(25)], outbox, [], NOW_MS);
    const deliveries = due().filter(({ message }) => message !== undefined);
    expect(deliveries).toMatchObject([
      { event: 'given-up', message: 'm-25', contact: 'desk', notice: 'n-25' },
      { event: 'delivered', message: 'm-10', contact: 'desk', notice: 'n-10' },
    ]);
    expect(due()).toEqual([]);
  });

  it('after a crash says what the ledger lacks, and only that', async () => {
    const outbox = await openOutbox();
    const first = new EscalationRecord();
    await tell(outbox, 10);
    const [reached] = first.due([standing(10)], outbox, [], NOW_MS);
    await outbox.attempted('m-10', 'delivered', '', NOW_MS);
    const whole = new EscalationRecord();
    expect(texts(whole.due([standing(10)], outbox, [], NOW_MS))).toEqual([
      'reached 10',
      'delivered 10',
    ]);
    const part = new EscalationRecord();
    if (reached !== undefined) part.add(reached);
    expect(texts(part.due([standing(10)], outbox, [], NOW_MS))).toEqual(['delivered 10']);
  });
});
