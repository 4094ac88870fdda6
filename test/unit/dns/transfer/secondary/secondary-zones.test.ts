import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from 'dns-packet';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Clock, openClock } from '#base/clock.ts';
import { type Log, silentLog } from '#base/log.ts';
import { seededRandom } from '#base/random.ts';
import { PrimaryList } from '#dns/transfer/secondary/primary-list.ts';
import type { RefreshBounds } from '#dns/transfer/secondary/refresh-timers.ts';
import type { RefreshRecord, RefreshRecords } from '#dns/transfer/secondary/secondary-status.ts';
import { ATTENDED_MAX, SecondaryZones } from '#dns/transfer/secondary/secondary-zones.ts';
import type { TransferLimits } from '#dns/transfer/secondary/transfer-limits.ts';
import { EDNS_OPTION } from '#dns/wire/edns.ts';
import { parseName } from '#dns/wire/name.ts';
import { generationRange } from '#dns/zonedb/zone-keys.ts';
import { DEFAULT_SETTINGS } from '#dns/zonedb/zone-row.ts';
import { freePort } from '../../../../kit/free-port.ts';
import { ImageFixture } from '../../../../kit/image-fixture.ts';
import {
  type AskedPrimary,
  addressAnswer,
  encodeReply,
  nsAnswer,
  type PrimaryScript,
  type ScriptedPrimary,
  soaAnswer,
  startScriptedPrimary,
  wholeZoneScript,
} from '../../../../kit/scripted-primary.ts';
import { ShiftedClock } from '../../../../kit/shifted-clock.ts';
import { temporaryFolder } from '../../../../kit/temporary-folder.ts';
import {
  contextOf,
  createExample,
  listRecords,
  openTestZoneDb,
  type TestZoneDb,
} from '../../../../kit/zone-db.ts';

const APEX = parseName('example.com.');
const WWW = addressAnswer('www', '192.0.2.1');
const FROM_PRIMARY = { address: '127.0.0.1' };

class KeptRecords implements RefreshRecords {
  records: RefreshRecord[] = [];

  async load(): Promise<RefreshRecord[]> {
    return this.records;
  }

  async save(records: readonly RefreshRecord[], removed: readonly string[]): Promise<void> {
    const gone = new Set([...removed, ...records.map(({ zone }) => zone)]);
    this.records = [...this.records.filter(({ zone }) => !gone.has(zone)), ...records];
  }
}

interface Options {
  masters: string[];
  records?: KeptRecords;
  clock?: Clock;
  bounds?: Partial<RefreshBounds>;
  limits?: Partial<TransferLimits>;
  database?: TestZoneDb;
  log?: Log;
}

/** A server with `example.com.` as a zone to fetch. */
async function openSecondary(options: Options) {
  const database = options.database ?? (await openTestZoneDb(await temporaryFolder()));
  const { zones } = database;
  if (zones.find(APEX) === undefined) {
    const settings = { ...DEFAULT_SETTINGS, kind: 'Slave' as const, masters: options.masters };
    await zones.createEmpty(APEX, settings, contextOf());
  }
  const list = new PrimaryList([]);
  const secondaries = await SecondaryZones.open({
    zones,
    keyring: { find: () => undefined },
    primariesOf: (apex, settings) => list.of(apex, settings),
    records: options.records ?? new KeptRecords(),
    clock: options.clock ?? openClock({ kind: 'system' }),
    random: seededRandom(1),
    log: options.log ?? silentLog(),
    limits: { replyMsMax: 200, idleMsMax: 500, connectMsMax: 500, ...options.limits },
    bounds: {
      refreshSecondsMin: 0.4,
      retrySecondsMin: 0.2,
      firstRetrySeconds: 0.2,
      ...options.bounds,
    },
  });
  onTestFinished(async () => {
    await secondaries.close();
    await database.close();
  });
  return { secondaries, zones, database };
}

function mastersOf(...primaries: { address: string; port: number }[]): string[] {
  return primaries.map(({ address, port }) => `${address}:${port}`);
}

/** A script that answers the serial, and gives the whole zone or the differences since 7. */
function steppingScript(steps: Answer[][]): PrimaryScript {
  return function* script({ type, ownSerial }) {
    const serial = 7 + steps.length;
    if (type === 'SOA') yield [soaAnswer(serial)];
    else if (ownSerial === 7) yield [soaAnswer(serial), ...steps.flat(), soaAnswer(serial)];
    else yield [soaAnswer(serial), nsAnswer(), WWW, soaAnswer(serial)];
  };
}

