// Reports: what they say is what the score says, each replaces the last by its digest, and nobody
// can round, forge or script them.
import { hash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LoadedContract } from '#sla/contract/contract-file.ts';
import type { Event, Measurement } from '#sla/measurement/measurement.ts';
import { buildReport, sectionPeriods } from '#sla/report/build-report.ts';
import { REPORT_CONTENT_POLICY } from '#sla/report/document-page.ts';
import { dueReports } from '#sla/report/due-reports.ts';
import { judgePeriods } from '#sla/report/judge-periods.ts';
import { percentText } from '#sla/report/percent.ts';
import { monthsOf, type Period, parsePeriod, periodAt } from '#sla/report/period.ts';
import type { Report } from '#sla/report/report.ts';
import { ReportArchive, renderReport } from '#sla/report/report-archive.ts';
import { reportTransactions } from '#sla/report/transactions.ts';
import { scoreMonth } from '#sla/score/scorer.ts';
import { dnsSpan, dnsStory, shippedContract, topologyOf } from '../../../kit/sla-evidence.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';

const REGISTRY: LoadedContract = {
  contract: shippedContract('registry'),
  file: 'registry.yaml',
  digest: 'd'.repeat(64),
};
const OCTOBER = parsePeriod('2026-10') as Period;
const DAY_MS = 86_400_000;

/** A day of October that is fully measured, with one minute down. */
const STORY: Measurement[] = [
  topologyOf(2, '2026-09-01T00:00:00Z'),
  ...dnsSpan('2026-10-05T00:00:00Z', '2026-10-06T00:00:00Z', [
    ['2026-10-05T10:00:00Z', '2026-10-05T10:01:00Z'],
  ]),
];

async function reportOf(
  period: Period,
  more: readonly Measurement[] = [],
  changes: Partial<Parameters<typeof buildReport>[0]> = {},
): Promise<Report> {
  const evidence = [...STORY, ...more];
  const { scores, entries } = await judgePeriods(
    REGISTRY.contract,
    sectionPeriods(period),
    async function* () {
      yield* evidence;
    },
    () => undefined,
  );
  return buildReport({
    contract: REGISTRY,
    period,
    status: 'final',
    version: 1,
    supersedes: null,
    reason: '',
    madeAtMs: Date.parse('2026-11-01T00:20:00Z'),
    scores,
    entries,
    evidence: { kind: 'ledger', head: 'h', days: [] },
    ...changes,
  });
}

function claim(reason: string, agreedBy?: string): Event {
  return {
    kind: 'false-positive',
    at: '2026-11-03T00:00:00Z',
    service: 'dns',
    from: '2026-10-05T10:00:00Z',
    to: '2026-10-05T10:01:00Z',
    reason,
    author: 'us',
    ...(agreedBy === undefined ? {} : { agreedBy }),
  };
}

describe('a period', () => {
  it.each([
    ['2026-W01', '2025-12-29', '2026-01-05'],
    ['2020-W53', '2020-12-28', '2021-01-04'],
    ['2026-02', '2026-02-01', '2026-03-01'],
    ['2026-Q4', '2026-10-01', '2027-01-01'],
    ['2026', '2026-01-01', '2027-01-01'],
  ])('%s is from %s to %s, exclusive', (name, from, to) => {
    const period = parsePeriod(name);
    expect(period?.name).toBe(name);
    expect(new Date(period?.startMs ?? 0).toISOString().slice(0, 10)).toBe(from);
    expect(new Date(period?.endMs ?? 0).toISOString().slice(0, 10)).toBe(to);
  });

  it.each(['2025-W53', '2026-W00', '2026-13', '2026-Q5', '26', '2026-1'])('is not %s', (text) => {
    expect(parsePeriod(text)).toBeUndefined();
  });

  it('holds the instant that it was found by, is found by its name, and is made of its months', () => {
    const anyKind = fc.constantFrom('week', 'month', 'quarter', 'year' as const);
    fc.assert(
      fc.property(anyKind, fc.integer({ min: 0, max: 4e12 }), (kind, ms) => {
        const period = periodAt(kind, ms);
        expect(ms >= period.startMs && ms < period.endMs).toBe(true);
        expect(parsePeriod(period.name)).toEqual(period);
        const months = monthsOf(period);
        expect(months[0]?.startMs).toBeLessThanOrEqual(period.startMs);
        expect(months.at(-1)?.endMs).toBeGreaterThanOrEqual(period.endMs);
      }),
    );
  });
});

