/**
 * Cards about backups: locations that are lost while the others go on, copies that are damaged, and
 * restores from every kind of place, of any link of a chain and to moments between two links.
 */
import { rename, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatInstant } from '#base/clock.ts';
import { errorMessage } from '#base/coded-error.ts';
import type { Random } from '#base/random.ts';
import { holdfast } from '../../kit/command-line.ts';
import type { Loss } from './backup-places.ts';
import { RESTORE_JUMP } from './changes.ts';
import { listFiles, tearTails } from './damage.ts';
import { startDamaged } from './damage-faults.ts';
import { expectFolder } from './dead-store.ts';
import type { FaultRun, KeptBackup } from './fault-run.ts';
import { TRIALS } from './trials.ts';
import { type ModelMark, ZoneModel } from './zone-model.ts';

/** Of a loss in the midst of a backup, after that began. */
const LOSS_DELAY_MS_MAX = 60;
const LINKS_MAX = 3;
/** Restores of one chain, and wounds of one backup: they take longer than looks at a store. */
const RESTORES = Math.ceil(TRIALS / 4);
/** Between a change and a moment, so that none is at the moment itself. */
const APART_MS = 3;
/** More than a restore takes for granted, because changes come faster here. */
const JUMP = ['--serial-jump', String(RESTORE_JUMP)];

/** What the zones were at a moment that a restore may go back to. */
interface Moment {
  readonly atMs: number;
  readonly mark: ModelMark;
  /** Zones that were imported, made or removed between the backup before it and it. */
  readonly replacedBefore: ReadonlySet<string>;
  /** Likewise until the backup after it. */
  replacedAfter: ReadonlySet<string>;
}

/** Some locations, never all, fail before or in the midst of a backup; the others go on. */
export async function lostLocations(run: FaultRun): Promise<void> {
  const { random, places } = run;
  const left = [...places.names];
  const lost: string[] = [];
  for (let count = 1 + random.below(left.length - 1); count > 0; count--) {
    lost.push(...left.splice(random.below(left.length), 1));
  }
  const isAmidst = random.below(2) === 0;
  const losses: Loss[] = [];
  const lose = async (): Promise<void> => {
    for (const name of lost) losses.push(await places.lose(name, random));
  };
  if (!isAmidst) await lose();
  const making = run.backUp('full', left);
  if (isAmidst) {
    await sleep(random.below(LOSS_DELAY_MS_MAX));
    await lose();
  }
  const { locations } = await making;
  run.diary.push(`${losses.map(({ how }) => how).join(', ')}${isAmidst ? ' amidst' : ''}`);
  const liar = lost.find((name) => !isAmidst && locations.includes(name));
  if (liar !== undefined) throw new Error(`${liar} was lost and is said to have a backup`);
  await run.change();
  for (const { bringBack } of losses) await bringBack();
  // What was lost is caught up: it has the next backup, whatever was left half written there.
  const next = await run.backUp(random.below(2) === 0 ? 'full' : 'incremental');
  for (const name of lost) await expectRestored(run, ['--id', next.id], name, next.mark);
}

export async function restoredBackup(run: FaultRun): Promise<void> {
  const { mark, id, locations } = await run.backUp();
  await run.change();
  await run.killAmidst();
  const restored = join(run.disk.folder, 'restored');
  await restore(
    run,
    ['--id', id, ...JUMP],
    locations[run.random.below(locations.length)],
    restored,
  );
  await rm(run.storeFolder, { recursive: true });
  await rename(join(restored, 'store'), run.storeFolder);
  await rm(restored, { recursive: true });
  run.model.goBackTo(mark);
}

/** LevelDB's files are gone or cut; the newest backup and the mirror have all that was confirmed. */
export async function lostStore(run: FaultRun): Promise<void> {
  const { random, place, storeFolder } = run;
  const { id, locations } = await run.backUp();
  await run.change();
  await run.killAmidst();
  if (random.below(2) === 0) run.diary.push(tearTails(place.data, run.synced, random));
  run.diary.push(await loseLevel(join(storeFolder, 'level'), random));
  await startDamaged(run);
  const restored = join(run.disk.folder, 'restored');
  const from = locations[random.below(locations.length)];
  await restore(run, ['--id', id, '--mirror', join(storeFolder, 'mirror')], from, restored);
  await rm(storeFolder, { recursive: true });
  await rename(join(restored, 'store'), storeFolder);
  await rm(restored, { recursive: true });
}

