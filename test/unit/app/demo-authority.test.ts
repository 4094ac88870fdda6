// Files of TLS for EPP that are made for one's own machine: what is made, kept and renewed.
import { X509Certificate } from 'node:crypto';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { openDemoAuthority } from '#app/demo-authority.ts';
import { makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { systemRandom } from '#base/random.ts';
import { openSecureContext } from '#net/tls-gate.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 10, 22);

async function openOnce() {
  const cell = makeClockCell(START_MS);
  const parts = {
    clock: openClock({ kind: 'cell', cell }),
    log: silentLog(),
    random: systemRandom(),
  };
  const data = await temporaryFolder();
  const open = async (address = '127.0.0.1') =>
    openDemoAuthority({ data, address, registrar: 'demo' }, parts);
  return { open, wait: (days: number) => setClockCell(cell, START_MS + days * DAY_MS) };
}

async function read(path: string): Promise<string> {
  return readFile(path, 'utf8');
}

describe('the authority of a machine of one’s own', () => {
  it('vouches for the server and for a registrar, in files that only the owner can read', async () => {
    const { open } = await openOnce();
    const { server, registrar } = await open();
    const authority = new X509Certificate(await read(server.clientCa));
    for (const { certificate, key } of [server, registrar ?? server]) {
      const made = new X509Certificate(await read(certificate));
      expect(made.verify(authority.publicKey)).toBe(true);
      expect((await stat(key)).mode & 0o777).toBe(0o600);
      openSecureContext({ certificate: await read(certificate), key: await read(key) });
    }
    expect(new X509Certificate(await read(server.certificate)).checkIP('127.0.0.1')).toBeDefined();
    expect(registrar?.certificateSha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is kept, and renews a certificate in the month before it ends', async () => {
    const { open, wait } = await openOnce();
    const first = await open();
    wait(366);
    expect(await open()).toEqual(first);
    wait(368);
    const renewed = await open();
    expect(renewed.registrar?.certificateSha256).not.toBe(first.registrar?.certificateSha256);
    const authority = new X509Certificate(await read(first.server.clientCa));
    const server = new X509Certificate(await read(first.server.certificate));
    expect(server.verify(authority.publicKey)).toBe(true);
    expect(server.validToDate.getTime()).toBe(START_MS + (368 + 397) * DAY_MS);
  });

  it('makes anew what is lost, damaged, another’s, or for another address', async () => {
    const { open } = await openOnce();
    const first = await open();
    const { registrar, server } = first;
    const changes = async (): Promise<boolean> =>
      (await open()).registrar?.certificateSha256 !== registrar?.certificateSha256;
    expect(await changes()).toBe(false);
    await writeFile(registrar?.certificate ?? '', 'broken');
    expect(await changes()).toBe(true);
    const before = await read(server.certificate);
    await open('127.0.0.2');
    expect(await read(server.certificate)).not.toBe(before);
    const old = new X509Certificate(await read(server.clientCa));
    await rm(server.clientCa);
    await open();
    const renewed = new X509Certificate(await read(server.certificate));
    expect(renewed.verify(old.publicKey)).toBe(false);
  });

  it('says which folder it cannot use', async () => {
    const parts = {
      clock: openClock({ kind: 'system' }),
      log: silentLog(),
      random: systemRandom(),
    };
    const file = `${await temporaryFolder()}/file`;
    await writeFile(file, '');
    const refused = openDemoAuthority({ data: file, address: '127.0.0.1' }, parts);
    await expect(refused).rejects.toMatchObject({ code: 'EPP_DEMO_FILES' });
  });
});
