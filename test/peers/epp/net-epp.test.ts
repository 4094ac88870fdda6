/** Net::EPP (Debian libnet-epp-perl), which many registrars use, runs a whole session. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { maintenanceAnnounce } from '#registry/flow/operator/maintenance-notices.ts';
import { tldCreate } from '#registry/flow/operator/tld-policy.ts';
import { EppFixture } from '../../kit/epp/epp-fixture.ts';
import { netEppMissing } from '../../kit/peers.ts';
import { runNetEppSession } from './net-epp-session.ts';

describe.skipIf(netEppMissing())('Net::EPP', () => {
  let epp: EppFixture;
  let folder: string;
  let lines: string[];

  beforeAll(async () => {
    epp = await EppFixture.open();
    folder = await mkdtemp(join(tmpdir(), 'net-epp-'));
    const prices = { create: 1000, renew: 800, transfer: 900, restore: 5000 };
    const thick = { name: 'thick', repositoryId: 'THICK', currency: 'USD', prices };
    await tldCreate(epp.context, thick, epp.operator());
    await announce();
    lines = await runSession();
  }, 30_000);

  afterAll(async () => {
    await epp.close();
    await rm(folder, { recursive: true });
  });

  async function announce(): Promise<void> {
    const nowMs = epp.context.clock.nowMs();
    await maintenanceAnnounce(
      epp.context,
      {
        operation: 'create',
        systems: [{ name: 'EPP', impact: 'full' }],
        environment: 'production',
        fromMs: nowMs + 86_400_000,
        toMs: nowMs + 90_000_000,
        reason: 'planned',
        description: 'A new disk',
        tlds: ['thick'],
      },
      epp.operator(),
    );
  }

  async function write(name: string, text: string): Promise<string> {
    const path = join(folder, `${name}.pem`);
    await writeFile(path, text);
    return path;
  }

  async function runSession(): Promise<string[]> {
    const [{ id, password, identity }] = epp.accounts;
    const files = {
      ca: await write('ca', epp.authority.certificate),
      certificate: await write('certificate', identity.certificate),
      key: await write('key', identity.key),
    };
    const { port } = epp.server.address;
    return runNetEppSession({ port, id, password, files, zone: 'thick' });
  }

  it('does every step of a registrar’s session', () => {
    const steps = lines.filter((line) => /^(?:not )?ok /.test(line));
    expect(steps.filter((line) => line.startsWith('not'))).toEqual([]);
    expect(steps).toHaveLength(12);
  });

  it('reads what it wrote', () => {
    expect(lines).toEqual(
      expect.arrayContaining([
        'check free=1',
        'check taken=0',
        'info ns=ns.example.net,ns1.perl.thick',
        'info status=clientTransferProhibited',
        'info registrant=PERL-1',
        'host addrs=192.0.2.1,2001:db8::1',
        'contact email=larry@example.com',
      ]),
    );
  });

  it('gets its message and acknowledges it', () => {
    expect(lines).toEqual(expect.arrayContaining(['poll code=1301', 'ack code=1000']));
  });

  it('leaves the register without what it has deleted', async () => {
    expect(await epp.register.host('ns1.perl.thick')).toBeUndefined();
  });
});