/** Some of LevelDB's files vanish or are cut short; says which. */
async function loseLevel(folder: string, random: Random): Promise<string> {
  const files = await listFiles(folder);
  const said: string[] = [];
  for (let count = 1 + random.below(files.length); count > 0; count--) {
    const [file] = files.splice(random.below(files.length), 1);
    const path = join(folder, file);
    const { size } = await stat(path);
    const kept = random.below(2) === 0 ? undefined : random.below(size + 1);
    if (kept === undefined) await rm(path);
    else await truncate(path, kept);
    said.push(kept === undefined ? `${file} vanished` : `${file} was cut to ${kept} of ${size}`);
  }
  return said.join(', ');
}

/** A wounded copy is refused or as good as before, and the other locations have good ones. */
export async function damagedBackup(run: FaultRun): Promise<void> {
  const { random } = run;
  const backup = await run.backUp();
  const [name, other] = twoOf(backup, run);
  for (let left = RESTORES; left > 0; left--) {
    const { how, bringBack } = await run.places.wound(name, backup.id, random);
    run.diary.push(how);
    await expectRestored(run, ['--id', backup.id], name, backup.mark).catch((error: unknown) => {
      if (!/\bBACKUP_[A-Z]+/.test(errorMessage(error))) throw error;
      run.counts.refusals += 1;
    });
    await bringBack();
  }
  await expectRestored(run, ['--id', backup.id], other, backup.mark);
}

function twoOf({ locations }: KeptBackup, { random }: FaultRun): [string, string] {
  const left = [...locations];
  const [first] = left.splice(random.below(left.length), 1);
  return [first, left[random.below(left.length)]];
}

/** Incremental backups upon a full one, sometimes over a restart; any link, and moments between. */
export async function backupChain(run: FaultRun): Promise<void> {
  const { random } = run;
  const links = [await run.backUp()];
  const moments: Moment[] = [];
  for (let count = 1 + random.below(LINKS_MAX); count > 0; count--) {
    const moment = await passMoment(run);
    if (random.below(4) === 0) {
      await run.killAmidst();
      await run.start();
    }
    links.push(await run.backUp('incremental'));
    moments.push({ ...moment, replacedAfter: new Set(run.replaced) });
  }
  await run.change();
  for (let left = RESTORES; left > 0; left--) {
    const { id, mark, locations } = links[random.below(links.length)];
    await expectRestored(run, ['--id', id], locations[random.below(locations.length)], mark);
    const place = run.places.names[random.below(run.places.names.length)];
    await expectMoment(run, moments[random.below(moments.length)], place);
  }
}

/** Changes before and after a moment. */
async function passMoment(run: FaultRun): Promise<Omit<Moment, 'replacedAfter'>> {
  run.replaced.clear();
  await run.change();
  await sleep(APART_MS);
  const replacedBefore = new Set(run.replaced);
  const moment = { atMs: Date.now(), mark: run.model.mark(), replacedBefore };
  await sleep(APART_MS);
  run.replaced.clear();
  await run.change();
  return moment;
}

/** Refused only where the journal cannot know: a zone that was replaced on both sides. */
async function expectMoment(run: FaultRun, moment: Moment, from: string): Promise<void> {
  const { atMs, mark, replacedBefore, replacedAfter } = moment;
  try {
    await expectRestored(run, ['--at', formatInstant(atMs)], from, mark);
    run.counts.moments += 1;
  } catch (error) {
    const isUnknown = !replacedBefore.isDisjointFrom(replacedAfter);
    if (!isUnknown || !errorMessage(error).includes('RESTORE_MOMENT')) throw error;
    run.diary.push(errorMessage(error));
    run.counts.refusals += 1;
  }
}

/** What a restore makes must be what the zones were then. @param which `--id` or `--at` */
async function expectRestored(
  run: FaultRun,
  which: readonly string[],
  from: string,
  mark: ModelMark,
): Promise<void> {
  const into = join(run.place.folder, 'restored');
  try {
    await restore(run, [...which, ...JUMP], from, into);
    await expectFolder(run, into, `of ${which.join(' ')} from ${from}`, {}, new ZoneModel(mark));
  } finally {
    await rm(into, { recursive: true, force: true });
  }
}

async function restore(
  run: FaultRun,
  which: readonly string[],
  from: string,
  into: string,
): Promise<void> {
  const places = ['--config', run.place.config, '--from', from, '--into', into];
  const { exitCode, stderr } = await holdfast('restore', ...places, ...which);
  if (exitCode !== 0) throw new Error(`restore of ${which.join(' ')} from ${from}: ${stderr}`);
  run.diary.push(`restored ${which.join(' ')} from ${from}`);
  run.counts.restores += 1;
}
