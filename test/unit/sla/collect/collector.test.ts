// From a probe's hand into the ledger: each result once, each cycle once, late ones never scored.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Clock, makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import { type Log, silentLog } from '#base/log.ts';
import { Collector } from '#sla/collect/collector.ts';
import { IntakeJournal } from '#sla/collect/intake-journal.ts';
import { openLedger } from '#sla/ledger/ledger.ts';
import { LedgerAppendError } from '#sla/ledger/ledger-error.ts';
import type { LedgerBody } from '#sla/ledger/ledger-line.ts';
import { readLedger } from '#sla/ledger/ledger-reader.ts';
import type { Event, Measurement, Test } from '#sla/measurement/measurement.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';

const CYCLE = 1_790_812_800;
const WAITING_MAX = 50;
const LENGTHS = new Map([['dns', 60]] as const);

function testOf(seq: number, cycle = CYCLE, probe = 'p01', rttUs = 1000 + seq): Test {
  return {
    kind: 'test',
    seq,
    cycle,
    service: 'dns',
    probe,
    nameserver: 'ns1.example.',
    address: '192.0.2.1',
    transport: 'udp',
    outcome: 'answered',
    rttUs,
  };
}

interface Bench {
  collector: Collector;
  /** Moves the clock to so many seconds after the cycle's start. */
  moveTo: (seconds: number) => void;
  /** What is in the ledger. */
  bodies: () => Promise<LedgerBody[]>;
  /** Makes each append fail, until the returned function is called. */
  breakLedger: () => () => void;
  /** What was logged as a warning. */
  warnings: object[];
  /** As after kill -9: a new collector over the same files. */
  restart: () => Promise<Bench>;
}

async function openBench(folder: string, cell = makeClockCell(CYCLE * 1000)): Promise<Bench> {
  const clock: Clock = openClock({ kind: 'cell', cell });
  const ledger = await openLedger(join(folder, 'ledger'), clock);
  const { journal, held } = await IntakeJournal.open(join(folder, 'intake.ndjson'));
  const warnings: object[] = [];
  const log = { ...silentLog(), warn: (fields: object) => void warnings.push(fields) } as Log;
  const collector = new Collector({
    ledger,
    journal,
    lengths: LENGTHS,
    onAppended: () => undefined,
    onAppendFailed: () => undefined,
    onDecided: () => undefined,
    clock,
    log,
    waitingMax: WAITING_MAX,
  });
  const bodies = async (): Promise<LedgerBody[]> => {
    const all: LedgerBody[] = [];
    for await (const { lines } of readLedger(join(folder, 'ledger'))) {
      all.push(...lines.map(({ body }) => body));
    }
    return all;
  };
  for (const body of await bodies()) collector.recall(body);
  collector.resume(held);
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    await journal.close();
    await ledger.close();
  };
  onTestFinished(close);
  return {
    collector,
    moveTo: (seconds) => setClockCell(cell, (CYCLE + seconds) * 1000),
    bodies,
    breakLedger: () => {
      const append = ledger.append.bind(ledger);
      ledger.append = () => Promise.reject(new LedgerAppendError('ledger', 'no room'));
      return () => {
        ledger.append = append;
      };
    },
    warnings,
    restart: async () => {
      await close();
      return openBench(folder, cell);
    },
  };
}

const bench = async (): Promise<Bench> => openBench(await temporaryFolder());

const topology = (at: string, address: string): Measurement => {
  const nameservers = { 'ns1.example.': [address] };
  return { kind: 'topology', at, tld: 'example.', dnssec: false, nameservers };
};

