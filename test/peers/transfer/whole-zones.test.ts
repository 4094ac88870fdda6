/**
 * Zones of every kind (signed with NSEC and NSEC3, odd names, every record type, huge RRsets), each
 * transferred by us and by BIND from the same master file: the records must be the same.
 */
import { execFile } from 'node:child_process';
import { copyFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startPeer } from '../../kit/peer-server.ts';
import { findPeer, peersMissing } from '../../kit/peers.ts';
import { addNameserverKeys } from '../../kit/server-configuration.ts';
import { makeServerFolder, ServerProcess } from '../../kit/server-process.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const run = promisify(execFile);
const ZONES = fileURLToPath(new URL('../differential/zones/', import.meta.url));

/** All records, names in lower case as transfers may have either, sorted. */
async function content(port: number, zone: string): Promise<string[]> {
  const { stdout } = await run(
    findPeer('dig') ?? 'dig',
    ['@127.0.0.1', '-p', `${port}`, '+noall', '+answer', '+onesoa', zone, 'AXFR'],
    { maxBuffer: 1 << 26 },
  );
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/^\S+/, (owner) => owner.toLowerCase()).replaceAll(/\s+/g, ' '))
    .sort();
}

describe.skipIf(peersMissing('dig', 'named'))('a zone transferred by us and by BIND', () => {
  it('has the same records, whatever is in it', { timeout: 60_000 }, async () => {
    const folder = await temporaryFolder();
    const files = await readdir(ZONES);
    const zones = new Map(files.map((file) => [file.replace(/zone$/, ''), join(ZONES, file)]));
    const peer = await startPeer('bind', folder, zones);
    onTestFinished(async () => peer.close());
    const place = await makeServerFolder(folder);
    await addNameserverKeys(place, ['transfer: { allow: ["127.0.0.1"] }']);
    for (const file of files) await copyFile(join(ZONES, file), join(place.zones, file));
    await ServerProcess.start(place);
    for (const zone of zones.keys()) {
      const ours = await content(place.dnsPort, zone);
      expect(ours.length).toBeGreaterThan(3);
      expect(ours).toEqual(await content(peer.port, zone));
    }
  });
});
