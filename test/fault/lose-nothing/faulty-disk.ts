/**
 * A disk that fails as disks do: it is full, or the kernel makes it read-only after an error. It is an
 * ext4 in a file, whose `trigger_fs_error` is what the kernel does when it finds metadata damaged;
 * where there are no loop devices a tmpfs, which can only be full; without root a plain folder.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, open, rm, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { errorCode } from '#base/coded-error.ts';

const SIZE = 96 << 20;
const FILL_STEP_MAX = 4 << 20;
const FILL_STEP_MIN = 1 << 10;

export class FaultyDisk {
  /** Where files go. */
  readonly folder: string;
  readonly canFill: boolean;
  readonly canFail: boolean;
  readonly #image: string;
  #device = '';

  private constructor(folder: string, image: string, kind: 'ext4' | 'tmpfs' | 'folder') {
    this.folder = folder;
    this.#image = image;
    this.canFill = kind !== 'folder';
    this.canFail = kind === 'ext4';
  }

  /** Gone with the test. @param above where the mount and its image lie */
  static async open(above: string): Promise<FaultyDisk> {
    const folder = join(above, 'disk');
    const image = join(above, 'disk.ext4');
    await mkdir(folder);
    await writeFile(image, '');
    await truncate(image, SIZE);
    const ext4 = new FaultyDisk(folder, image, 'ext4');
    if (run('mkfs.ext4', '-q', '-m', '0', image) && ext4.#mount()) {
      onTestFinished(() => ext4.#letGo());
      if (existsSync(ext4.#trigger)) return ext4;
    }
    const isTmpfs = run('mount', '-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', folder);
    if (isTmpfs) onTestFinished(() => void run('umount', folder));
    return new FaultyDisk(folder, image, isTmpfs ? 'tmpfs' : 'folder');
  }

  /** @param left about so many octets stay free */
  async fill(left: number): Promise<void> {
    const file = await open(this.#ballast, 'w');
    try {
      let size = 0;
      for (let step = FILL_STEP_MAX; step >= FILL_STEP_MIN; ) {
        try {
          size += (await file.write(Buffer.alloc(step))).bytesWritten;
        } catch (error) {
          if (errorCode(error) !== 'ENOSPC') throw error;
          step /= 4;
        }
      }
      await file.truncate(Math.max(0, size - left));
      await file.sync();
    } finally {
      await file.close();
    }
  }

  async free(): Promise<void> {
    await rm(this.#ballast, { force: true });
  }

  /** What the test itself has copied and moved there is to stay. */
  sync(): void {
    run('sync', '--file-system', this.folder);
  }

  /** The kernel makes it read-only, for good until it is mounted again. */
  async fail(): Promise<void> {
    await writeFile(this.#trigger, '1');
  }

  /** Checks and mounts it anew. Nobody may have a file of it open. */
  repair(): void {
    this.#unmount();
    run('e2fsck', '-p', '-f', this.#image);
    if (!this.#mount()) throw new Error(`${this.#image} cannot be mounted again`);
  }

  get #ballast(): string {
    return join(this.folder, 'ballast');
  }

  get #trigger(): string {
    return join('/sys/fs/ext4', basename(this.#device), 'trigger_fs_error');
  }

  #mount(): boolean {
    const loop = spawnSync('losetup', ['--find', '--show', this.#image], { encoding: 'utf8' });
    if (loop.status !== 0) return false;
    this.#device = loop.stdout.trim();
    if (run('mount', '-o', 'errors=remount-ro', this.#device, this.folder)) return true;
    run('losetup', '--detach', this.#device);
    return false;
  }

  /** A test that has failed may have left something open there. */
  #letGo(): void {
    run('umount', '--lazy', this.folder);
    run('losetup', '--detach', this.#device);
  }

  #unmount(): void {
    run('umount', this.folder);
    run('losetup', '--detach', this.#device);
  }
}

function run(program: string, ...args: string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}