describe('a percentage', () => {
  it('is cut and never rounded: a share below a limit is shown below it', () => {
    expect(percentText(9_499_988, 10_000_000)).toBe('94.99988');
    expect(percentText(999_999_999, 1_000_000_000)).toBe('99.99999');
    expect(percentText(1, 1)).toBe('100.00000');
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 40 }), fc.nat(2 ** 40), (whole, down) => {
        fc.pre(down <= whole && BigInt(down) * 100_000n > BigInt(whole));
        expect(Number(percentText(whole - down, whole))).toBeLessThan(99.999);
      }),
    );
  });
});

describe('a report', () => {
  it('of a month says what the score says, with the availability in percent', async () => {
    const report = await reportOf(OCTOBER);
    const score = scoreMonth(REGISTRY.contract, OCTOBER, STORY);
    const [section] = report.sections;
    const figures = section?.figures.map(({ availabilityPercent: _percent, ...figure }) => figure);
    expect(figures).toEqual(score.parameters);
    expect(report.paragraph).toBe('3.17');
    expect(section?.figures[0]).toMatchObject({
      verdict: 'breached',
      availabilityPercent: { min: '3.22356', max: '99.99775' },
    });
    expect(report.breaches).toEqual([
      expect.objectContaining({ month: '2026-10', parameter: 'dns-availability' }),
    ]);
  });

  it('of a week has the week without verdicts, and its months with them', async () => {
    const report = await reportOf(parsePeriod('2026-W40') as Period);
    expect(report.sections.map(({ name, isJudged }) => [name, isJudged])).toEqual([
      ['2026-W40', false],
      ['2026-09', true],
      ['2026-10', true],
    ]);
    const monday = await reportOf(parsePeriod('2026-W41') as Period);
    expect(monday.sections[0]?.figures[0]).toMatchObject({ downSeconds: { min: 60 } });
    expect(renderReport(monday).csv).toContain(',2026-W41,');
  });

  it('says until when obligations are waived', async () => {
    const { contract } = REGISTRY;
    const waiver = { paragraph: '3.7', days: 120, commencement: '2026-07-01' };
    const report = await reportOf(OCTOBER, [], {
      contract: { ...REGISTRY, contract: { ...contract, waiver } },
    });
    expect(report.waiver).toEqual({
      paragraph: '3.7',
      until: '2026-10-29T00:00:00Z',
      applies: 'part',
    });
    expect(renderReport(report).html).toContain('Obligations are waived in a part of the period');
  });

  it('escapes whatever somebody put into an entry, and its policy runs no script', async () => {
    const nasty = '<script>alert(1)</script>"\'&';
    const { html, csv } = renderReport(await reportOf(OCTOBER, [claim(nasty)]));
    expect(html).not.toContain('<script');
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;');
    const style = /<style>([^]*)<\/style>/.exec(html)?.[1] ?? '';
    expect(REPORT_CONTENT_POLICY).toContain(`'sha256-${hash('sha256', style, 'base64')}'`);
    expect(csv.split('\r\n')[0]).toMatch(/^report,status,contract,/);
  });

  it('writes no cell that a spreadsheet would run', async () => {
    const report = await reportOf(OCTOBER);
    const [section] = report.sections;
    const figure = section?.figures[0];
    if (section === undefined || figure === undefined) throw new Error('no figure');
    const forged = { ...figure, parameter: '=HYPERLINK("x"),\n' };
    const { csv } = renderReport({ ...report, sections: [{ ...section, figures: [forged] }] });
    expect(csv).toContain(`,"'=HYPERLINK(""x""),\n",`);
  });

  it('of several periods is what a score with all evidence at once would be', async () => {
    const months = monthsOf(parsePeriod('2026-Q4') as Period);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: -70, max: 160 }), fc.constantFrom('UDDDU', 'DDDDD')), {
          maxLength: 6,
        }),
        async (stories) => {
          const startMs = Date.parse('2026-10-01T00:00:00Z');
          const evidence = [...stories]
            .sort((a, b) => a[0] - b[0])
            .flatMap(([day, story]) =>
              dnsStory(new Date(startMs + day * DAY_MS).toISOString(), story),
            );
          const { scores } = await judgePeriods(
            REGISTRY.contract,
            months,
            async function* () {
              yield* evidence;
            },
            () => undefined,
          );
          expect(scores).toEqual(
            months.map((month) => scoreMonth(REGISTRY.contract, month, evidence)),
          );
        },
      ),
      { numRuns: 15 },
    );
  });
});

