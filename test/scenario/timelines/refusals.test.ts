// What cannot be believed is refused with its place, and nothing is scored from it.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openLedger } from '#sla/ledger/ledger.ts';
import { packCycle } from '#sla/measurement/cycle-record.ts';
import { holdfast } from '../../kit/command-line.ts';
import { linesOf, scoreFile } from '../../kit/scored-file.ts';
import { dnsStory, secondsOf, topologyOf } from '../../kit/sla-evidence.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const START = '2026-10-01T00:00:00Z';
const GOOD = linesOf([topologyOf(2), ...dnsStory(START, 'UUDD')]);
const GOOD_LINES = GOOD.split('\n').length - 1;

const test = (change: object): string => {
  const [first = {}] = dnsStory(START, 'U');
  return JSON.stringify({ ...first, ...change });
};

const line = (value: object): string => JSON.stringify(value);

describe('a line that is none', () => {
  it.each([
    ['no JSON', 'hello', /not JSON/],
    ['torn', test({}).slice(0, -5), /not JSON/],
    ['empty', '', /empty line/],
    ['an array', '[]', /expected object|invalid/i],
    ['of an unknown kind', line({ kind: 'excuse' }), /kind/],
    ['of no kind', line({ at: START }), /kind/],
    ['with a misspelt key', test({ rttUS: 5 }), /rttUS/],
    ['an answer without a time', test({ rttUs: undefined }), /rttUs: an answered test/],
    ['a time below zero', test({ rttUs: -1 }), /rttUs/],
    ['a time with a fraction', test({ rttUs: 1.5 }), /rttUs/],
    [
      'a cycle that does not begin then',
      test({ cycle: secondsOf(START) + 30 }),
      /cycle: \d+ is not/,
    ],
    ['a cycle beyond all calendars', test({ cycle: 253_402_300_800 }), /cycle/],
    ['an address that is none', test({ address: '192.0.2' }), /address: not an IP address/],
    ['a name without its dot', test({ nameserver: 'ns1.example' }), /nameserver: a name ends/],
    ['another transport', test({ transport: 'quic' }), /transport/],
    ['an unknown outcome', test({ outcome: 'ok' }), /outcome/],
    [
      'a notice that ends before it begins',
      line({
        kind: 'notice',
        type: 'planned',
        audience: ['icann'],
        at: START,
        from: '2026-10-02T01:00:00Z',
        to: '2026-10-02T01:00:00Z',
        services: ['dns'],
      }),
      /to must be after from/,
    ],
    [
      'a notice to nobody',
      line({
        kind: 'notice',
        type: 'planned',
        audience: [],
        at: START,
        from: START,
        to: '2026-10-02T01:00:00Z',
        services: ['dns'],
      }),
      /audience/,
    ],
    [
      'a day that does not exist',
      line({ kind: 'replica-lag', at: '2026-02-29T00:00:00Z', lagMs: 1 }),
      /at: /,
    ],
    [
      'local time',
      line({ kind: 'replica-lag', at: '2026-10-01T02:00:00+02:00', lagMs: 1 }),
      /at: /,
    ],
    [
      'a ticket opened without severity',
      line({ kind: 'ticket', id: 'T', event: 'opened', at: START }),
      /severity/,
    ],
    ['an unknown event', line({ kind: 'ticket', id: 'T', event: 'ignored', at: START }), /event/],
    [
      'a false positive without author',
      line({
        kind: 'false-positive',
        at: START,
        service: 'dns',
        from: START,
        to: '2026-10-02T01:00:00Z',
        reason: 'r',
      }),
      /author/,
    ],
  ])('%s', async (_case, bad, reason) => {
    const more = linesOf(dnsStory('2026-10-01T01:00:00Z', 'U'));
    const run = await scoreFile('biz-2013-lab', '2026-10', `${GOOD}${bad}\n${more}`);
    expect(run).toMatchObject({ exitCode: 1, stdout: '' });
    expect(run.stderr).toContain(`${run.file}:${GOOD_LINES + 1}: `);
    expect(run.stderr).toMatch(reason);
    expect(run.stderr.split('\n')).toHaveLength(2);
  });

  it('octets that are not UTF-8', async () => {
    const octets = Buffer.concat([Buffer.from(GOOD), Buffer.from([0x7b, 0xff, 0x7d, 0x0a])]);
    const run = await scoreFile('biz-2013-lab', '2026-10', octets);
    expect(run).toMatchObject({ exitCode: 1, stdout: '' });
    expect(run.stderr).toContain(`${run.file}:${GOOD_LINES + 1}: not UTF-8`);
  });

  it('and a file that ends within its last line', async () => {
    const run = await scoreFile('biz-2013-lab', '2026-10', GOOD.slice(0, -3));
    expect(run).toMatchObject({ exitCode: 1, stdout: '' });
    expect(run.stderr).toContain(`${run.file}:${GOOD_LINES}: not JSON`);
  });

  it('but a last line that only lacks its newline is whole', async () => {
    const [whole, cut] = [GOOD, GOOD.slice(0, -1)];
    const runs = [whole, cut].map((text) => scoreFile('biz-2013-lab', '2026-10', text));
    const [first, second] = await Promise.all(runs);
    expect(second?.exitCode).toBe(0);
    expect(second?.stdout).toBe(first?.stdout);
  });

  it('and a file that is not there', async () => {
    const file = join(await temporaryFolder(), 'none.ndjson');
    const args = ['--contract', 'hosting', '--month', '2026-10', '--measurements', file];
    const run = await holdfast('sla', 'score', ...args);
    expect(run).toMatchObject({ exitCode: 1, stdout: '' });
    expect(run.stderr).toContain(file);
  });
});

