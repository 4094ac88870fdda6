// Who locked a name, as auditors read it: a real server's two journals, of the register and of its
// zones, say the same words of the same hour, while the registrar is told of the operator alone.
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { holdfast } from '../../kit/command-line.ts';
import { openDemoSession } from '../../kit/epp/demo-session.ts';
import { commandOf } from '../../kit/epp/epp-client.ts';
import { contactCreate, domainCreate, done, hostCreate } from '../../kit/epp/epp-objects.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { startUpProcess } from '../../kit/up-process.ts';

interface Entry {
  actor: string;
  zone?: string;
  command?: string;
}

function parseLines(text: string): Entry[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Entry);
}

it('both journals name who locked a name in the same words', { timeout: 90_000 }, async () => {
  const up = await startUpProcess(await temporaryFolder(), { without: ['sla', 'probe', 'rdds'] });
  const session = await openDemoSession(join(up.folder, 'data'), Number(up.own('7000')));
  onTestFinished(() => session.close());
  await done(session, contactCreate('jo-1'));
  const nameservers = ['ns1.host.example', 'ns2.host.example'];
  for (const host of nameservers) await done(session, hostCreate(host));
  await done(session, domainCreate('held.tld', { contact: 'jo-1', nameservers }));

  const own = ['--config', join(up.folder, 'config', 'holdfast.yaml')];
  const from = new Date().toISOString();
  const to = new Date(Date.now() + 3_600_000).toISOString();
  const lock = ['lock', 'held.tld', '--against', 'hold', '--reason', 'court order 5'];
  expect(await holdfast('registry', ...lock, ...own)).toMatchObject({ exitCode: 0 });

  const span = ['--from', from, '--to', to, ...own];
  const register = parseLines((await holdfast('registry', 'journal', ...span)).stdout);
  expect(register).toMatchObject([
    { command: 'domain:update', actor: 'admin-key', who: 'OPERATOR', address: '127.0.0.1' },
  ]);
  const zones = async () => parseLines((await holdfast('journal', 'export', ...span)).stdout);
  await expect
    .poll(async () => (await zones()).filter(({ zone }) => zone === 'tld.').at(-1), {
      timeout: 10_000,
    })
    .toMatchObject({ actor: 'admin-key', source: 'epp', diff: { removed: expect.anything() } });
  const before = await holdfast('registry', 'journal', '--to', from, ...own);
  expect(parseLines(before.stdout).at(-1)).toMatchObject({ actor: 'demo-rar', who: 'demo-rar' });

  const told = await done(session, commandOf('<poll op="req"/>'));
  expect(told).toContain('>OPERATOR<');
  expect(told).not.toContain('admin-key');
});