describe('an archive of reports', () => {
  it('keeps each version with its digests, and a new one names the one that it supersedes', async () => {
    const folder = await temporaryFolder();
    const archive = await ReportArchive.open(folder);
    const first = await archive.add(await reportOf(OCTOBER));
    const supersedes = { id: first.id, sha256: first.digests.json };
    await archive.add(
      await reportOf(OCTOBER, [claim('x', 'ICANN')], { version: 2, supersedes, reason: 'agreed' }),
    );
    const again = await ReportArchive.open(folder);
    expect(again.list()).toEqual(archive.list());
    expect(again.newest('registry-monthly-2026-10')).toMatchObject({
      version: 2,
      report: { supersedes, reason: 'agreed' },
    });
    expect(first.corrections).not.toBe(again.newest('registry-monthly-2026-10')?.corrections);
    for (const format of ['json', 'csv', 'html'] as const) {
      const text = await again.read(first.id, format);
      expect(hash('sha256', text ?? '', 'hex')).toBe(first.digests[format]);
    }
    expect((await readdir(folder)).length).toBe(8);
  });

  it('gives nothing out that is not what was written', async () => {
    const folder = await temporaryFolder();
    const archive = await ReportArchive.open(folder);
    const { id } = await archive.add(await reportOf(OCTOBER));
    for (const format of ['html', 'json'] as const) {
      const file = join(folder, `${id}.${format}`);
      await writeFile(file, (await readFile(file, 'utf8')).replace('60', '06'));
      await expect(archive.read(id, format)).rejects.toMatchObject({ code: 'REPORT_DAMAGED' });
    }
    const again = await ReportArchive.open(folder);
    expect(again.damaged.map(({ message }) => message)).toEqual([
      expect.stringContaining(`${id}.json: not what was written`),
    ]);
    expect(again.list()).toEqual([]);
    expect(again.nextVersion('registry-monthly-2026-10')).toBe(2);
  });

  it('has no report that was only half written', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'registry-monthly-2026-10-v1.json'), '{}');
    expect((await ReportArchive.open(folder)).list()).toEqual([]);
  });
});

function dueAt(now: string, archive: ReportArchive, entries: readonly Event[] = []): string[] {
  return dueReports({
    contract: REGISTRY.contract,
    nowMs: Date.parse(now),
    ledgerStartMs: Date.parse('2026-10-01T00:00:00Z'),
    entries,
    entriesFromMs: Date.parse('2026-09-01T00:00:00Z'),
    newest: (series) => archive.newest(series),
  }).map(({ period, status, reason }) => `${period.name} ${status} ${reason}`.trim());
}

describe('reports that are due', () => {
  it('are those of every period that is over and that the ledger saw a part of', async () => {
    const archive = await ReportArchive.open(await temporaryFolder());
    expect(dueAt('2026-10-05T00:01:59Z', archive)).toEqual([]);
    expect(dueAt('2026-10-05T00:02:00Z', archive)).toEqual(['2026-W40 preliminary']);
    expect(dueAt('2026-11-02T00:20:00Z', archive)).toEqual([
      '2026-W40 final',
      '2026-W41 preliminary',
      '2026-W42 preliminary',
      '2026-W43 preliminary',
      '2026-W44 preliminary',
      '2026-10 final',
    ]);
  });

  it('make a week final before its 30 days are over, once', async () => {
    const archive = await ReportArchive.open(await temporaryFolder());
    const week = parsePeriod('2026-W41') as Period;
    await archive.add(await reportOf(week, [], { status: 'preliminary' }));
    const line = '2026-W41 final made final';
    expect(dueAt('2026-11-08T23:00:00Z', archive)).not.toContain(line);
    expect(dueAt('2026-11-09T00:00:00Z', archive)).toContain(line);
    await archive.add(await reportOf(week, [], { version: 2 }));
    expect(dueAt('2026-11-09T00:00:00Z', archive).join()).not.toContain('W41');
  });

  it('are made again when a correction came in that bears on them', async () => {
    const archive = await ReportArchive.open(await temporaryFolder());
    await archive.add(await reportOf(OCTOBER));
    const entries = [claim('x', 'ICANN')];
    expect(dueAt('2026-11-04T00:20:00Z', archive, entries)).toContain(
      '2026-10 final notices, corrections or volumes came in',
    );
    await archive.add(await reportOf(OCTOBER, entries, { version: 2 }));
    expect(dueAt('2026-11-04T00:20:00Z', archive, entries).join()).not.toContain('2026-10 ');
  });
});

