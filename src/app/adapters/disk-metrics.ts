/**
 * Room on the disks that a process writes to, for Prometheus: of the file system under a folder,
 * which is asked at each scrape. A folder that cannot be asked has no series.
 */
import { statfs } from 'node:fs/promises';
import { Gauge, type Registry } from 'prom-client';

type Folder = 'data' | 'ledger';

/** @param folders by what they are for, where each lies */
export function watchDisk(
  registry: Registry,
  folders: Readonly<Partial<Record<Folder, string>>>,
): void {
  const gauge = (name: string, help: string, blocksOf: (room: Room) => number): Gauge<'folder'> =>
    new Gauge({
      name,
      help,
      labelNames: ['folder'],
      registers: [],
      async collect() {
        this.reset();
        for (const [folder, path] of Object.entries(folders)) {
          const room = await statfs(path).catch(() => undefined);
          if (room !== undefined) this.set({ folder }, blocksOf(room) * room.bsize);
        }
      },
    });
  registry.registerMetric(
    gauge(
      'holdfast_disk_free_bytes',
      'Room that is left to the process on the file system under a folder.',
      ({ bavail }) => bavail,
    ),
  );
  registry.registerMetric(
    gauge(
      'holdfast_disk_size_bytes',
      'Size of the file system under a folder.',
      ({ blocks }) => blocks,
    ),
  );
}

/** In blocks of `bsize` octets. */
interface Room {
  bavail: number;
  blocks: number;
  bsize: number;
}
