// No favours (biz-2013 8.1): what the judge measures is what everybody gets. The testing registrar is
// told the same as any other, word for word, meets the same limits, and is not billed: that is all.
// And the servers cannot favour probes: no code of theirs knows who probes, or from where.
import { describe, expect, it, onTestFinished } from 'vitest';
import { findImports, resolveImport } from '../../../tools/tidy/import-rules.ts';
import { readSourceFiles, type SourceFile } from '../../../tools/tidy/source-file.ts';
import { loginCommand, resultOf } from '../../kit/epp/epp-client.ts';
import { EppFixture } from '../../kit/epp/epp-fixture.ts';
import { COMMAND_FRAMES } from '../../kit/epp/epp-frames.ts';
import { Conversation } from '../../lifecycle/conversation.ts';
import { tellObjects, tellPeriods, tellTransfers } from '../../lifecycle/stories.ts';

const START_MS = Date.UTC(2026, 3, 3, 22, 0, 0);

async function tellFrames(talk: Conversation): Promise<void> {
  for (const [what, xml] of Object.entries(COMMAND_FRAMES)) await talk.say('ALPHA', what, xml);
}

const STORIES = {
  transfers: tellTransfers,
  periods: tellPeriods,
  objects: tellObjects,
  'every command': tellFrames,
};

/** The whole conversation, with ALPHA as a testing registrar or as any other. */
async function hear(tell: (talk: Conversation) => Promise<void>, testing: boolean) {
  const talk = await Conversation.open(START_MS, { profile: () => ({ testing }) });
  onTestFinished(() => talk.close());
  await tell(talk);
  const balances = talk.text.match(/<fee:balance>[^<]*/g) ?? [];
  return { text: talk.text.replace(/<fee:balance>[^<]*/g, '<fee:balance>'), balances };
}

/** Results that a registrar meets at the limits of sessions, logins and pace. */
async function meetLimits(testing: boolean): Promise<unknown[]> {
  const limits = { sessionsPerRegistrarMax: 1, loginFailuresMax: 2, burstMax: 3 };
  const slow = { commandsPerSecond: 20, overloadMs: 200 };
  const epp = await EppFixture.open({
    profile: ({ sha256 }) => ({ testing, certificates: [sha256], networks: ['127.0.0.1/32'] }),
    limits: { ...limits, ...slow },
  });
  onTestFinished(() => epp.close());
  const [{ id, password }] = epp.accounts;
  const own = await epp.login();
  const second = await epp.connect();
  const met: unknown[] = [resultOf(await second.ask(loginCommand({ id, password })))];
  met.push(await second.next());
  const stranger = await epp.connect();
  for (let attempt = 0; attempt < limits.loginFailuresMax; attempt++) {
    met.push(resultOf(await stranger.ask(loginCommand({ id, password: 'not-the-Secret-1' }))));
  }
  met.push(await stranger.next());
  for (let count = 0; count < 15; count++) own.send(COMMAND_FRAMES['poll:req'] ?? '');
  const paced: number[] = [];
  for (let count = 0; count < 15; count++) paced.push(resultOf((await own.next()) ?? ''));
  own.close();
  // Where it begins is a matter of milliseconds; that it does is not.
  return [...met, paced[0], paced.at(-1)];
}

describe('the testing registrar', () => {
  it.each(Object.entries(STORIES))('is told the same of %s', async (_name, tell) => {
    const testing = await hear(tell, true);
    const ordinary = await hear(tell, false);
    expect(testing.text).toBe(ordinary.text);
    expect(testing.text).toContain('<result code="1000">');
  });

  it('is not billed, which is the one difference there is', async () => {
    const [testing, ordinary] = [await hear(tellPeriods, true), await hear(tellPeriods, false)];
    expect(new Set(testing.balances)).toEqual(new Set(['<fee:balance>0.00']));
    expect(ordinary.balances).toContain('<fee:balance>-10.00');
  });

  it('meets the same limits', async () => {
    const met = await meetLimits(true);
    expect(met).toEqual(await meetLimits(false));
    expect(met).toEqual([2502, undefined, 2200, 2501, undefined, 1300, 2400]);
  });

  it('is told apart in the code that bills, and nowhere else', async () => {
    const files = await readSourceFiles('.', 'src/registry');
    const naming = files.filter(({ codeLines }) =>
      codeLines.some((line) => /\btesting\b/.test(line)),
    );
    const [billing, type, ...others] = naming.map(({ path }) => path);
    expect([billing, type]).toEqual([
      'src/registry/flow/billing.ts',
      'src/registry/model/registrar.ts',
    ]);
    expect(others).toEqual([]);
  });
});

/** Where probes are and what the judge asks is in these sections of the configuration alone. */
const CONFIGURED_JUDGE = new RegExp(
  String.raw`\bconfiguration\.(?:probe|sla)\b|\b(?:Probe|Sla)Configuration\b` +
    String.raw`|requireSection\([^)]*'(?:probe|sla)'|\b(?:probe|sla)\b[^}]*\}: Configuration\b`,
);

/** The file and all that it imports, and those import. */
function closureOf(start: string, files: ReadonlyMap<string, SourceFile>): SourceFile[] {
  const found = new Set<SourceFile>();
  const queue = [start];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    const file = files.get(path);
    if (file === undefined || found.has(file)) continue;
    found.add(file);
    // Every process reads the whole configuration; what it does with it is in the other files.
    if (path.startsWith('src/app/config/')) continue;
    for (const { specifier } of findImports(file)) {
      const imported = resolveImport(file, specifier);
      if (imported !== undefined) queue.push(imported);
    }
  }
  return [...found].filter(({ path }) => !path.startsWith('src/app/config/'));
}

describe.each(['src/app/serve-process.ts', 'src/app/rdds-process.ts'])('%s', (start) => {
  it('reaches no code that knows a probe or the judge', async () => {
    const sources = await readSourceFiles('.', 'src');
    const files = new Map(sources.map((file) => [file.path, file]));
    const reached = closureOf(start, files);
    expect(reached.length).toBeGreaterThan(50);
    expect(reached.map(({ path }) => path).filter((path) => path.startsWith('src/sla/'))).toEqual(
      [],
    );
    const knowing = reached.flatMap(({ path, lines }) =>
      lines.flatMap((line, at) => (CONFIGURED_JUDGE.test(line) ? [`${path}:${at + 1}`] : [])),
    );
    expect(knowing).toEqual([]);
  });
});
