/**
 * Where the run's server backs up to: two directories, an S3 service that checks signatures and, where
 * Debian's openssh-server is installed, an SFTP folder; and how each of them is lost and comes back.
 */
import { spawnSync } from 'node:child_process';
import { cp, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Random } from '#base/random.ts';
import { peersMissing } from '../../kit/peers.ts';
import { type Interference, type S3Server, startS3Server } from '../../kit/s3-server.ts';
import { type SftpServer, startSftpServer } from '../../kit/sftp-server.ts';
import { wound } from './damage.ts';

/** Something that was done to a place, and what takes it back. */
export interface Loss {
  readonly how: string;
  readonly bringBack: () => Promise<void>;
}

/** One place, and the ways in which it is lost; nothing can be stored there meanwhile. */
interface BackupPlace {
  /** What the configuration says of it, beside its name. */
  readonly settings: string;
  readonly ways: readonly (() => Promise<Loss | undefined>)[];
  /** Folder of the backups where there is one, which another disk may be mounted over. */
  readonly folder?: string;
  wound(id: string, random: Random): Promise<Loss>;
}

/** One page is less than any backup needs. */
const FULL_DISK_SIZE = 4096;
const S3_FAILURES: readonly { how: string; answer: Interference; isWritesOnly?: boolean }[] = [
  { how: 'answers 500', answer: { status: 500, code: 'InternalError' } },
  { how: 'drops connections', answer: 'drop' },
  { how: 'is full', answer: { status: 507, code: 'StorageFull' }, isWritesOnly: true },
  { how: 'takes nothing more', answer: { status: 403, code: 'QuotaExceeded' }, isWritesOnly: true },
  { how: 'denies access', answer: { status: 403, code: 'AccessDenied' } },
];

export class BackupPlaces {
  readonly #places: ReadonlyMap<string, BackupPlace>;

  private constructor(places: ReadonlyMap<string, BackupPlace>) {
    this.#places = places;
  }

  /** Servers end with the test. @param folder that of the server, for files of keys too */
  static async open(folder: string): Promise<BackupPlaces> {
    await mkdir(join(folder, 'backups'));
    const places = new Map<string, BackupPlace>();
    for (const name of ['one', 'two']) {
      places.set(name, directoryPlace(`./backups/${name}`, join(folder, 'backups', name)));
    }
    places.set('bucket', await s3Place(folder, await startS3Server()));
    if (!peersMissing('sshd')) places.set('away', await sftpPlace(folder, await startSftpServer()));
    onTestFinished(async () => {
      for (const { folder: mounted } of places.values()) if (mounted) unmount(mounted);
    });
    return new BackupPlaces(places);
  }