function* refusingIxfr(asked: AskedPrimary): Generator<Answer[] | Buffer> {
  if (asked.type === 'IXFR') yield encodeReply(asked, [], { rcode: 4 });
  else yield* wholeZoneScript(9, [nsAnswer()])(asked) as Iterable<Answer[]>;
}

function* refusingAll(asked: AskedPrimary): Generator<Buffer> {
  yield encodeReply(asked, [], { rcode: 5 });
}

/** Ends in the middle of the transfer. */
async function* cut({ type, socket }: AskedPrimary): AsyncGenerator<Answer[]> {
  yield [soaAnswer(8)];
  if (type !== 'SOA') socket?.end();
}

/** What EXPIRE says in an answer of the image: the seconds left, or the SOA's. */
function saidOf({ image }: TestZoneDb, clock: Clock): number | undefined {
  const fixture = new ImageFixture(image, {}, 0, { clock });
  const ednsOptions = [{ code: EDNS_OPTION.EXPIRE, data: new Uint8Array() }];
  const { edns } = fixture.ask('example.com.', 'SOA', { ednsOptions });
  const data = edns?.options.find(({ code }) => code === EDNS_OPTION.EXPIRE)?.data;
  return data && Buffer.from(data).readUInt32BE();
}

async function untilSerial(
  { secondaries }: { secondaries: SecondaryZones },
  serial: number,
): Promise<void> {
  await expect.poll(() => secondaries.status(APEX)?.serial, { timeout: 5000 }).toBe(serial);
}

async function untilFailure({ secondaries }: { secondaries: SecondaryZones }): Promise<string> {
  const code = () => secondaries.status(APEX)?.failure?.code;
  await expect.poll(code, { timeout: 5000 }).toBeDefined();
  return code() ?? '';
}

