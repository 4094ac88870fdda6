/** Evidence scored the way anybody can: a file of lines, and `holdfast sla score` over it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Measurement } from '#sla/measurement/measurement.ts';
import type { DowntimeScore, Score } from '#sla/score/score-json.ts';
import { type CommandRun, holdfast } from './command-line.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Measurements as NDJSON. */
export function linesOf(evidence: readonly Measurement[]): string {
  return evidence.map((each) => `${JSON.stringify(each)}\n`).join('');
}

/** Runs the command over a file of this content; what it said, and the file's name. */
export async function scoreFile(
  contract: string,
  month: string,
  content: string | Uint8Array,
  ...more: string[]
): Promise<CommandRun & { file: string }> {
  const file = join(await temporaryFolder(), 'm.ndjson');
  await writeFile(file, content);
  const args = ['--contract', contract, '--month', month, '--measurements', file, '--json'];
  return { ...(await holdfast('sla', 'score', ...args, ...more)), file };
}

/** The score of a file of this evidence. */
export async function scored(
  contract: string,
  month: string,
  evidence: readonly Measurement[],
  ...more: string[]
): Promise<Score> {
  const { exitCode, stdout, stderr } = await scoreFile(contract, month, linesOf(evidence), ...more);
  if (exitCode !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Score;
}

/** A parameter of a score by its name, whatever it is. */
export function parameterOf(score: Score, name: string): Record<string, unknown> {
  const found = score.parameters.find(({ parameter }) => parameter === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return { ...found };
}

/** Down seconds that count at least. */
export function downOf(score: Score, name: string): number {
  return (parameterOf(score, name) as unknown as DowntimeScore).downSeconds.min;
}
