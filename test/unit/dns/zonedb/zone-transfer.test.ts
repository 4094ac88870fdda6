/** What a secondary gets: incremental and entire transfers, zones without content, expiry. */
import { describe, expect, it } from 'vitest';
import { parseName } from '#dns/wire/name.ts';
import { typeOfMnemonic } from '#dns/wire/rdata/registry.ts';
import { IncomingZone, importTransfer } from '#dns/zonedb/import-transfer.ts';
import { DEFAULT_SETTINGS } from '#dns/zonedb/zone-row.ts';
import { ImageFixture } from '../../../kit/image-fixture.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';
import { formatDelta, transferEdit, update } from '../../../kit/zone-change.ts';
import { contextOf, listRecords, openTestZoneDb } from '../../../kit/zone-db.ts';

const APEX = 'example.com.';
const WWW = 'www.example.com.';
const SETTINGS = { ...DEFAULT_SETTINGS, kind: 'Slave' as const, masters: ['192.0.2.53'] };

function soa(serial: number): string {
  return `${APEX} 3600 SOA ns1.example.com. h.example.com. ${serial} 7200 900 1209600 300`;
}

function rrsig(expires: string): string {
  return `ns1.${APEX} 60 RRSIG A 13 3 60 ${expires} 20200101000000 1 example.com. AAAA`;
}

const ZONE = [soa(10), `${APEX} 3600 NS ns1.example.com.`, `ns1.${APEX} 60 A 192.0.2.1`];
const transferred = () => ({ ...contextOf(), source: 'transfer' as const });

function incomingOf(lines: readonly string[], limits = {}): IncomingZone {
  const incoming = new IncomingZone(parseName(APEX), limits);
  for (const line of lines) {
    const { owner, type, ttl, rdata } = transferEdit(`+ ${line}`);
    incoming.add(owner, type, ttl, rdata);
  }
  return incoming;
}

async function openSecondary(lines: readonly string[] = ZONE) {
  const folder = await temporaryFolder();
  const db = await openTestZoneDb(folder);
  const zone = parseName(APEX);
  const created = await db.zones.createEmpty(zone, SETTINGS, contextOf());
  const whole = async (records: readonly string[], anySerial = false) =>
    importTransfer(db.zones, {
      incoming: incomingOf(records),
      context: transferred(),
      anySerial,
    });
  const delta = (fromSerial: number, toSerial: number, ...edits: string[]) =>
    db.zones.applyTransfer({
      zone,
      fromSerial,
      toSerial,
      edits: edits.map(transferEdit),
      context: transferred(),
    });
  if (lines.length > 0) await whole(lines);
  const fixture = new ImageFixture(db.image);
  const ask = (name = WWW) => fixture.dig(name, 'A', { edns: true })[0];
  return { ...db, folder, zone, created, whole, delta, fixture, ask };
}

describe('a zone without content', () => {
  it('is answered SERVFAIL with the reason, also below it, until a transfer brings one', async () => {
    const { zones, zone, created, whole, fixture, ask } = await openSecondary([]);
    expect(created).toMatchObject({ receipt: 'r-1', changed: true, newSerial: 0 });
    expect(zones.find(zone)?.row).toMatchObject({ records: 0, version: 1, edited: false });
    const { rcode, flags, edns } = fixture.ask(WWW, 'A', { edns: true });
    expect([rcode, flags & 0x0400]).toEqual([2, 0]);
    expect(edns?.options.find(({ code }) => code === 15)?.data).toEqual(Uint8Array.of(0, 24));
    await whole(ZONE);
    expect(ask(WWW)).toBe('NXDOMAIN aa');
    expect(ask(`ns1.${APEX}`)).toBe('NOERROR aa');
    expect(zones.find(zone)?.row).toMatchObject({ serial: 10, records: 3, version: 2 });
  });

  it('comes back as that, and cannot be made twice or edited', async () => {
    const first = await openSecondary([]);
    const again = first.zones.createEmpty(first.zone, SETTINGS, contextOf());
    await expect(again).rejects.toMatchObject({ code: 'ZONE_EXISTS' });
    const operations = [update(`add ${WWW} 60 A 192.0.2.1`)];
    const edit = first.zones.apply({ zone: first.zone, operations, context: contextOf() });
    await expect(edit).rejects.toMatchObject({ code: 'CHANGE_SOA' });
    await first.close();
    const { zones, image } = await openTestZoneDb(first.folder);
    expect(zones.faults()).toEqual([]);
    expect(new ImageFixture(image).dig(WWW, 'A')).toEqual(['SERVFAIL']);
    expect(await zones.changesSince(first.zone, 0)).toEqual([]);
    await zones.remove(first.zone, contextOf());
    expect(new ImageFixture(image, {}, 1).dig(WWW, 'A')).toEqual(['REFUSED']);
  });

  it('ends a chain that leads into it', async () => {
    const db = await openSecondary([]);
    await db.zones.createEmpty(parseName('example.org.'), SETTINGS, contextOf());
    const alias = `${WWW} 60 CNAME w.example.org.`;
    await db.whole([...ZONE, alias]);
    expect(db.fixture.dig(WWW, 'A')).toEqual(['NOERROR aa', `an ${alias}`]);
  });
});