describe('the collector', () => {
  it('decides a cycle two minutes after its end, once, as one line', async () => {
    const { collector, moveTo, bodies } = await bench();
    moveTo(30);
    await collector.handIn([testOf(1), testOf(2, CYCLE, 'p02')]);
    moveTo(179);
    await collector.step();
    expect(await bodies()).toEqual([]);
    moveTo(180);
    await collector.step();
    await collector.step();
    expect(await bodies()).toEqual([
      {
        kind: 'cycle',
        service: 'dns',
        cycle: CYCLE,
        probes: ['p01', 'p02'],
        targets: [['ns1.example.', '192.0.2.1', 'udp']],
        results: ['1001', '1002'],
      },
    ]);
    expect(collector.pending()).toEqual([]);
  });

  it('takes what is handed in twice once, in one body and in several', async () => {
    const { collector } = await bench();
    const first = await collector.handIn([testOf(1), testOf(1)]);
    expect(first).toEqual({ accepted: 1, repeated: 1, late: 0 });
    expect(await collector.handIn([testOf(1)])).toEqual({ accepted: 0, repeated: 1, late: 0 });
  });

  it('keeps a result of a decided cycle as evidence only', async () => {
    const { collector, moveTo, bodies } = await bench();
    await collector.handIn([testOf(1)]);
    moveTo(200);
    await collector.step();
    expect(await collector.handIn([testOf(2)])).toEqual({ accepted: 1, repeated: 0, late: 1 });
    expect(await collector.handIn([testOf(3, CYCLE - 600)])).toMatchObject({ late: 1 });
    await collector.step();
    expect((await bodies()).map(({ kind }) => kind)).toEqual(['cycle', 'late', 'late']);
  });

  it('loses nothing that it took when it is killed, and counts nothing twice after', async () => {
    const before = await bench();
    await before.collector.handIn([testOf(1), testOf(2, CYCLE + 60)]);
    before.moveTo(185);
    await before.collector.step();
    const after = await before.restart();
    expect(await after.collector.handIn([testOf(1), testOf(2, CYCLE + 60)])).toEqual({
      accepted: 0,
      repeated: 2,
      late: 0,
    });
    after.moveTo(400);
    const last = await after.restart();
    await last.collector.step();
    const cycles = (await last.bodies()).map((body) => ('cycle' in body ? body.cycle : body.kind));
    expect(cycles).toEqual([CYCLE, CYCLE + 60]);
  });

  it('does not score a late result because it was killed before writing it down', async () => {
    const { collector, moveTo, restart } = await bench();
    moveTo(600);
    collector.enter([
      {
        kind: 'monitor-down',
        from: '2026-10-01T00:00:00.000Z',
        to: new Date((CYCLE + 300) * 1000).toISOString(),
      },
    ]);
    await collector.step();
    expect(await collector.handIn([testOf(1)])).toMatchObject({ late: 1 });
    const after = await restart();
    await after.collector.step();
    expect((await after.bodies()).map(({ kind }) => kind)).toEqual(['monitor-down', 'late']);
  });

  it('holds in its journal only what is not in the ledger yet', async () => {
    const folder = await temporaryFolder();
    const { collector, moveTo } = await openBench(folder);
    await collector.handIn([testOf(1), testOf(2, CYCLE + 60)]);
    moveTo(185);
    await collector.step();
    const lines = (await readFile(join(folder, 'intake.ndjson'), 'utf8')).trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as Test).seq)).toEqual([2]);
  });

  it('cuts off what was being written when it was killed', async () => {
    const folder = await temporaryFolder();
    const line = JSON.stringify(testOf(1));
    await writeFile(join(folder, 'intake.ndjson'), `${line}\n${line.slice(0, 20)}`);
    const { collector } = await openBench(folder);
    expect(collector.pending().map(({ tests }) => tests.length)).toEqual([1]);
  });

  it('enters a topology when it differs from the last one only', async () => {
    const { moveTo, collector, bodies } = await bench();
    moveTo(300);
    for (const [at, address] of [
      ['2026-10-01T00:00:00Z', '192.0.2.1'],
      ['2026-10-01T00:01:00Z', '192.0.2.1'],
      ['2026-10-01T00:02:00Z', '192.0.2.2'],
    ] as const) {
      await collector.handIn([topology(at, address)]);
      await collector.step();
    }
    expect(await bodies()).toHaveLength(2);
  });

  it('repeats what goes on to hold in each day’s file, once a day', async () => {
    const { collector, moveTo, bodies } = await bench();
    const at = '2026-10-01T00:00:00Z';
    const servers = topology(at, '192.0.2.1');
    const notice: Event = {
      kind: 'notice',
      type: 'planned',
      audience: ['customers'],
      at,
      from: '2026-10-02T10:00:00Z',
      to: '2026-10-02T11:00:00Z',
      services: ['dns'],
    };
    await collector.handIn([servers]);
    collector.enter([notice]);
    await collector.step();
    for (const day of [1, 2]) {
      for (const more of [0, 60]) {
        moveTo(day * 86_400 + more);
        await collector.handIn([testOf(day * 100 + more, CYCLE + day * 86_400)]);
        moveTo(day * 86_400 + 300 + more);
        await collector.step();
      }
    }
    const after = await bodies();
    expect(after.filter(({ kind }) => kind === 'topology')).toEqual([servers, servers, servers]);
    expect(after.filter(({ kind }) => kind === 'notice')).toEqual([notice, notice]);
  });

  it('takes both of two results under one number, and counts the less favourable', async () => {
    for (const order of [0, 1]) {
      const { collector, moveTo, bodies } = await bench();
      const failed: Test = { ...testOf(1), outcome: 'unanswered', rttUs: undefined };
      const both = order === 0 ? [testOf(1), failed] : [failed, testOf(1)];
      expect(await collector.handIn(both)).toMatchObject({ accepted: 2 });
      moveTo(180);
      await collector.step();
      expect((await bodies())[0]).toMatchObject({ kind: 'cycle', results: ['!'] });
    }
  });

  it('says which result it did not count, once', async () => {
    const { collector, moveTo, warnings } = await bench();
    await collector.handIn([testOf(2), testOf(1)]);
    moveTo(180);
    await collector.step();
    await collector.step();
    expect(warnings).toMatchObject([{ test: { seq: 2 } }]);
  });

  it('lets a server’s events go only when the ledger has them', async () => {
    const { collector, breakLedger, bodies } = await bench();
    const at = '2026-10-01T00:00:00Z';
    const begun: Event = { kind: 'update-begun', change: 'c-1', confirmedAt: at, begunAt: at };
    const repair = breakLedger();
    await expect(collector.enterDurably([begun])).rejects.toMatchObject({ code: 'INTAKE_FAILED' });
    repair();
    await collector.enterDurably([begun]);
    expect(await bodies()).toEqual([begun]);
  });

  it('takes no more when too much waits for a ledger that cannot be written', async () => {
    const { collector, breakLedger } = await bench();
    const repair = breakLedger();
    const at = new Date(CYCLE * 1000).toISOString();
    collector.enter(
      Array.from({ length: WAITING_MAX }, (_each, lagMs) => ({ kind: 'replica-lag', at, lagMs })),
    );
    const hand = async (): Promise<unknown> => collector.handIn([testOf(1)]);
    await expect(hand()).rejects.toMatchObject({ code: 'INTAKE_FAILED' });
    repair();
    await collector.step();
    expect(await hand()).toMatchObject({ accepted: 1 });
  });

  it.each<[string, Measurement]>([
    [
      'a correction',
      {
        kind: 'false-positive',
        at: '2026-10-01T00:00:00Z',
        service: 'dns',
        from: '2026-10-01T00:00:00Z',
        to: '2026-10-01T01:00:00Z',
        reason: 'no',
        author: 'p01',
      },
    ],
    ['a cycle that is none', testOf(1, CYCLE + 1)],
    ['a cycle of tomorrow', testOf(1, CYCLE + 86_400)],
    [
      'an update seen in ten years',
      {
        kind: 'update',
        change: 'c-1',
        service: 'dns',
        probe: 'p01',
        address: '192.0.2.1',
        confirmedAt: '2026-10-01T00:00:00Z',
        observedAt: '2036-10-01T00:00:00Z',
      },
    ],
    [
      'the name servers of tomorrow',
      {
        kind: 'topology',
        at: '2026-10-02T00:00:00Z',
        tld: 'example.',
        dnssec: false,
        nameservers: { 'ns1.example.': ['192.0.2.1'] },
      },
    ],
  ])('refuses %s, and nothing of its body is taken', async (_what, measurement) => {
    const { collector } = await bench();
    const hand = async (): Promise<unknown> => collector.handIn([testOf(9), measurement]);
    await expect(hand()).rejects.toMatchObject({ code: 'MEASUREMENT_INVALID' });
    expect(collector.pending()).toEqual([]);
  });
});
