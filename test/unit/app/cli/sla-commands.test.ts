/** The commands of the judge, run as the command line runs them. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { registerCheckContract } from '#app/cli/check-contract.ts';
import type { CliContext } from '#app/cli/cli-context.ts';
import { registerSlaExplain } from '#app/cli/sla-explain.ts';
import { registerSlaScore } from '#app/cli/sla-score.ts';
import { registerSlaVerify } from '#app/cli/sla-verify.ts';
import { systemRandom } from '#base/random.ts';
import { openLedger } from '#sla/ledger/ledger.ts';
import { packCycle } from '#sla/measurement/cycle-record.ts';
import type { Score } from '#sla/score/score-json.ts';
import { dnsStory, dnsTests, secondsOf, topologyOf } from '../../../kit/sla-evidence.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';

const NOW = Date.parse('2026-10-01T00:09:00Z');
const clock = { nowMs: () => NOW, monotonicUs: () => 0 };

async function run(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const said = { stdout: '', stderr: '' };
  const context: CliContext = {
    stdout: { write: (text) => (said.stdout += text) },
    stderr: { write: (text) => (said.stderr += text) },
    ask: async () => undefined,
    environment: {
      logLevel: undefined,
      isSupervised: false,
      inheritedCount: 0,
      editor: undefined,
    },
    clock,
    random: systemRandom(),
  };
  const program = new Command('holdfast').exitOverride();
  for (const register of [
    registerSlaScore,
    registerSlaExplain,
    registerSlaVerify,
    registerCheckContract,
  ]) {
    register(program, context);
  }
  await program.parseAsync(args, { from: 'user' });
  return said;
}

const SCORE = ['sla', 'score', '--contract', 'biz-2013-lab', '--month', '2026-10', '--json'];

describe('sla score', () => {
  it('gives the same figures from a measurements file and from a ledger of them', async () => {
    const folder = await temporaryFolder();
    const story = dnsStory('2026-10-01T00:00:00Z', 'UUDDU');
    const lines = [topologyOf(2), ...story].map((each) => `${JSON.stringify(each)}\n`).join('');
    const file = join(folder, 'm.ndjson');
    await writeFile(file, lines);
    const ledger = await openLedger(join(folder, 'ledger'), clock);
    const cycles = Map.groupBy(story, ({ cycle }) => cycle);
    await ledger.append([topologyOf(2)]);
    for (const [cycle, tests] of cycles) await ledger.append([packCycle('dns', cycle, tests)]);
    await ledger.close();
    const fromFile = JSON.parse((await run(...SCORE, '--measurements', file)).stdout) as Score;
    const fromLedger = JSON.parse((await run(...SCORE, '--ledger', ledger.folder)).stdout) as Score;
    expect(fromLedger).toEqual(fromFile);
    expect(fromFile).toMatchObject({
      contract: 'biz-2013-lab',
      contractual: false,
      month: '2026-10',
    });
    expect(fromFile.parameters[0]).toMatchObject({
      downSeconds: { min: 120, max: 240 },
      unmeasuredSeconds: 120,
      verdict: 'breached',
    });
  });

  it('refuses a measurement that is none of the contract, with its place', async () => {
    const file = join(await temporaryFolder(), 'm.ndjson');
    const tests = dnsTests({ cycle: secondsOf('2026-10-01T00:00:30Z') });
    await writeFile(file, tests.map((each) => `${JSON.stringify(each)}\n`).join(''));
    await expect(run(...SCORE, '--measurements', file)).rejects.toThrow(
      `${file}:1: cycle: ${secondsOf('2026-10-01T00:00:30Z')} is not the first second`,
    );
  });

  it('scores nothing from a ledger with a flipped byte', async () => {
    const folder = await temporaryFolder();
    const ledger = await openLedger(folder, clock);
    await ledger.append([topologyOf(2), packCycle('dns', 60, dnsTests({ cycle: 60 }))]);
    await ledger.close();
    const file = join(folder, '2026-10-01.ndjson');
    await writeFile(file, (await readFile(file, 'utf8')).replace('1234', '1235'));
    await expect(run(...SCORE, '--ledger', folder)).rejects.toThrow(`${file}:2: damaged`);
    await expect(run('sla', 'verify', '--ledger', folder)).rejects.toThrow(`${file}:2: damaged`);
  });

  it.each([
    [['--measurements', 'a', '--ledger', 'b'], /either/],
    [[], /either/],
    [['--measurements', 'a', '--as-of', 'noon'], /--as-of noon/],
    [['--measurements', 'a', '--month', '2026-13'], /YYYY-MM/],
  ])('refuses wrong usage: %j', async (args, message) => {
    await expect(run(...SCORE, ...args)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(message),
    });
  });
});

describe('sla explain', () => {
  const SPAN = ['--from', '2026-10-01T00:00:00Z', '--to', '2026-10-01T00:05:00Z'];

  it('reads one file under every contract, for people and as JSON', async () => {
    const file = join(await temporaryFolder(), 'm.ndjson');
    const story = [topologyOf(2), ...dnsStory('2026-10-01T00:00:00Z', 'UUDDU')];
    await writeFile(file, story.map((each) => `${JSON.stringify(each)}\n`).join(''));
    const args = ['sla', 'explain', ...SPAN, '--measurements', file];
    const { stdout } = await run(...args);
    expect(stdout).toContain(
      '* 2026-10-01T00:02:00Z to 2026-10-01T00:04:00Z, dns: 120 s, 2 cycles\n' +
        '  seen      ns1.example. 192.0.2.1 udp: 2 of 2 tests unanswered; timeout 2; probes p01\n',
    );
    expect(stdout).toContain('  biz-2013  discarded: 1 probes with results, 20 are needed');
    const json = JSON.parse((await run(...args, '--json', '--contract', 'hosting')).stdout);
    expect(json).toMatchObject({
      from: '2026-10-01T00:00:00Z',
      contracts: [{ contract: 'hosting' }],
      totals: expect.arrayContaining([
        expect.objectContaining({ service: 'dns', contract: 'hosting', countedSeconds: 120 }),
      ]),
    });
  });

  it.each([
    [['--from', '2026-10-02T00:00:00Z'], /--to must be after --from/],
    [['--from', 'noon'], /--from noon/],
  ])('refuses wrong usage: %j', async (args, message) => {
    await expect(
      run('sla', 'explain', ...SPAN, ...args, '--measurements', 'm'),
    ).rejects.toMatchObject({ code: 'USAGE', message: expect.stringMatching(message) });
  });
});

describe('sla verify', () => {
  it('prints each day with its digest, and the head', async () => {
    const folder = await temporaryFolder();
    const ledger = await openLedger(folder, clock);
    await ledger.append([topologyOf(2)]);
    await ledger.close();
    const { stdout } = await run('sla', 'verify', '--ledger', folder);
    expect(stdout).toMatch(/2026-10-01 {2}1 {6}[0-9a-f]{64}\n/);
    expect(stdout).toMatch(/the chain holds, 1 lines, head [0-9a-f]{64}\n$/);
  });
});

describe('a name that leads nowhere', () => {
  it('is not a ledger whose chain holds', async () => {
    const folder = await temporaryFolder();
    await expect(run('sla', 'verify', '--ledger', folder)).rejects.toThrow(/holds no day yet/);
    const missing = join(folder, 'none');
    await expect(run('sla', 'verify', '--ledger', missing)).rejects.toThrow(
      `ledger ${missing}: there is no such file or folder; name the folder of a ledger`,
    );
  });

  it('is not a contract, and those that there are are named', async () => {
    const folder = await temporaryFolder();
    const args = ['--contract', 'nope', '--month', '2026-10', '--ledger', folder];
    await expect(run('sla', 'score', ...args)).rejects.toThrow(
      /no contract nope; .*biz-2013, biz-2013-lab, hosting, registry$/,
    );
  });
});

describe('check contract', () => {
  it('says that a good one is good', async () => {
    const { stdout } = await run('check', 'contract', 'config/contracts/hosting.yaml');
    expect(stdout).toMatch(/^config\/contracts\/hosting\.yaml: ok, hosting version 1, sha256 /);
  });
});