  get names(): string[] {
    return [...this.#places.keys()];
  }

  /** For the configuration's `backup.locations`. */
  get settings(): string {
    const listed = [...this.#places].map(
      ([name, { settings }]) => `{ name: ${name}, ${settings} }`,
    );
    return `[${listed.join(', ')}]`;
  }

  /** Loses one in one of its ways. */
  async lose(name: string, random: Random): Promise<Loss> {
    const ways = [...(this.#places.get(name)?.ways ?? [])];
    while (ways.length > 0) {
      const [way] = ways.splice(random.below(ways.length), 1);
      const loss = await way();
      if (loss !== undefined) return { ...loss, how: `${name} ${loss.how}` };
    }
    throw new Error(`${name} cannot be lost here`);
  }

  /** Does to one file of a backup what no crash does. */
  async wound(name: string, id: string, random: Random): Promise<Loss> {
    const place = this.#places.get(name);
    if (place === undefined) throw new Error(`there is no place ${name}`);
    const loss = await place.wound(id, random);
    return { ...loss, how: `${id} in ${name}: ${loss.how}` };
  }
}

function directoryPlace(settings: string, folder: string): BackupPlace {
  /** What stands in its place. */
  const replaced = (how: string, put: () => Promise<void>) => async () => {
    const aside = `${folder}.aside`;
    await mkdir(folder, { recursive: true });
    await rename(folder, aside);
    await put();
    const bringBack = async (): Promise<void> => {
      await rm(folder, { recursive: true, force: true });
      await rename(aside, folder);
    };
    return { how, bringBack };
  };
  return {
    settings: `directory: ${settings}`,
    ways: [
      replaced('is a file', () => writeFile(folder, 'a file')),
      replaced('is a link to nowhere', () => symlink('/nowhere/at/all', folder)),
      () => fillFolder(folder),
    ],
    folder,
    wound: (id, random) => woundFolder(join(folder, id), random),
  };
}

/** A full disk is mounted over it, which takes root. */
async function fillFolder(folder: string): Promise<Loss | undefined> {
  await mkdir(folder, { recursive: true });
  const options = `size=${FULL_DISK_SIZE}`;
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]);
  if (status !== 0) return undefined;
  return { how: 'is full', bringBack: async () => unmount(folder) };
}

/** Nothing where nothing is mounted. */
function unmount(folder: string): void {
  spawnSync('umount', ['--lazy', folder], { stdio: 'ignore' });
}

async function s3Place(folder: string, s3: S3Server): Promise<BackupPlace> {
  await writeFile(join(folder, 's3.id'), s3.accessKey, { mode: 0o600 });
  await writeFile(join(folder, 's3.secret'), s3.secret, { mode: 0o600 });
  const keys = 'accessKeyFile: s3.id, secretFile: s3.secret';
  return {
    settings: `s3: { endpoint: "${s3.endpoint}", bucket: ${s3.bucket}, prefix: ns1, ${keys} }`,
    ways: S3_FAILURES.map(({ how, answer, isWritesOnly = false }) => async () => {
      s3.interfere = (method) => (isWritesOnly && method !== 'PUT' ? undefined : answer);
      const bringBack = async (): Promise<void> => {
        s3.interfere = () => undefined;
      };
      return { how, bringBack };
    }),
    wound: async (id, random) => woundObject(s3.objects, id, random),
  };
}

async function woundFolder(folder: string, random: Random): Promise<Loss> {
  const kept = `${folder}.kept`;
  await rename(folder, kept);
  await cp(kept, folder, { recursive: true });
  const bringBack = async (): Promise<void> => {
    await rm(folder, { recursive: true });
    await rename(kept, folder);
  };
  return { how: await wound(folder, random), bringBack };
}

/** An object store changes nothing in place: an object is gone, or another one stands there. */
function woundObject(objects: Map<string, Buffer>, id: string, random: Random): Loss {
  const keys = [...objects.keys()].filter((key) => key.includes(`/${id}/`)).sort();
  const key = keys[random.below(keys.length)];
  const content = objects.get(key) ?? Buffer.alloc(0);
  const bringBack = async (): Promise<void> => void objects.set(key, content);
  const at = random.below(content.length + 1);
  if (at === content.length) {
    objects.delete(key);
    return { how: `${key} vanished`, bringBack };
  }
  const bent = Buffer.from(content);
  bent[at] ^= 1 + random.below(255);
  objects.set(key, bent);
  return { how: `octet ${at} of ${key} was changed`, bringBack };
}

async function sftpPlace(folder: string, sftp: SftpServer): Promise<BackupPlace> {
  await writeFile(join(folder, 'sftp.key'), sftp.privateKey, { mode: 0o600 });
  const where = `host: 127.0.0.1, port: ${sftp.port}, user: ${sftp.user}`;
  const keys = `keyFile: sftp.key, hostKey: "${sftp.fingerprint}"`;
  const die = async (): Promise<Loss> => {
    await sftp.die();
    return { how: 'is dead', bringBack: () => sftp.comeUp() };
  };
  return {
    settings: `sftp: { ${where}, ${keys}, directory: ${sftp.directory} }`,
    ways: [die, () => fillFolder(sftp.directory)],
    folder: sftp.directory,
    wound: (id, random) => woundFolder(join(sftp.directory, id), random),
  };
}