describe('an expired zone', () => {
  it('is answered SERVFAIL until it is refreshed, by whatever way', async () => {
    const { zones, zone, whole, delta, ask } = await openSecondary();
    expect(ask()).toBe('NXDOMAIN aa');
    await zones.setExpired(zone, true);
    expect(zones.find(zone)?.expired).toBe(true);
    expect(ask()).toBe('SERVFAIL');
    await zones.setExpired(zone, false);
    expect(ask()).toBe('NXDOMAIN aa');
    for (const refresh of [
      () => whole(ZONE),
      () => delta(10, 11, `+ ${soa(11)}`, `+ ${WWW} 60 A 192.0.2.9`),
      () => whole([...ZONE.slice(1), soa(12)]),
    ]) {
      await zones.setExpired(zone, true);
      expect(ask()).toBe('SERVFAIL');
      await refresh();
      expect(zones.find(zone)?.expired ?? false).toBe(false);
      expect(ask()).not.toBe('SERVFAIL');
    }
  });
});

describe('an incremental transfer', () => {
  it('is applied with the serials of the primary, over several steps', async () => {
    const { zones, zone, delta } = await openSecondary();
    const outcome = await delta(
      10,
      14,
      `- ${soa(10)}`,
      `- ns1.${APEX} 60 A 192.0.2.1`,
      `+ ${soa(12)}`,
      `+ ns1.${APEX} 90 A 192.0.2.2`,
      `- ${soa(12)}`,
      `+ ${soa(14)}`,
      `+ ns1.${APEX} 90 A 192.0.2.3`,
    );
    expect(outcome).toMatchObject({ oldSerial: 10, newSerial: 14, changed: true });
    const records = await listRecords(zones, zone);
    expect(records).toContain(soa(14));
    expect(records.filter((line) => line.startsWith('ns1'))).toEqual([
      `ns1.${APEX} 90 A 192.0.2.2`,
      `ns1.${APEX} 90 A 192.0.2.3`,
    ]);
    const [step] = (await zones.changesSince(zone, 10)) ?? [];
    expect([step.oldSerial, step.newSerial, ...formatDelta(step)]).toEqual([
      10,
      14,
      `- ns1.${APEX} 60 A 192.0.2.1`,
      `+ ns1.${APEX} 90 A 192.0.2.2`,
      `+ ns1.${APEX} 90 A 192.0.2.3`,
    ]);
    expect(zones.find(zone)?.row.edited).toBe(false);
  });

  it.each([
    ['begins at another serial', 9, 11, [`+ ${soa(11)}`], 'TRANSFER_SERIAL'],
    ['leads back', 10, 9, [`+ ${soa(9)}`], 'TRANSFER_SERIAL'],
    ['ends elsewhere', 10, 12, [`+ ${soa(11)}`], 'TRANSFER_INVALID'],
    ['brings no SOA', 10, 11, [`+ ${WWW} 60 A 192.0.2.1`], 'TRANSFER_INVALID'],
    ['takes the SOA', 10, 11, [`- ${soa(10)}`], 'TRANSFER_INVALID'],
    ['takes what is not here', 10, 11, [`- ${WWW} 60 A 192.0.2.1`], 'TRANSFER_INVALID'],
    ['brings what is here', 10, 11, [`+ ns1.${APEX} 60 A 192.0.2.1`], 'TRANSFER_INVALID'],
    ['reaches outside', 10, 11, ['+ www.example.org. 60 A 192.0.2.1'], 'TRANSFER_INVALID'],
    [
      'breaks a name',
      10,
      11,
      [`+ ns1.${APEX} 60 CNAME x.`, `- ${soa(10)}`, `+ ${soa(11)}`],
      'TRANSFER_INVALID',
    ],
  ])('that %s is refused whole', async (_what, from, to, edits, code) => {
    const { zones, zone, delta } = await openSecondary();
    const before = await listRecords(zones, zone);
    await expect(delta(from, to, ...edits)).rejects.toMatchObject({ code });
    expect(await listRecords(zones, zone)).toEqual(before);
    expect(zones.find(zone)?.row).toMatchObject({ serial: 10, version: 2 });
  });

  it('keeps signatures and what is known of them', async () => {
    const early = '20300101000000';
    const { zones, zone, delta } = await openSecondary([...ZONE, rrsig(early)]);
    const row = () => zones.find(zone)?.row;
    const at = Date.UTC(2030, 0, 1) / 1000;
    expect(row()).toMatchObject({ signed: true, signaturesExpireAt: at });
    const later = '20310101000000';
    await delta(10, 11, `- ${soa(10)}`, `+ ${soa(11)}`, `+ ${rrsig(later)}`);
    expect(row()).toMatchObject({ signed: true, signaturesExpireAt: at });
    await delta(11, 12, `- ${soa(11)}`, `- ${rrsig(early)}`, `+ ${soa(12)}`);
    expect(row()?.signed).toBe(true);
    expect(row()?.signaturesExpireAt).toBeUndefined();
  });
});

