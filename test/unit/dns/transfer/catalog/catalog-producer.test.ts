/** Catalog zones made of the zones of a real zone database. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { openClock } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { systemRandom } from '#base/random.ts';
import { CatalogProducer } from '#dns/transfer/catalog/catalog-producer.ts';
import { parseName } from '#dns/wire/name.ts';
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';
import { temporaryFolder } from '../../../../kit/temporary-folder.ts';
import {
  contextOf,
  createExample,
  listRecords,
  openTestZoneDb,
  remove,
  replace,
} from '../../../../kit/zone-db.ts';

const CATALOG = parseName('catalog.holdfast.');

async function openProducer(zones: ZoneDb, defaultCatalog = CATALOG): Promise<CatalogProducer> {
  const producer = await CatalogProducer.open({
    zones,
    defaultCatalog,
    clock: openClock({ kind: 'system' }),
    random: systemRandom(),
    log: silentLog(),
  });
  onTestFinished(() => producer.close());
  return producer;
}

async function openZones(): Promise<ZoneDb> {
  return (await openTestZoneDb(await temporaryFolder())).zones;
}

/** `LABEL.zones… PTR` and properties without TTL; each label by the member that it stands for. */
async function members(zones: ZoneDb, catalog = CATALOG): Promise<string[]> {
  const records = (await listRecords(zones, catalog)).map((line) => line.split(' '));
  const names = new Map<string, string>();
  for (const [owner, , type, content] of records) {
    if (type === 'PTR' && !owner.startsWith('coo.')) names.set(owner.split('.')[0], content);
  }
  const lines = records.filter(([owner]) => owner.includes('.zones.'));
  const texts = lines.map(([owner, , type, content]) => {
    const labels = owner.split('.');
    const at = labels.indexOf('zones') - 1;
    const property = at === 0 ? '' : `${labels[0]} of `;
    return `${property}${names.get(labels[at]) ?? labels[at]} ${type} ${content}`;
  });
  return texts.toSorted();
}

async function labelOf(zones: ZoneDb, member: string): Promise<string | undefined> {
  const records = await listRecords(zones, CATALOG);
  return records.find((line) => line.endsWith(` PTR ${member}`))?.split('.')[0];
}

describe('the default catalog', () => {
  it('is made again when somebody deletes it', async () => {
    const zones = await openZones();
    await createExample(zones);
    const producer = await openProducer(zones);
    await zones.remove(CATALOG, contextOf());
    await producer.idle();
    expect(await members(zones)).toEqual(['example.com. PTR example.com.']);
  });

  it('is made with its version, and lists every zone of our own', async () => {
    const zones = await openZones();
    await createExample(zones);
    await createExample(zones, [], { kind: 'Master' }, 'b.example.');
    await createExample(zones, [], { kind: 'Slave' }, 'fetched.example.');
    await openProducer(zones);
    const records = await listRecords(zones, CATALOG);
    expect(records).toContain('version.catalog.holdfast. 0 TXT "2"');
    expect(records).toContain('catalog.holdfast. 0 NS invalid.');
    expect(zones.find(CATALOG)?.row.settings.kind).toBe('Producer');
    expect(await members(zones)).toEqual([
      'b.example. PTR b.example.',
      'example.com. PTR example.com.',
    ]);
  });

  it('follows zones that come, change and go, in few versions', async () => {
    const zones = await openZones();
    const producer = await openProducer(zones);
    const names = Array.from({ length: 20 }, (_, index) => `z${index}.example.`);
    const before = zones.find(CATALOG)?.row.version ?? 0;
    await Promise.all(names.map((name) => createExample(zones, [], {}, name)));
    await producer.idle();
    expect(await members(zones)).toHaveLength(20);
    expect((zones.find(CATALOG)?.row.version ?? 0) - before).toBeLessThan(20);
    await zones.remove(parseName('z3.example.'), contextOf());
    await zones.changeSettings(parseName('z4.example.'), { kind: 'Slave' }, contextOf());
    await producer.idle();
    const left = (await members(zones)).map((line) => line.split(' ')[0]);
    expect(left.toSorted()).toEqual(names.filter((name) => !/^z[34]\./.test(name)).toSorted());
  });

  it('keeps the label of a zone over a restart, and gives a zone made again another', async () => {
    const zones = await openZones();
    const apex = await createExample(zones);
    const first = await openProducer(zones);
    const label = await labelOf(zones, 'example.com.');
    expect(label).toMatch(/^[a-z2-7]{16}$/);
    await first.close();
    const version = zones.find(CATALOG)?.row.version;
    const producer = await openProducer(zones);
    expect(await labelOf(zones, 'example.com.')).toBe(label);
    expect(zones.find(CATALOG)?.row.version).toBe(version);
    // Deleted and made again before the catalog could follow.
    await zones.remove(apex, contextOf());
    await createExample(zones);
    await producer.idle();
    expect(await labelOf(zones, 'example.com.')).not.toBe(label);
    expect(await members(zones)).toHaveLength(1);
  });

  it('carries groups and change of ownership, and lets go of them', async () => {
    const zones = await openZones();
    const apex = await createExample(zones);
    const producer = await openProducer(zones);
    const metadata = {
      'X-CATALOG-GROUP': ['signed', 'eu'],
      'X-CATALOG-COO': ['other.catalog.'],
    };
    await zones.changeSettings(apex, { metadata }, contextOf());
    await producer.idle();
    expect(await members(zones)).toEqual([
      'coo of example.com. PTR other.catalog.',
      'example.com. PTR example.com.',
      'group of example.com. TXT "eu"',
      'group of example.com. TXT "signed"',
    ]);
    await zones.changeSettings(apex, { metadata: {} }, contextOf());
    await producer.idle();
    expect(await members(zones)).toEqual(['example.com. PTR example.com.']);
  });

  it('is put in order when somebody edits it', async () => {
    const zones = await openZones();
    await createExample(zones);
    const producer = await openProducer(zones);
    const label = await labelOf(zones, 'example.com.');
    const operations = [
      remove(`${label}.zones.catalog.holdfast.`, 'PTR'),
      replace('stray.zones.catalog.holdfast.', 'PTR', 0, 'gone.example.'),
      remove('version.catalog.holdfast.', 'TXT'),
    ];
    await zones.apply({ zone: CATALOG, operations, context: contextOf() });
    await producer.idle();
    expect(await members(zones)).toEqual(['example.com. PTR example.com.']);
    expect(await listRecords(zones, CATALOG)).toContain('version.catalog.holdfast. 0 TXT "2"');
  });
});

describe('a catalog that zones name', () => {
  it('lists these, also where it is made after them, and the default catalog does not', async () => {
    const zones = await openZones();
    await createExample(zones, [], { catalog: 'other.catalog.' });
    const producer = await openProducer(zones);
    expect(await members(zones)).toEqual([]);
    const other = await createExample(zones, [], { kind: 'Producer' }, 'other.catalog.');
    await producer.idle();
    expect(await members(zones, other)).toEqual(['example.com. PTR example.com.']);
    expect(producer.statuses().map((status) => status.members)).toEqual([0, 1]);
  });
});
