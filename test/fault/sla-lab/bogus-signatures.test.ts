// A signed zone whose signatures are spoilt on the road: the probes validate, so each minute counts
// for the service, the address and DNSSEC, and not one more.
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { decode, encode } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { clearDnsProxy, type DnsProxy } from '../../kit/dns-proxy.ts';
import { peersMissing } from '../../kit/peers.ts';
import { downOf } from '../../kit/scored-file.ts';
import { makeServerFolder, ServerProcess } from '../../kit/server-process.ts';
import { SIGNING_PROGRAMS, signZone } from '../../kit/signed-zone.ts';
import { LAB_START_MS, SlaLab } from '../../kit/sla-lab.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const ZONE = 'example.com.';
const DAY_SECONDS = 86_400;

/** One bit of every signature over the SOA record turned. */
function spoilt(reply: Uint8Array): Uint8Array {
  const message = decode(Buffer.from(reply));
  for (const record of message.answers ?? []) {
    if (record.type !== 'RRSIG' || record.data.typeCovered !== 'SOA') continue;
    const signature = Buffer.from(record.data.signature);
    signature[8] = (signature[8] ?? 0) ^ 1;
    record.data.signature = signature;
  }
  return encode(message);
}

async function openLab(): Promise<SlaLab> {
  const folder = await temporaryFolder();
  const keys = join(folder, 'keys');
  await mkdir(keys);
  const ahead = Math.floor((LAB_START_MS - Date.now()) / 1000);
  const signed = await signZone(keys, {
    zone: ZONE,
    algorithm: 'ECDSAP256SHA256',
    denial: 'nsec',
    inception: ahead - DAY_SECONDS,
    expiration: ahead + 30 * DAY_SECONDS,
  });
  const place = await makeServerFolder(folder);
  await copyFile(signed.file, join(place.zones, `${ZONE}zone`));
  await ServerProcess.start(place);
  const anchors = JSON.stringify(signed.ds);
  return SlaLab.open({
    zone: ZONE,
    upstreamPorts: [place.dnsPort, place.dnsPort],
    probeLines: `  trustAnchors: ${anchors}\n`,
  });
}

describe.skipIf(peersMissing(...SIGNING_PROGRAMS))('a signed zone', { timeout: 120_000 }, () => {
  it('is down for as long as its signatures do not fit', async () => {
    const lab = await openLab();
    const [ns1, ns2] = lab.roads as [DnsProxy, DnsProxy];
    const run = async (...roads: DnsProxy[]): Promise<(string | undefined)[]> => {
      for (const road of roads) road.alter = spoilt;
      const tests = await lab.runCycle();
      for (const road of roads) clearDnsProxy(road);
      return tests.map((test) => test.error ?? (test.service === 'dns' ? test.dnssec : undefined));
    };
    expect(new Set(await run())).toEqual(new Set(['secure']));
    expect(new Set(await run(ns2))).toEqual(new Set(['secure', 'dnssec-signature-invalid']));
    expect(new Set(await run(ns1, ns2))).toEqual(new Set(['dnssec-signature-invalid']));
    expect(new Set(await run())).toEqual(new Set(['secure']));
    const score = await lab.decided();
    // Two name servers are the least that a service has.
    expect(downOf(score, 'service')).toBe(120);
    const addresses = score.parameters.flatMap((each) =>
      'address' in each && 'downSeconds' in each ? [each.downSeconds.min] : [],
    );
    expect(addresses).toEqual([60, 120]);
    const [, dnssec] = score.emergency;
    expect(dnssec).toMatchObject({ service: 'dnssec', peakSeconds: 120 });
  });
});
