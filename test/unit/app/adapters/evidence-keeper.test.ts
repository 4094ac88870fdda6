// How evidence files are let go: by age and by number, the oldest first, and none that an open
// incident, an open escalation, a waiting message or a dispute rests on. Real files, outbox, ledger.
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { EvidenceKeeper } from '#app/adapters/evidence-keeper.ts';
import { makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { Outbox } from '#sla/incident/outbox.ts';
import type { Standing } from '#sla/incident/standing.ts';
import { escalationKey } from '#sla/incident/told.ts';
import { openLedger } from '#sla/ledger/ledger.ts';
import type { LedgerBody } from '#sla/ledger/ledger-line.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';

const DAY_MS = 86_400_000;
const NOW = '2026-11-01T00:00:00Z';
const CLOCK = makeClockCell(Date.parse(NOW));
const LIMITS = { ageMaxMs: 400 * DAY_MS, filesMax: 3 };

let folder = '';
let ledger = '';
beforeEach(async () => {
  const root = await temporaryFolder();
  folder = join(root, 'evidence');
  ledger = join(root, 'ledger');
  await mkdir(folder);
  setClockCell(CLOCK, Date.parse(NOW));
});

function instant(ms: number): string {
  return new Date(ms).toISOString();
}

/** A bundle of contract `c` with ten minutes down at noon of the day before. */
async function writeBundle(day: string, service = 'dns'): Promise<string> {
  const atMs = Date.parse(`${day}T00:00:00Z`);
  const noonMs = atMs - DAY_MS / 2;
  const bundle = {
    schema: 1,
    contract: { id: 'c' },
    share: { service },
    window: { from: instant(atMs - 7 * DAY_MS), to: instant(atMs) },
    down: [{ from: instant(noonMs), to: instant(noonMs + 600_000), seconds: 600 }],
  };
  const name = `c-${service}-${day}.json`;
  await writeFile(join(folder, name), JSON.stringify(bundle));
  await utimes(join(folder, name), new Date(atMs), new Date(atMs));
  return name;
}

async function openKeeper(entries: readonly LedgerBody[] = [], standings: Standing[] = []) {
  const clock = openClock({ kind: 'cell', cell: CLOCK });
  const file = join(folder, '..', 'outbox.ndjson');
  const outbox = await Outbox.open(file, silentLog(), clock.nowMs());
  onTestFinished(() => outbox.close());
  const writer = await openLedger(ledger, clock);
  onTestFinished(() => writer.close());
  await writer.append([...entries]);
  const keeper = new EvidenceKeeper({
    folder,
    ledger,
    limits: LIMITS,
    standings: () => standings,
    outbox,
    clock,
    log: silentLog(),
  });
  return {
    outbox,
    writer,
    /** What is left. */
    prune: async () => {
      await keeper.prune();
      return (await readdir(folder)).sort();
    },
  };
}

function claim(from: string, to: string, agreedBy?: string): LedgerBody {
  const agreement = agreedBy === undefined ? {} : { agreedBy };
  const words = { reason: 'r', author: 'us', ...agreement };
  return { kind: 'false-positive', at: NOW, service: 'dns', from, to, ...words };
}

const OLD_NOON = ['2025-08-31T12:00:00Z', '2025-08-31T12:10:00Z'] as const;

describe('evidence files', () => {
  it('go when they are too old, to the second', async () => {
    await writeBundle('2025-09-27');
    const edge = await writeBundle('2025-09-28');
    const { prune } = await openKeeper();
    setClockCell(CLOCK, Date.parse('2025-09-28T00:00:00Z') + LIMITS.ageMaxMs);
    expect(await prune()).toEqual([edge]);
    setClockCell(CLOCK, Date.parse('2025-09-28T00:00:00Z') + LIMITS.ageMaxMs + 1);
    expect(await prune()).toEqual([]);
  });

  it('go when there are too many, the oldest first', async () => {
    const names = [];
    for (const day of ['2026-10-01', '2026-10-02', '2026-10-03', '2026-10-04', '2026-10-05']) {
      names.push(await writeBundle(day));
    }
    const { prune } = await openKeeper();
    expect(await prune()).toEqual(names.slice(2));
  });

  it('stay while a false positive about their down time is disputed, and go when it is agreed', async () => {
    const held = await writeBundle('2025-09-01');
    await writeBundle('2025-09-02');
    const { prune, writer } = await openKeeper([claim(...OLD_NOON)]);
    expect(await prune()).toEqual([held]);
    await writer.append([claim(...OLD_NOON, 'icann')]);
    setClockCell(CLOCK, Date.parse(NOW) + 8 * DAY_MS);
    expect(await prune()).toEqual([]);
  });

  it('stay while a part of the claim is not agreed', async () => {
    const held = await writeBundle('2025-09-01');
    const part = claim(OLD_NOON[0], '2025-08-31T12:09:00Z', 'icann');
    const { prune } = await openKeeper([claim(...OLD_NOON), part]);
    expect(await prune()).toEqual([held]);
  });

  it('are not held by a dispute about other minutes', async () => {
    await writeBundle('2025-09-01');
    const { prune } = await openKeeper([claim(OLD_NOON[1], '2025-08-31T13:00:00Z')]);
    expect(await prune()).toEqual([]);
  });

  it('stay while an incident of their service is open', async () => {
    const held = await writeBundle('2025-09-01');
    await writeBundle('2025-09-01', 'epp');
    const incident = {
      service: 'dns' as const,
      start: '2025-08-31T12:00:00Z',
      end: null,
      downSeconds: 600,
      falsePositive: false,
    };
    const none = { shares: [], backups: undefined };
    const head = { contract: 'c', contractual: true, atMs: 0, ...none };
    const { prune } = await openKeeper([], [{ ...head, incidents: [incident] }]);
    expect(await prune()).toEqual([held]);
  });

  it('stay while their escalation is open, or a message with them waits', async () => {
    const open = await writeBundle('2025-09-01');
    const waiting = await writeBundle('2025-09-01', 'rdds');
    const { prune, outbox } = await openKeeper();
    const since = '2025-09-01T00:00:00Z';
    const share = {
      service: 'rdds' as const,
      percent: 10,
      thresholdSeconds: 86_400,
      downSeconds: 8640,
      ratio: 0.1,
      fallsOut: null,
      belowAt: [],
    };
    const evidence = { file: waiting, sha256: '', size: 1, failures: [] };
    const head = { id: 'n', at: since, contract: 'c', contractual: true };
    const notice = { ...head, kind: 'escalation' as const, share, evidence };
    await outbox.take(
      new Map([[escalationKey('c', 'dns'), { kind: 'escalation', percent: 10, since }]]),
      [{ id: 'm', contact: 'desk', at: since, notices: [notice] }],
    );
    expect(await prune()).toEqual([open, waiting]);
    await outbox.take(new Map([[escalationKey('c', 'dns'), null]]), []);
    await outbox.attempted('m', 'delivered', '', Date.parse(NOW));
    expect(await prune()).toEqual([]);
  });

  it('that are none of ours are left alone', async () => {
    await writeFile(join(folder, 'notes.json'), 'not JSON');
    await utimes(join(folder, 'notes.json'), new Date(0), new Date(0));
    const { prune } = await openKeeper();
    expect(await prune()).toEqual(['notes.json']);
  });
});