/** Creations of each registrar, and checks that nobody counts. */
function volumesOf(month: string, creates: Record<string, number>): Event[] {
  return Object.entries(creates).map(([registrar, create]) => {
    const commands = { create, check: 1_000_000 };
    return { kind: 'transactions', at: '2026-11-01T00:00:00Z', registrar, month, commands };
  });
}

describe('transactions and forecasts', () => {
  const rule = REGISTRY.contract.forecast;
  const judge = (
    before: Record<string, number>,
    now: Record<string, number>,
    forecasts: { registrar: string; at: string; transactions: number }[] = [],
  ) =>
    reportTransactions('3.11', rule, OCTOBER, [
      ...volumesOf('2026-09', before),
      ...volumesOf('2026-10', now),
      ...forecasts.map((each) => ({ kind: 'forecast' as const, month: '2026-10', ...each })),
    ]);
  const eligible = (report: ReturnType<typeof judge>): Record<string, boolean> =>
    Object.fromEntries(
      report.registrars.map((each) => [each.registrar, each.isEligibleForCredits]),
    );

  it('take the credits of who grew by 25 % unannounced when all grew by more than 20 %', async () => {
    const report = judge({ a: 1000, b: 1000 }, { a: 1402, b: 1000 });
    expect(report).toMatchObject({ transactions: 2402, growthPercent: '20.10000' });
    expect(eligible(report)).toEqual({ a: false, b: true });
  });

  it.each([
    ['all grew by no more than 20 %', { a: 1400, b: 1000 }, []],
    [
      'it was announced 30 days ahead',
      { a: 1402, b: 1000 },
      [{ registrar: 'a', at: '2026-09-01T00:00:00Z', transactions: 1300 }],
    ],
  ])('leave them where %s', async (_why, now, forecasts) => {
    expect(eligible(judge({ a: 1000, b: 1000 }, now, forecasts))).toEqual({
      a: true,
      b: true,
    });
  });

  it('count an announcement that came a second late as none', async () => {
    const late = [{ registrar: 'a', at: '2026-09-01T00:00:01Z', transactions: 1500 }];
    const report = judge({ a: 1000, b: 1000 }, { a: 1402, b: 1000 }, late);
    expect(eligible(report)['a']).toBe(false);
    expect(report.registrars[0]).toMatchObject({ forecast: null, isForecastLate: true });
  });

  it('say that there are no numbers while no register gives any', async () => {
    const report = await reportOf(OCTOBER);
    expect(report.transactions?.isAvailable).toBe(false);
    expect(renderReport(report).html).toContain('The ledger has no numbers of this month');
  });

  it('take nothing of who has no number of the month before', () => {
    const report = judge({ b: 1000 }, { a: 1402, b: 1000 });
    expect(report.registrars[0]).toMatchObject({ registrar: 'a', previousTransactions: null });
    expect(eligible(report)).toEqual({ a: true, b: true });
  });

  it('count the newest number of a registrar and month, whatever came first', () => {
    const [older, newer] = [{ at: '2026-11-01T00:00:00Z' }, { at: '2026-11-02T00:00:00Z' }];
    const entry = { kind: 'transactions' as const, registrar: 'a', month: '2026-10' };
    const first = { ...entry, ...older, commands: { create: 1 } };
    const last = { ...entry, ...newer, commands: { create: 2 } };
    for (const entries of [
      [first, last],
      [last, first],
    ]) {
      expect(reportTransactions('3.11', rule, OCTOBER, entries).transactions).toBe(2);
    }
  });

  it('stand in the monthly report, and a number that changes has it made again', async () => {
    const archive = await ReportArchive.open(await temporaryFolder());
    const volumes = [...volumesOf('2026-09', { a: 10 }), ...volumesOf('2026-10', { a: 12 })];
    const report = await reportOf(OCTOBER, volumes);
    expect(report.transactions).toMatchObject({ transactions: 12, growthPercent: '20.00000' });
    expect(report.entries.map(({ kind, type }) => `${kind} ${type}`)).toEqual([
      'transactions a',
      'transactions a',
    ]);
    await archive.add(report);
    expect(dueAt('2026-11-04T00:20:00Z', archive, volumes).join()).not.toContain('2026-10 ');
    const more = [...volumes, ...volumesOf('2026-10', { b: 1 })];
    expect(dueAt('2026-11-04T00:20:00Z', archive, more)).toContain(
      '2026-10 final notices, corrections or volumes came in',
    );
  });
});