describe('a zone that is fetched', () => {
  it('is there soon after it was made, as its primary has it', async () => {
    const primary = await startScriptedPrimary(wholeZoneScript(7, [nsAnswer(), WWW]));
    const secondary = await openSecondary({ masters: mastersOf(primary) });
    await untilSerial(secondary, 7);
    expect(await listRecords(secondary.zones, APEX)).toEqual([
      'example.com. 3600 NS ns1.example.net.',
      'example.com. 3600 SOA ns1.example.com. h.example.com. 7 14400 3600 604800 300',
      'www.example.com. 300 A 192.0.2.1',
    ]);
    expect(secondary.zones.find(APEX)?.row).toMatchObject({ serial: 7, contentSource: 'transfer' });
    expect(secondary.secondaries.status(APEX)).toMatchObject({
      phase: 'waiting',
      isExpired: false,
      failure: undefined,
    });
  });

  it('is fetched by differences when a NOTIFY comes', async () => {
    const primary = await startScriptedPrimary(steppingScript([]));
    const secondary = await openSecondary({ masters: mastersOf(primary) });
    await untilSerial(secondary, 7);
    primary.script = steppingScript([
      [soaAnswer(7), WWW, soaAnswer(8), addressAnswer('www', '192.0.2.8')],
      [soaAnswer(8), soaAnswer(9), addressAnswer('mail', '192.0.2.9')],
    ]);
    primary.asked.length = 0;
    expect(secondary.secondaries.notified(APEX, FROM_PRIMARY, undefined, 9)).toBe('taken');
    await untilSerial(secondary, 9);
    expect(primary.asked).toEqual(['udp SOA', 'stream IXFR']);
    expect(await listRecords(secondary.zones, APEX)).toEqual([
      'example.com. 3600 NS ns1.example.net.',
      'example.com. 3600 SOA ns1.example.com. h.example.com. 9 14400 3600 604800 300',
      'mail.example.com. 300 A 192.0.2.9',
      'www.example.com. 300 A 192.0.2.8',
    ]);
  });

  it('takes NOTIFY from its primaries only, and asks nothing for a serial that it has', async () => {
    const primary = await startScriptedPrimary(steppingScript([]));
    const secondary = await openSecondary({ masters: mastersOf(primary) });
    await untilSerial(secondary, 7);
    primary.asked.length = 0;
    const { secondaries } = secondary;
    const stranger = { address: '192.0.2.66' };
    expect(secondaries.notified(APEX, stranger, undefined, 8)).toBe('refused');
    expect(secondaries.notified(parseName('other.'), FROM_PRIMARY, undefined, 8)).toBe(
      'not-secondary',
    );
    expect(secondaries.notified(APEX, FROM_PRIMARY, undefined, 7)).toBe('taken');
    await sleep(100);
    expect(primary.asked).toEqual([]);
  });

  it('is fetched whole where the differences do not fit or are not to be had', async () => {
    const primary = await startScriptedPrimary(steppingScript([]));
    const secondary = await openSecondary({ masters: mastersOf(primary) });
    await untilSerial(secondary, 7);
    const missing = addressAnswer('missing', '192.0.2.1');
    primary.script = steppingScript([[soaAnswer(7), missing, soaAnswer(8)]]);
    secondary.secondaries.notified(APEX, FROM_PRIMARY, undefined, undefined);
    await untilSerial(secondary, 8);
    expect(primary.asked.slice(-2)).toEqual(['stream IXFR', 'stream AXFR']);
    primary.script = refusingIxfr;
    secondary.secondaries.notified(APEX, FROM_PRIMARY, undefined, undefined);
    await untilSerial(secondary, 9);
    primary.script = wholeZoneScript(10, [nsAnswer(), WWW]);
    primary.asked.length = 0;
    secondary.secondaries.notified(APEX, FROM_PRIMARY, undefined, undefined);
    await untilSerial(secondary, 10);
    expect(primary.asked).toEqual(['udp SOA', 'stream AXFR']);
  });

  it('is fetched whole where the rows that differences would change are damaged', async () => {
    const primary = await startScriptedPrimary(steppingScript([]));
    const secondary = await openSecondary({ masters: mastersOf(primary) });
    await untilSerial(secondary, 7);
    const { zones, database } = secondary;
    const { from, to } = generationRange(zones.find(APEX)?.row.generation ?? 0);
    for await (const rows of database.store.range(from, to)) {
      await database.store.write(rows.slice(-1).map(({ key }) => ({ key, delete: true })));
    }
    database.image.removeZone(APEX);
    expect(await zones.repair(APEX)).toBeUndefined();
    primary.script = steppingScript([[soaAnswer(7), soaAnswer(8)]]);
    secondary.secondaries.notified(APEX, FROM_PRIMARY, undefined, undefined);
    await untilSerial(secondary, 8);
    expect(primary.asked.slice(-2)).toEqual(['stream IXFR', 'stream AXFR']);
    expect(zones.faults()).toEqual([]);
    expect(await listRecords(zones, APEX)).toHaveLength(3);
  });

  it('goes on as it was when what its primary sends cannot be served', async () => {
    const primary = await startScriptedPrimary(steppingScript([]));
    const secondary = await openSecondary({ masters: mastersOf(primary) });
    await untilSerial(secondary, 7);
    const before = await listRecords(secondary.zones, APEX);
    const alias: Answer = { type: 'CNAME', name: 'www.example.com', ttl: 1, data: 'example.org' };
    const broken: PrimaryScript[] = [wholeZoneScript(8, [nsAnswer(), WWW, alias]), cut];
    for (const script of broken) {
      primary.script = script;
      secondary.secondaries.notified(APEX, FROM_PRIMARY, undefined, undefined);
      expect(await untilFailure(secondary)).toMatch(/^TRANSFER_(INVALID|UNREACHABLE)$/);
      expect(await listRecords(secondary.zones, APEX)).toEqual(before);
      primary.script = steppingScript([]);
      secondary.secondaries.notified(APEX, FROM_PRIMARY, undefined, undefined);
      const failure = () => secondary.secondaries.status(APEX)?.failure;
      await expect.poll(failure, { timeout: 5000 }).toBeUndefined();
    }
  });

  it('does not follow a primary whose serial went back, unless told to', async () => {
    const primary = await startScriptedPrimary(steppingScript([]));
    const secondary = await openSecondary({ masters: mastersOf(primary) });
    await untilSerial(secondary, 7);
    primary.script = wholeZoneScript(3, [nsAnswer()]);
    secondary.secondaries.notified(APEX, FROM_PRIMARY, undefined, undefined);
    expect(await untilFailure(secondary)).toBe('TRANSFER_SERIAL');
    expect(secondary.zones.find(APEX)?.row.serial).toBe(7);
    expect(secondary.secondaries.retrieve(APEX)).toBe(true);
    await untilSerial(secondary, 3);
    expect(secondary.secondaries.retrieve(parseName('other.'))).toBe(false);
  });

  it('is fetched whole as another incarnation, however often that fails at first', async () => {
    const primary = await startScriptedPrimary(steppingScript([]));
    const { zones, secondaries, database } = await openSecondary({
      masters: mastersOf(primary),
    });
    await untilSerial({ secondaries }, 7);
    primary.script = refusingAll;
    const metadata = { 'X-CATALOG-LABEL': ['second', 'first'] };
    await zones.changeSettings(APEX, { metadata }, contextOf());
    await untilFailure({ secondaries });
    // What was asked for in memory alone would end here.
    await secondaries.close();
    primary.script = wholeZoneScript(3, [nsAnswer()]);
    const again = await openSecondary({ masters: [], database });
    await untilSerial(again, 3);
    await expect
      .poll(() => zones.find(APEX)?.row.settings.metadata)
      .toEqual({ 'X-CATALOG-LABEL': ['second'] });
  });

  it('asks the next primary where the first is down, and rests before it asks it again', async () => {
    const primary = await startScriptedPrimary(wholeZoneScript(7, [nsAnswer()]));
    const down = { address: '127.0.0.1', port: await freePort() };
    const secondary = await openSecondary({ masters: mastersOf(down, primary) });
    await untilSerial(secondary, 7);
    expect(secondary.secondaries.status(APEX)?.failure).toBeUndefined();
  });

  it('is not said of in the log for every zone of a primary that is down', async () => {
    const lines: string[] = [];
    const database = await openTestZoneDb(await temporaryFolder());
    const masters = [`127.0.0.1:${await freePort()}`];
    for (let count = 0; count < 100; count++) {
      const settings = { ...DEFAULT_SETTINGS, kind: 'Slave' as const, masters };
      await database.zones.createEmpty(parseName(`z${count}.example.`), settings, contextOf());
    }
    const log = pino({ level: 'warn' }, { write: (line: string) => lines.push(line) });
    const { secondaries } = await openSecondary({ masters, database, log });
    await vi.waitFor(
      () => expect(secondaries.statuses().every(({ failure }) => failure !== undefined)).toBe(true),
      { timeout: 5_000 },
    );
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThanOrEqual(2 * ATTENDED_MAX);
  });

  it('gets no more memory than there is for all together, and gives it back', async () => {
    const wide = Array.from({ length: 200 }, (_, at) => addressAnswer(`n${at}`, '192.0.2.1'));
    const primary = await startScriptedPrimary(wholeZoneScript(7, [nsAnswer(), ...wide]));
    const limits = { octetsTogetherMax: 5_000 };
    const secondary = await openSecondary({ masters: mastersOf(primary), limits });
    expect(await untilFailure(secondary)).toBe('TRANSFER_LIMIT');
    primary.script = wholeZoneScript(7, [nsAnswer(), ...wide.slice(0, 20)]);
    await untilSerial(secondary, 7);
  });

  it('tries again until its primary answers', async () => {
    const primary = await startScriptedPrimary((asked) => [encodeReply(asked, [], { rcode: 5 })]);
    const secondary = await openSecondary({ masters: mastersOf(primary) });
    expect(await untilFailure(secondary)).toBe('TRANSFER_REFUSED');
    expect(secondary.secondaries.status(APEX)).toMatchObject({ serial: undefined });
    primary.script = wholeZoneScript(7, [nsAnswer()]);
    await untilSerial(secondary, 7);
  });

  it('is asked about again when its refresh time is over', async () => {
    const quick = { refresh: 0, retry: 0, expire: 1000, minimum: 1 };
    const script = (serial: number): PrimaryScript =>
      function* answers({ type }) {
        if (type === 'SOA') yield [soaAnswer(serial, quick)];
        else yield [soaAnswer(serial, quick), nsAnswer(), soaAnswer(serial, quick)];
      };
    const primary = await startScriptedPrimary(script(7));
    const secondary = await openSecondary({ masters: mastersOf(primary) });
    await untilSerial(secondary, 7);
    primary.script = script(8);
    await untilSerial(secondary, 8);
    expect(secondary.secondaries.status(APEX)?.failure).toBeUndefined();
  });

  it('is asked about in time though the clock was set back a day', async () => {
    const times = { refresh: 2, retry: 1, expire: 1000, minimum: 1 };
    const script = (serial: number): PrimaryScript =>
      function* answers({ type }) {
        if (type === 'SOA') yield [soaAnswer(serial, times)];
        else yield [soaAnswer(serial, times), nsAnswer(), soaAnswer(serial, times)];
      };
    const primary = await startScriptedPrimary(script(7));
    const clock = new ShiftedClock();
    const bounds = { refreshSecondsMin: 1, retrySecondsMin: 1 };
    const secondary = await openSecondary({ masters: mastersOf(primary), clock, bounds });
    await untilSerial(secondary, 7);
    clock.shiftMs = -86_400_000;
    primary.script = script(8);
    await untilSerial(secondary, 8);
    expect(secondary.secondaries.expiresInSeconds(APEX)).toBeLessThanOrEqual(1000);
  });

  it('expires without its primary, also over a restart, and comes back with it', async () => {
    const times = { refresh: 1, retry: 1, expire: 60, minimum: 1 };
    const script: PrimaryScript = function* answers({ type }) {
      if (type === 'SOA') yield [soaAnswer(7, times)];
      else yield [soaAnswer(7, times), nsAnswer(), soaAnswer(7, times)];
    };
    const primary = await startScriptedPrimary(script);
    const records = new KeptRecords();
    const clock = new ShiftedClock();
    const masters = mastersOf(primary);
    const first = await openSecondary({ masters, records, clock });
    await untilSerial(first, 7);
    expect(first.secondaries.expiresInSeconds(APEX)).toBeGreaterThan(50);
    const said = saidOf(first.database, clock) ?? 0;
    expect(said).toBeLessThan(times.expire);
    expect(said).toBeGreaterThan(50);
    await first.secondaries.close();
    expect(records.records).toMatchObject([{ zone: 'example.com.' }]);
    primary.script = () => [];
    clock.shiftMs = 45_000;
    const { database } = first;
    const again = await openSecondary({ masters, records, clock, database });
    await expect.poll(() => again.secondaries.status(APEX)?.failure).toBeDefined();
    expect(again.secondaries.status(APEX)?.isExpired).toBe(false);
    clock.shiftMs = 61_000;
    await expect.poll(() => again.secondaries.status(APEX)?.isExpired).toBe(true);
    expect(again.secondaries.expiresInSeconds(APEX)).toBe(0);
    primary.script = script;
    again.secondaries.notified(APEX, FROM_PRIMARY, undefined, undefined);
    const isExpired = () => again.secondaries.status(APEX)?.isExpired;
    await expect.poll(isExpired, { timeout: 5000 }).toBe(false);
    expect(again.zones.find(APEX)?.row.serial).toBe(7);
    expect(saidOf(database, clock)).toBeLessThan(times.expire);
    await again.zones.changeSettings(APEX, { kind: 'Native' }, contextOf());
    await expect.poll(() => saidOf(database, clock)).toBe(times.expire);
  });

  it('is let go when it becomes a zone of our own', async () => {
    const primary = await startScriptedPrimary(wholeZoneScript(7, [nsAnswer()]));
    const secondary = await openSecondary({ masters: mastersOf(primary) });
    await untilSerial(secondary, 7);
    await secondary.zones.changeSettings(APEX, { kind: 'Native' }, contextOf());
    await expect.poll(() => secondary.secondaries.status(APEX)).toBeUndefined();
    expect(secondary.secondaries.notified(APEX, FROM_PRIMARY, undefined, 9)).toBe('not-secondary');
  });

  it('says so when it has no primaries, and leaves zones of our own alone', async () => {
    const secondary = await openSecondary({ masters: [] });
    expect(await untilFailure(secondary)).toBe('TRANSFER_PRIMARY');
    const own = await openTestZoneDb(await temporaryFolder());
    await createExample(own.zones);
    const { secondaries } = await openSecondary({ masters: [], database: own });
    expect(secondaries.statuses()).toEqual([]);
  });

  it('is one of few that are fetched at a time', async () => {
    let underWay = 0;
    let most = 0;
    const primary: ScriptedPrimary = await startScriptedPrimary(async function* script({ octets }) {
      underWay += 1;
      most = Math.max(most, underWay);
      await sleep(30);
      underWay -= 1;
      // No scripted zone is called so: a refusal will do.
      yield Buffer.from([octets[0], octets[1], 0x84, 5, 0, 0, 0, 0, 0, 0, 0, 0]);
    });
    const database = await openTestZoneDb(await temporaryFolder());
    const masters = mastersOf(primary);
    const settings = { ...DEFAULT_SETTINGS, kind: 'Slave' as const, masters };
    for (let count = 0; count < 60; count++) {
      await database.zones.createEmpty(parseName(`z${count}.example.`), settings, contextOf());
    }
    const { secondaries } = await openSecondary({ masters, database });
    const failed = () => secondaries.statuses().filter(({ failure }) => failure !== undefined);
    await expect.poll(() => failed().length, { timeout: 5000 }).toBe(61);
    expect(most).toBeGreaterThan(4);
    expect(most).toBeLessThanOrEqual(16);
  });
});