describe('a contract with an error', () => {
  it.each([
    ['limitSeconds: 25920', 'limitSeconds: 25920.5', /limitSeconds/],
    ['limitSeconds: 25920', 'limitSecs: 25920', /limitSecs/],
    ['comparator: ">="', 'comparator: "=>"', /comparator/],
    ['service: rdds, thresholdSeconds', 'service: ntp, thresholdSeconds', /service/],
    ['cycleSeconds: 60', 'cycleSeconds: 0', /cycleSeconds/],
    ['schema: 1', 'schema: 2', /schema/],
  ])('%s as %s is refused with its line', async (from, to, reason) => {
    const text = await readFile('config/contracts/biz-2013-lab.yaml', 'utf8');
    const file = join(await temporaryFolder(), 'c.yaml');
    await writeFile(file, text.replace(from, to));
    const at = text.slice(0, text.indexOf(from)).split('\n').length;
    for (const run of [
      await holdfast('check', 'contract', file),
      await scoreFile(file, '2026-10', GOOD),
    ]) {
      expect(run).toMatchObject({ exitCode: 1, stdout: '' });
      const places = [...run.stderr.matchAll(/c\.yaml:(\d+):\d+: /g)].map(([, place]) =>
        Number(place),
      );
      expect(Math.min(...places.map((place) => Math.abs(place - at)))).toBeLessThan(6);
      expect(run.stderr).toMatch(reason);
    }
  });
});

const open = async (): Promise<{ folder: string; file: string; text: string }> => {
  const folder = await temporaryFolder();
  const nowMs = Date.parse('2026-10-01T00:10:00Z');
  const ledger = await openLedger(folder, { nowMs: () => nowMs, monotonicUs: () => 0 });
  await ledger.append([topologyOf(2)]);
  const cycles = Map.groupBy(dnsStory(START, 'UDDU'), ({ cycle }) => cycle);
  for (const [cycle, tests] of cycles) await ledger.append([packCycle('dns', cycle, tests)]);
  await ledger.close();
  const file = join(folder, '2026-10-01.ndjson');
  return { folder, file, text: await readFile(file, 'utf8') };
};

describe('a ledger that was touched', () => {
  it.each([
    ['a digit', (text: string) => text.replace('1234', '1235'), 2],
    ['a letter of a hash', (text: string) => text.replace(/"sum":"./, '"sum":"x'), 1],
    ['a line taken out', (text: string) => text.replace(/\n[^\n]*"seq":2[^\n]*/, ''), 3],
    ['a line twice', (text: string) => text.replace(/\n([^\n]*"seq":2[^\n]*)/, '\n$1\n$1'), 4],
    [
      'two lines changed over',
      (text: string) => text.replace(/(\n[^\n]*"seq":2[^\n]*)(\n[^\n]*"seq":3[^\n]*)/, '$2$1'),
      3,
    ],
  ])('%s: nothing is scored, and the line is said', async (_case, change, at) => {
    const { folder, file, text } = await open();
    const args = ['--contract', 'biz-2013-lab', '--month', '2026-10', '--ledger', folder];
    expect(await holdfast('sla', 'score', ...args)).toMatchObject({ exitCode: 0 });
    await writeFile(file, change(text));
    for (const command of [
      ['score', ...args],
      ['verify', '--ledger', folder],
    ]) {
      const run = await holdfast('sla', ...command);
      expect(run).toMatchObject({ exitCode: 1, stdout: '' });
      expect(run.stderr).toContain(`${file}:${at}: `);
    }
  });
});
