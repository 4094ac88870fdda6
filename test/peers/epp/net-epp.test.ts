/** Net::EPP (Debian libnet-epp-perl), which many registrars use, runs a whole session. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { maintenanceAnnounce } from '#registry/flow/operator/maintenance-notices.ts';
import { tldCreate } from '#registry/flow/operator/tld-policy.ts';
import { EppFixture } from '../../kit/epp/epp-fixture.ts';
import { peersMissing } from '../../kit/peers.ts';

const SCRIPT = join(import.meta.dirname, 'net-epp-session.pl');

function hasNetEpp(): boolean {
  try {
    execFileSync('perl', ['-MNet::EPP::Simple', '-e', '1'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const isMissing = peersMissing('perl') || (!hasNetEpp() && peersMissing('libnet-epp-perl'));

describe.skipIf(isMissing)('Net::EPP', () => {
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

  async function runSession(): Promise<string[]> {
    const [{ id, password, identity }] = epp.accounts;
    const files = { ca: epp.authority.certificate, cert: identity.certificate, key: identity.key };
    const paths = Object.entries(files).map(async ([name, text]) => {
      const path = join(folder, `${name}.pem`);
      await writeFile(path, text);
      return path;
    });
    const port = String(epp.server.address.port);
    const session = [SCRIPT, port, id, password, ...(await Promise.all(paths))];
    const { stdout, stderr } = await promisify(execFile)('perl', session).catch(
      (error: { stdout: string; stderr: string }) => error,
    );
    return `${stdout}${stderr}`.trim().split('\n');
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
