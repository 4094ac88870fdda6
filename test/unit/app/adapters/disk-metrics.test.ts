// Room on disks as Prometheus sees it.
import { statfs } from 'node:fs/promises';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { watchDisk } from '#app/adapters/disk-metrics.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';

it('the room under a folder is that of its file system; a folder that is gone has none', async () => {
  const data = await temporaryFolder();
  const registry = new Registry();
  watchDisk(registry, { data, ledger: `${data}/gone` });
  const text = await registry.metrics();
  const { blocks, bsize } = await statfs(data);
  expect(text).toContain(`holdfast_disk_size_bytes{folder="data"} ${blocks * bsize}`);
  expect(text).toMatch(/holdfast_disk_free_bytes\{folder="data"\} [1-9]/);
  expect(text).not.toContain('folder="ledger"');
});
