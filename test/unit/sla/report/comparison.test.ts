// The other side's month beside ours: every form is read, what differs is a dispute, nothing that is
// malformed is half believed.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildComparison, type Comparison, type DisputeResponse } from '#sla/report/comparison.ts';
import { readTheirReport } from '#sla/report/counterparty.ts';
import { type Period, parsePeriod } from '#sla/report/period.ts';
import { renderReport } from '#sla/report/report-archive.ts';
import { readResponses } from '#sla/report/responses.ts';
import { Scorer } from '#sla/score/scorer.ts';
import { dnsStory, secondsOf, shippedContract, topologyOf } from '../../../kit/sla-evidence.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';

const OCTOBER = parsePeriod('2026-10') as Period;
const CONTRACT = shippedContract('biz-2013-lab');
const START = secondsOf('2026-10-05T10:00:00Z');

async function fileOf(text: string, name = 'theirs'): Promise<string> {
  const file = join(await temporaryFolder(), name);
  await writeFile(file, text);
  return file;
}

/** Ours is the story from Monday 10:00; theirs a file. */
async function compare(
  story: string,
  theirs: string,
  responses: DisputeResponse[] = [],
): Promise<Comparison> {
  const scorer = new Scorer(CONTRACT);
  for (const piece of [topologyOf(2), ...dnsStory('2026-10-05T10:00:00Z', story)]) {
    scorer.add(piece);
  }
  return buildComparison({
    contract: { contract: CONTRACT, file: '', digest: 'd' },
    month: OCTOBER,
    scorer,
    theirs: await readTheirReport(await fileOf(theirs)),
    file: 'theirs',
    receivedMs: Date.parse('2026-11-21T00:00:00Z'),
    madeAtMs: Date.parse('2026-11-21T00:00:00Z'),
    responses,
    version: 1,
    supersedes: null,
    reason: '',
    evidence: { kind: 'ledger', head: '', days: [] },
  });
}

/** `U`, `D`, `I` (inconclusive) or `.` of each minute, as CSV. */
function csvOf(story: string): string {
  const words: Record<string, string> = { U: 'Up', D: 'Down', I: 'Up-inconclusive-no-data' };
  const rows = story
    .split('')
    .flatMap((letter, at) =>
      words[letter] === undefined ? [] : [`dns,${START + at * 60},${words[letter]}`],
    );
  return `service,cycle,status\r\n${rows.join('\r\n')}\r\n`;
}

/** As MoSAPI gives them, of the minute at a place; some seconds into it. */
function details(at: number, status: string): object {
  return {
    version: 2,
    lastUpdateApiDatabase: 1,
    tld: 'example',
    service: 'dns',
    cycleCalculationDateTime: START + at * 60 + 17,
    status,
    nameServerAvailability: {
      nameServerStatus: [{ target: 'NS1.example,192.0.2.1', status: 'Down', probes: [] }],
    },
    testedInterface: [],
  };
}

describe('a comparison', () => {
  it('finds no dispute where both say the same', async () => {
    const { disputes, subjects } = await compare('UDDU?', csvOf('UDDUI'));
    expect(disputes).toEqual([]);
    expect(subjects).toEqual([
      {
        service: 'dns',
        comparedSeconds: 300,
        unreportedSeconds: 31 * 86_400 - 300,
        theirDownSeconds: 120,
        ourDownSeconds: 120,
        disputedSeconds: 0,
      },
    ]);
  });

  it('makes a dispute of every stretch that differs, with our response beside theirs', async () => {
    const responses = [
      {
        from: '2026-10-05T10:02:00Z',
        to: '2026-10-05T10:03:00Z',
        text: '<b>their network</b>',
        author: 'us',
      },
    ];
    const comparison = await compare('UUUU.D', csvOf('UDDDDU'), responses);
    expect(
      comparison.disputes.map(({ from, cycles, theirs, ours, responses: said }) => {
        return [from.slice(11, 16), cycles, theirs, ours, said.length];
      }),
    ).toEqual([
      ['10:01', 3, 'down', 'up', 1],
      ['10:04', 1, 'down', 'unmeasured', 0],
      ['10:05', 1, 'up', 'down', 0],
    ]);
    const { html, csv } = renderReport(comparison);
    expect(html).toContain('&lt;b&gt;their network&lt;/b&gt; (us)');
    expect(csv.split('\r\n').length).toBe(5);
  });

  it('says when their report was expected, and that it is late', async () => {
    const { theirs, paragraph } = await compare('U', csvOf('U'));
    expect(paragraph).toBe('8.3');
    expect(theirs).toMatchObject({ dueAt: '2026-11-21T00:00:00Z', isLate: false });
  });

  it('reads the measurement details of MoSAPI, whole, as a list or one a line, and addresses', async () => {
    const list = [details(0, 'Up'), details(1, 'Down')];
    for (const text of [
      JSON.stringify(list),
      list.map((each) => JSON.stringify(each)).join('\n'),
    ]) {
      const { disputes } = await compare('UU', text);
      expect(disputes).toMatchObject([
        { service: 'dns', from: '2026-10-05T10:01:00Z', theirs: 'down', ours: 'up' },
        { service: 'dns-nameserver', nameserver: 'ns1.example.', address: '192.0.2.1', cycles: 2 },
      ]);
    }
    const [only] = (await compare('U', JSON.stringify(details(0, 'Down')))).disputes;
    expect(only).toMatchObject({ service: 'dns', cycles: 1 });
  });

  it('shows what contradicts itself as that', async () => {
    const { disputes } = await compare('U', `${csvOf('U')}dns,${START},Down\n`);
    expect(disputes).toMatchObject([{ theirs: 'contradictory', ours: 'up' }]);
  });
});

describe('their report is refused whole, with its place,', () => {
  it.each([
    ['service,cycle\nx', ':1: no column status'],
    ['service,cycle,status\ndns,1,Up\nmail,1,Up', ':3: service: no service mail'],
    ['service,cycle,status\ndns,noon,Up', ':2: cycle noon: no time'],
    ['service,cycle,status\ndns,1,Perhaps', ':2: status: no status Perhaps'],
    ['{"service":"dns"}', ':1: [0] cycleCalculationDateTime'],
    ['{"service":\n', ':1: not JSON'],
    ['[1]', ':1: [0] '],
  ])('for %j', async (text, message) => {
    const file = await fileOf(text);
    await expect(readTheirReport(file)).rejects.toMatchObject({
      code: 'THEIR_REPORT_INVALID',
      message: expect.stringContaining(`${file}${message}`),
    });
  });

  it('and so are responses', async () => {
    const file = await fileOf('- from: noon\n  to: 2026-10-05T10:00:00Z\n  text: x\n  author: y\n');
    await expect(readResponses(file)).rejects.toThrow(`${file}:1: 0.from`);
    const good =
      '[{"from":"2026-10-05T10:00:00Z","to":"2026-10-05T10:01:00Z","text":"x","author":"y"}]';
    expect(await readResponses(await fileOf(good))).toHaveLength(1);
  });
});
