/**
 * A registrar's script deleted names by mistake, and the server was killed in the middle of the day:
 * the moment before the mistake comes back, names and delegations alike, from backups that went on
 * where they were before the kill.
 */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { holdfast } from '../../kit/command-line.ts';
import { openDemoSession } from '../../kit/epp/demo-session.ts';
import { objectCommand } from '../../kit/epp/epp-frames.ts';
import { contactCreate, domainCreate, done, hostCreate } from '../../kit/epp/epp-objects.ts';
import { freePort } from '../../kit/free-port.ts';
import { makeServerFolder, ServerProcess } from '../../kit/server-process.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { askUdp } from '../../kit/udp-query.ts';

const HOST = 'ns1.host.example';
/** Enough that a few names are not most of the store. */
const OTHER_RECORDS = 3000;

function domainDelete(name: string): string {
  return objectCommand('domain', 'delete', `<domain:name>${name}</domain:name>`);
}

it('brings names back to a moment', { timeout: 90_000 }, async () => {
  const eppPort = await freePort();
  const place = await makeServerFolder(
    await temporaryFolder(),
    `epp: { listen: "127.0.0.1:${eppPort}", demoRegistrar: demo-rar, tlds: [tld.] }
backup:
  schedule: '0 0 1 1 *'
  incremental: never
  drill: never
  locations:
    - { name: disk, directory: ./disk }
`,
  );
  const head = `@ 3600 IN SOA ${HOST}. h.example. 1 7200 1800 1209600 300\n@ NS ${HOST}.\n`;
  const rest = Array.from({ length: OTHER_RECORDS }, (_, at) => `h${at} A 192.0.2.1\n`).join('');
  await writeFile(join(place.zones, 'tld.zone'), head);
  await writeFile(join(place.zones, 'other.example.zone'), head + rest);
  const open = async () => {
    const server = await ServerProcess.start(place);
    const session = await openDemoSession(place.data, eppPort);
    onTestFinished(() => session.close());
    return { server, session };
  };
  const backUp = async (...options: string[]): Promise<string> =>
    (await holdfast('backup', 'now', ...options, '--config', place.config)).stdout;
  const isDelegated = async (name: string): Promise<boolean> => {
    const { authorities = [] } = await askUdp({ port: place.dnsPort, name, type: 'NS' });
    return authorities.some(({ type }) => type === 'NS');
  };

  const before = await open();
  await done(before.session, contactCreate('jo-1'));
  await done(before.session, hostCreate(HOST));
  const wanted = { contact: 'jo-1', nameservers: [HOST] };
  await done(before.session, domainCreate('first.tld', wanted));
  expect(await backUp()).toMatch(/disk\s+full\s+verified/);
  await before.server.kill();

  const { server, session } = await open();
  await done(session, domainCreate('second.tld', wanted));
  await sleep(20);
  const moment = new Date().toISOString();
  await sleep(20);
  for (const name of ['first.tld', 'second.tld']) await done(session, domainDelete(name));
  await expect.poll(() => isDelegated('first.tld')).toBe(false);
  expect(await backUp('--incremental')).toMatch(/disk\s+incremental\s+verified/);
  await server.stop();

  await rm(place.data, { recursive: true });
  const from = ['--config', place.config, '--from', 'disk', '--at', moment];
  const restored = await holdfast('restore', ...from, '--into', place.data);
  expect(restored).toMatchObject({ exitCode: 0, stderr: '' });
  expect(restored.stdout).toMatch(/register of names as of its last change until then, \S+Z/);
  const again = await open();
  for (const name of ['first.tld', 'second.tld']) {
    await expect.poll(() => isDelegated(name)).toBe(true);
  }
  await done(again.session, domainDelete('second.tld'));
  expect(await again.server.stop()).toBe(0);
});
