/**
 * named-checkzone and nsd-checkzone judge the corpus as we do, apart from differences that the
 * corpus explains; and what named-checkzone dumps of a good zone is what we print.
 */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { loadZonefilePath } from '#dns/zonefile/load-zonefile.ts';
import { findPeer, peersMissing } from '../../kit/peers.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { ORIGIN, printText } from '../../kit/zonefile-text.ts';
import { CORPUS, type CorpusCase, HEAD } from './corpus.ts';

const run = promisify(execFile);

async function caseFile(zone: CorpusCase): Promise<{ folder: string; path: string }> {
  const folder = await temporaryFolder();
  const path = join(folder, 'zone');
  await writeFile(path, zone.whole === true ? zone.text : HEAD + zone.text);
  return { folder, path };
}

async function verdictOf(program: string, path: string): Promise<'ok' | 'refuse'> {
  try {
    await run(findPeer(program) ?? program, ['example.com', path]);
    return 'ok';
  } catch {
    return 'refuse';
  }
}

function opposite(verdict: 'ok' | 'refuse'): 'ok' | 'refuse' {
  return verdict === 'ok' ? 'refuse' : 'ok';
}

describe.each(CORPUS)('$verdict: $name', (zone) => {
  it('is our verdict', async () => {
    const { folder, path } = await caseFile(zone);
    const { isRefused } = await loadZonefilePath(path, { origin: ORIGIN, includes: folder });
    expect(isRefused ? 'refuse' : 'ok').toBe(zone.verdict);
  });

  it.skipIf(peersMissing('named-checkzone'))('is that of named-checkzone', async () => {
    const { path } = await caseFile(zone);
    const expected = zone.named === undefined ? zone.verdict : opposite(zone.verdict);
    expect(await verdictOf('named-checkzone', path)).toBe(expected);
  });

  it.skipIf(peersMissing('nsd-checkzone'))('is that of nsd-checkzone', async () => {
    const { path } = await caseFile(zone);
    const expected = zone.nsd === undefined ? zone.verdict : opposite(zone.verdict);
    expect(await verdictOf('nsd-checkzone', path)).toBe(expected);
  });
});

const PRINTED = CORPUS.filter(
  ({ verdict, named, dump }) => verdict === 'ok' && named === undefined && dump === undefined,
);

describe.skipIf(peersMissing('named-checkzone'))('what we print of a good zone', () => {
  it.each(PRINTED)('is what named-checkzone dumps: $name', async (zone) => {
    const { folder, path } = await caseFile(zone);
    const loaded = await loadZonefilePath(path, { origin: ORIGIN, includes: folder });
    const arguments_ = ['-q', '-D', '-o', '-', 'example.com', path];
    const { stdout } = await run(findPeer('named-checkzone') ?? '', arguments_);
    expect(recordLines(await printText(loaded))).toEqual(recordLines(stdout));
  });
});

/** `owner ttl class type rdata` sorted, blanks in the RDATA left out: BIND folds long ones. */
function recordLines(text: string): string[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith(';'));
  const words = lines.map((line) => line.split(/[ \t]+/));
  return words.map((line) => `${line.slice(0, 4).join(' ')} ${line.slice(4).join('')}`).sort();
}