describe('an entire transfer', () => {
  it('takes records in any order, and one TTL for each RRset', async () => {
    const { zones, zone, whole } = await openSecondary();
    await whole([
      `${WWW} 90 A 192.0.2.1`,
      `${APEX} 3600 NS ns1.example.net.`,
      soa(11),
      `${WWW} 60 A 192.0.2.2`,
    ]);
    expect(await listRecords(zones, zone)).toEqual([
      `${APEX} 3600 NS ns1.example.net.`,
      soa(11),
      `${WWW} 60 A 192.0.2.1`,
      `${WWW} 60 A 192.0.2.2`,
    ]);
  });

  it('takes a zone that we would only advise against', async () => {
    const { zones, zone, whole } = await openSecondary();
    await whole([soa(11), `a_b.${APEX} 60 MX 10 x.${APEX}`]);
    expect(zones.find(zone)?.row).toMatchObject({ serial: 11, records: 2, edited: false });
  });

  it('with what is here already makes no version', async () => {
    const { whole } = await openSecondary();
    expect(await whole([...ZONE].reverse())).toMatchObject({ changed: false });
  });

  it('with an older serial is refused, unless any is asked for', async () => {
    const { zones, zone, whole } = await openSecondary();
    const older = [soa(9), ...ZONE.slice(1)];
    await expect(whole(older)).rejects.toMatchObject({ code: 'TRANSFER_SERIAL' });
    expect(zones.find(zone)?.row.serial).toBe(10);
    expect(await whole(older, true)).toMatchObject({ changed: true, newSerial: 9 });
  });

  it.each([
    ['no SOA', ZONE.slice(1)],
    ['two SOA', [...ZONE, soa(11)]],
    ['an SOA below the apex', [...ZONE, soa(11).replace(APEX, WWW)]],
    ['a CNAME beside other data', [...ZONE, `ns1.${APEX} 60 CNAME x.`]],
    ['two CNAMEs', [...ZONE, `${WWW} 60 CNAME x.`, `${WWW} 60 CNAME y.`]],
    ['names of others', [...ZONE, 'www.example.org. 60 A 192.0.2.1']],
  ])('with %s is refused, and the zone goes on', async (_what, lines) => {
    const { zones, zone, whole, ask } = await openSecondary();
    await expect(whole(lines)).rejects.toMatchObject({ code: 'TRANSFER_INVALID' });
    expect(zones.find(zone)?.row).toMatchObject({ serial: 10, version: 2 });
    expect(ask()).toBe('NXDOMAIN aa');
  });

  it.each([{ recordsMax: 2 }, { octetsMax: 60 }])('has limits: %j', (limits) => {
    expect(() => incomingOf(ZONE, limits)).toThrow(
      expect.objectContaining({ code: 'TRANSFER_TOO_LARGE' }),
    );
  });

  it('never has what only a question or a message has', () => {
    const incoming = incomingOf(ZONE);
    const any = typeOfMnemonic('ANY') ?? 255;
    const refusal = () => incoming.add(parseName(APEX), any, 0, new Uint8Array());
    expect(refusal).toThrow(expect.objectContaining({ code: 'TRANSFER_INVALID' }));
  });
});

describe('who listens', () => {
  it('is told of versions and of zones, until it stops, and harms nobody by failing', async () => {
    const { zones, zone, whole } = await openSecondary([]);
    const seen: string[] = [];
    zones.subscribe(() => {
      throw new Error('a defect');
    });
    const stop = zones.subscribe(({ kind, version, serial }) =>
      seen.push(`${kind} ${version} ${serial}`),
    );
    zones.watchZones(({ kind }) => seen.push(kind));
    await whole(ZONE);
    await zones.changeSettings(zone, { account: 'a' }, contextOf());
    await zones.changeSettings(zone, { account: 'a' }, contextOf());
    stop();
    await whole([soa(11), ...ZONE.slice(1)]);
    await zones.remove(zone, contextOf());
    await zones.createEmpty(zone, SETTINGS, contextOf());
    expect(seen).toEqual(['replace 2 10', 'settings', 'removed', 'created']);
  });
});
