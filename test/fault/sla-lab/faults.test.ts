// Faults of servers, roads, probes and the sidecar, one minute each: the score moves by exactly the
// minutes that a server was at fault, and by none for anybody else's.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { verifyLedger } from '#sla/ledger/verify-ledger.ts';
import type { Score } from '#sla/score/score-json.ts';
import { clearDnsProxy, type DnsProxy, halved, lame, truncated } from '../../kit/dns-proxy.ts';
import { makeServerFolder, ServerProcess } from '../../kit/server-process.ts';
import { SlaLab } from '../../kit/sla-lab.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const ZONE = 'example.com.';
const SOA = 'ns1.example.com. hostmaster.example.com. SERIAL 7200 1800 1209600 300';

const zoneText = `@ 300 IN SOA ${SOA.replace('SERIAL', '7')}
@ NS ns1
@ NS ns2
@ NS ns3
ns1 A 127.0.0.1
ns2 A 127.0.0.2
ns3 A 127.0.0.3
`;

async function startServer(): Promise<ServerProcess> {
  const place = await makeServerFolder(await temporaryFolder());
  await writeFile(join(place.zones, `${ZONE}zone`), zoneText);
  return ServerProcess.start(place);
}

/** Down minutes of the service and of each address; minutes with too few probes, and with none. */
interface Minutes {
  service: number;
  addresses: [number, number, number];
  discarded: number;
  unmeasured: number;
}

function minutesOf(score: Score): Minutes {
  const downtimes = score.parameters.flatMap((each) => ('downSeconds' in each ? [each] : []));
  const [service, ...addresses] = downtimes;
  const [ns1, ns2, ns3] = addresses.map(({ downSeconds }) => downSeconds.min / 60);
  return {
    service: (service?.downSeconds.min ?? -60) / 60,
    addresses: [ns1 ?? -1, ns2 ?? -1, ns3 ?? -1],
    discarded: (service?.discardedSeconds ?? -60) / 60,
    unmeasured: (service?.unmeasuredSeconds ?? -60) / 60,
  };
}

async function openLab(): Promise<{ lab: SlaLab; servers: [ServerProcess, ServerProcess] }> {
  const servers: [ServerProcess, ServerProcess] = [await startServer(), await startServer()];
  const [first, second] = servers.map(({ place }) => place.dnsPort) as [number, number];
  const lab = await SlaLab.open({ zone: ZONE, upstreamPorts: [first, second, first] });
  return { lab, servers };
}

/** One minute with a fault, then a clear road again; what the tests of the minute said. */
async function withFault(lab: SlaLab, fault: (roads: DnsProxy[]) => void): Promise<Set<string>> {
  fault(lab.roads);
  const tests = await lab.runCycle();
  for (const road of lab.roads) clearDnsProxy(road);
  return new Set(tests.map(({ error }) => error ?? 'answered'));
}

describe('the laboratory', { timeout: 120_000 }, () => {
  it('counts the minutes in which a server or its road was at fault', async () => {
    const { lab, servers } = await openLab();
    const [ns1, ns2, ns3] = lab.roads as [DnsProxy, DnsProxy, DnsProxy];
    expect(await withFault(lab, () => undefined)).toEqual(new Set(['answered']));
    await withFault(lab, () => (ns1.isDropping = true));
    await withFault(lab, () => {
      ns1.isDropping = true;
      ns2.isDropping = true;
    });
    // Slow, and still an answer; then so slow that it is none.
    await withFault(lab, () => (ns1.delayMs = 600));
    await withFault(lab, () => (ns1.delayMs = 1_800));
    expect(await withFault(lab, () => (ns2.alter = truncated))).toContain('truncated');
    expect(await withFault(lab, () => (ns3.alter = lame))).toContain('not-authoritative');
    expect(await withFault(lab, () => (ns3.alter = halved))).toContain('malformed');
    // A secondary that is behind is in order for an hour, and not any longer.
    const content = SOA.replace('SERIAL', '8');
    const rrset = {
      name: ZONE,
      type: 'SOA',
      ttl: 300,
      changetype: 'REPLACE',
      records: [{ content }],
    };
    const path = `/api/v1/servers/localhost/zones/${ZONE}`;
    expect((await servers[0].api('PATCH', path, { rrsets: [rrset] })).status).toBe(204);
    expect(await withFault(lab, () => undefined)).toEqual(new Set(['answered']));
    lab.skip(60);
    expect(await withFault(lab, () => undefined)).toContain('stale-serial');
    const score = await lab.decided();
    expect(minutesOf(score)).toEqual({
      // Twice one address of two was at fault at once; with one of three the service is there.
      service: 1,
      // Dropped twice and late once; dropped, truncated, stale; lame, malformed.
      addresses: [3, 3, 2],
      discarded: 0,
      unmeasured: 60,
    });
    // Of the slow minute and the late one nothing was within the limit.
    const shares = score.parameters.flatMap((each) => ('within' in each ? [each] : []));
    const sum = (pick: (each: { total: number; within: number }) => number): number =>
      shares.reduce((total, each) => total + pick(each), 0);
    expect(sum(({ total }) => total)).toBe(10 * 9);
    expect(sum(({ total, within }) => total - within)).toBe(3 * (3 + 3 + 2 + 1));
  });

  it('counts nothing for a dead probe, and of a sidecar that was away what its probes saw', async () => {
    const { lab } = await openLab();
    const [ns1, ns2] = lab.roads as [DnsProxy, DnsProxy];
    await withFault(lab, () => undefined);
    await lab.stop('p03');
    await withFault(lab, () => undefined);
    // One of three is left: too few, whatever it sees.
    await lab.stop('p02');
    await withFault(lab, () => {
      ns1.isDropping = true;
      ns2.isDropping = true;
    });
    await lab.start('p02');
    await lab.start('p03');
    await withFault(lab, () => undefined);
    // Away while an outage is measured, and back in time: the minute counts.
    await lab.stop('sla');
    const outage = withFault(lab, () => {
      ns1.isDropping = true;
      ns2.isDropping = true;
    });
    await lab.start('sla');
    await outage;
    // Away for ten minutes: nobody knows what was.
    await lab.stop('sla');
    lab.skip(10);
    await lab.start('sla');
    await withFault(lab, () => undefined);
    expect(minutesOf(await lab.decided())).toEqual({
      service: 1,
      addresses: [1, 1, 0],
      discarded: 1,
      unmeasured: 10,
    });
    expect((await verifyLedger(lab.ledger)).torn).toBeUndefined();
  });
});
