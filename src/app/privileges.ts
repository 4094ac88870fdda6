/**
 * From root to a user that may do nothing special, once the low ports are bound. There is no way
 * back, and that is checked: a server that cannot get rid of its power does not start.
 *
 *   root: bind, read certificates -> groups, gid, uid -> checked -> open the store, start threads
 *
 * The order matters twice: groups can only be set while still root, and every thread of the process
 * must have the new ids before it reads anything from the network. Data belongs to the user, so
 * that the process can write it afterwards; a store that root left behind is refused by name.
 */
import { access, chown, constants, lstat, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { CodedError, errorCode } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';

export interface Account {
  /** As configured. */
  user: string;
  uid: number;
  gid: number;
}

/**
 * The ids of a user and group, by name or number. Names are those of /etc/passwd and /etc/group.
 * @param group the user's own where missing
 * @throws CodedError PRIVILEGES_ACCOUNT
 */
export async function findAccount(user: string, group: string | undefined): Promise<Account> {
  const entry = await findEntry('/etc/passwd', user);
  const uid = entry === undefined ? numberOf(user) : Number(entry[2]);
  if (uid === undefined) throw noAccount(`user ${user} is not in /etc/passwd`);
  if (uid === 0) throw noAccount(`user ${user} is root, which is nothing to change to`);
  if (group === undefined) {
    if (entry !== undefined) return { user, uid, gid: Number(entry[3]) };
    throw noAccount(`user ${user} is a number without an entry in /etc/passwd: give a group too`);
  }
  const gid = numberOf(group) ?? numberOf((await findEntry('/etc/group', group))?.[2] ?? '');
  if (gid === undefined) throw noAccount(`group ${group} is not in /etc/group`);
  return { user, uid, gid };
}

/** The fields of a line, by the name in the first or the number in the third. */
async function findEntry(file: string, name: string): Promise<string[] | undefined> {
  const lines = (await readFile(file, 'utf8')).split('\n').map((line) => line.split(':'));
  return lines.find(([key]) => key === name) ?? lines.find((fields) => fields[2] === name);
}

function numberOf(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

function noAccount(why: string): CodedError {
  return new CodedError(
    'PRIVILEGES_ACCOUNT',
    `${why}; correct nameserver.user or nameserver.group`,
  );
}

/** True where there is something to give up. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * Makes the folder for the account where it is missing; where it is there, checks that the account
 * owns it and the files that the server will write. Call it as root.
 * @param paths files and folders that have to be the account's as far as they exist
 * @throws CodedError PRIVILEGES_OWNER naming the first path that is not
 */
export async function prepareData(data: string, paths: string[], account: Account): Promise<void> {
  const isMade = (await mkdir(data, { recursive: true, mode: 0o750 })) !== undefined;
  if (isMade) await chown(data, account.uid, account.gid);
  for (const path of [data, ...paths]) await demandOwner(path, data, account);
}

async function demandOwner(path: string, data: string, account: Account): Promise<void> {
  const found = await lstat(path).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (found === undefined) return;
  const { user, uid, gid } = account;
  if (found.uid !== uid) {
    throw new CodedError(
      'PRIVILEGES_OWNER',
      `${path} belongs to user ${found.uid}, and ${user} (${uid}) has to write it; ` +
        `run: chown -R ${uid}:${gid} ${path.startsWith(data) ? data : path}`,
    );
  }
  if (!found.isDirectory() || path === data) return;
  for (const name of await readdir(path)) await demandOwner(join(path, name), data, account);
}

/**
 * Becomes the account for good, in all threads of the process. Nothing to do for a process that is
 * the account already.
 * @throws CodedError PRIVILEGES_DENIED where the process may not, PRIVILEGES_KEPT where it could
 *   come back, PRIVILEGES_PROGRAM where the account could not start threads
 */
export async function dropPrivileges(account: Account, log: Log): Promise<void> {
  const { user, uid, gid } = account;
  if (process.getuid?.() === uid && process.geteuid?.() === uid) return;
  try {
    process.setgroups?.([gid]);
    process.setgid?.(gid);
    process.setuid?.(uid);
  } catch (error) {
    throw new CodedError(
      'PRIVILEGES_DENIED',
      `cannot become user ${user} (${uid}): ${errorCode(error) ?? 'refused'}; ` +
        'start as root, or as that user, or remove nameserver.user',
      { cause: error },
    );
  }
  await demandDropped(account);
  await demandProgram(account);
  log.info({ user, uid, gid }, 'gave up root');
}

async function demandDropped({ user, uid, gid }: Account): Promise<void> {
  const ids = [process.getuid?.(), process.geteuid?.(), process.getgid?.(), process.getegid?.()];
  const groups = process.getgroups?.() ?? [];
  const isChanged = ids.join() === [uid, uid, gid, gid].join() && groups.every((id) => id === gid);
  const keeps = await capabilities();
  if (isChanged && !canReturn() && keeps === undefined) return;
  throw new CodedError(
    'PRIVILEGES_KEPT',
    `became ${user} and still has root's power (ids ${ids.join(' ')}, capabilities ` +
      `${keeps ?? 'none'}); start it without a wrapper that keeps capabilities`,
  );
}

/** Threads load their code after the change, also much later when one is replaced. */
async function demandProgram({ user }: Account): Promise<void> {
  const program = import.meta.filename;
  try {
    await access(program, constants.R_OK);
  } catch (error) {
    throw new CodedError(
      'PRIVILEGES_PROGRAM',
      `${user} may not read the program (${program}); install it where everybody may, as in /opt`,
      { cause: error },
    );
  }
}

function canReturn(): boolean {
  try {
    process.setuid?.(0);
    return true;
  } catch {
    return false;
  }
}

/** Those that the process has or could take, in hexadecimal; `undefined` for none. */
async function capabilities(): Promise<string | undefined> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  const masks = [...status.matchAll(/^Cap(?:Inh|Prm|Eff|Amb):\s*([0-9a-f]+)$/gm)];
  return masks.map(([, mask]) => mask).find((mask) => /[1-9a-f]/.test(mask));
}
