/**
 * What an answer costs without sockets: nanoseconds of CPU time per referral, positive and negative answer from
 * a TLD of a million delegations, and octets of the image per record. Run it by hand:
 *
 *     node test/bench/answer.ts [delegations]
 */
import process from 'node:process';
import { openClock } from '#base/clock.ts';
import { seededRandom } from '#base/random.ts';
import { Answerer } from '#dns/answer/answerer.ts';
import { ImageReader } from '#dns/image/image-reader.ts';
import { ImageWriter } from '#dns/image/image-writer.ts';
import type { ZoneLoad } from '#dns/image/zone-load.ts';
import { parseName } from '#dns/wire/name.ts';
import { parseRdataText } from '#dns/wire/rdata/rdata-text.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { makeQuery } from '../kit/image-fixture.ts';

const DELEGATIONS = Number(process.argv[2] ?? 1_000_000);
const QUERIES = 16_384;
const ROUNDS = 100;
const QUERY_ROOM = 128;

const clock = openClock({ kind: 'system' });

const ADDRESS = Uint8Array.of(192, 0, 2, 7);

function addRrset(load: ZoneLoad, owner: string, type: number, texts: string[]): void {
  const rdatas = texts.map((text) => {
    if (type === TYPE.A) return ADDRESS;
    return type === TYPE.NS ? parseName(text) : parseRdataText(type, text);
  });
  load.add({ owner: parseName(owner), type, ttl: 3600, rdatas });
}

/** Two NS a delegation, every fifth in its own domain with glue: 2.4 records on average. */
function loadTld(writer: ImageWriter): void {
  const load = writer.loadZone(parseName('tld.'));
  addRrset(load, 'tld.', TYPE.SOA, ['ns1.nic.tld. host.nic.tld. 1 7200 1800 1209600 300']);
  addRrset(load, 'tld.', TYPE.NS, ['ns1.nic.tld.', 'ns2.nic.tld.']);
  addRrset(load, 'ns1.nic.tld.', TYPE.A, ['192.0.2.1']);
  addRrset(load, 'ns2.nic.tld.', TYPE.A, ['192.0.2.2']);
  for (let index = 0; index < DELEGATIONS; index++) {
    const owner = `d${index}.tld.`;
    const inDomain = index % 5 === 0;
    const host = inDomain ? owner : `host${index % 1000}.example.`;
    addRrset(load, owner, TYPE.NS, [`ns1.${host}`, `ns2.${host}`]);
    if (!inDomain) continue;
    addRrset(load, `ns1.${owner}`, TYPE.A, ['192.0.2.53']);
    addRrset(load, `ns2.${owner}`, TYPE.A, ['192.0.2.54']);
  }
  load.publish();
}

function loadHosting(writer: ImageWriter): void {
  for (let index = 0; index < 10_000; index++) {
    const apex = `z${index}.com.`;
    const load = writer.loadZone(parseName(apex));
    addRrset(load, apex, TYPE.SOA, [`ns1.${apex} host.${apex} 1 7200 1800 1209600 300`]);
    addRrset(load, apex, TYPE.NS, [`ns1.${apex}`, `ns2.${apex}`]);
    for (const host of ['www', 'mail', 'ns1', 'ns2']) {
      addRrset(load, `${host}.${apex}`, TYPE.A, ['192.0.2.7']);
    }
    load.publish();
  }
}

/** Queries laid out as a packet thread has them, and their sizes. */
function layOut(
  name: (index: number) => string,
  type: string,
): { octets: Uint8Array; sizes: number[] } {
  const octets = new Uint8Array(QUERIES * QUERY_ROOM);
  const sizes: number[] = [];
  const random = seededRandom(7);
  for (let index = 0; index < QUERIES; index++) {
    const query = makeQuery(name(random.below(DELEGATIONS)), type, { edns: true });
    octets.set(query, index * QUERY_ROOM);
    sizes.push(query.length);
  }
  return { octets, sizes };
}

function measure(
  answerer: Answerer,
  what: string,
  name: (index: number) => string,
  type = 'A',
): void {
  const { octets, sizes } = layOut(name, type);
  const reply = new Uint8Array(4096);
  let total = 0;
  const runRound = (): void => {
    for (let index = 0; index < QUERIES; index++) {
      if (index % 64 === 0) answerer.beginBatch();
      total += answerer.answer(octets, index * QUERY_ROOM, sizes[index], reply, 0, 4096, false);
      if (index % 64 === 63) answerer.endBatch();
    }
  };
  for (let round = 0; round < 20; round++) runRound();
  const start = process.cpuUsage();
  for (let round = 0; round < ROUNDS; round++) runRound();
  const nsPerAnswer = (process.cpuUsage(start).user * 1000) / (ROUNDS * QUERIES);
  const octetsPerAnswer = total / ((ROUNDS + 20) * QUERIES);
  process.stdout.write(
    `${what.padEnd(12)} ${nsPerAnswer.toFixed(0)} ns, ${octetsPerAnswer.toFixed(0)} octets\n`,
  );
}

const writer = ImageWriter.create({ random: seededRandom(1), clock });
const start = process.cpuUsage();
loadTld(writer);
const loadMs = process.cpuUsage(start).user / 1000;
const { records, names, bytesUsed, bytesTouched } = writer.statistics();
process.stdout.write(
  `${records} records, ${names} names in ${loadMs.toFixed(0)} ms: ` +
    `${(bytesUsed / records).toFixed(1)} octets a record in use, ` +
    `${(bytesTouched / records).toFixed(1)} touched\n`,
);
loadHosting(writer);
const answerer = new Answerer(ImageReader.open(writer.image, 0));
measure(answerer, 'referral', (index) => `www.d${index}.tld.`);
measure(answerer, 'nxdomain', (index) => `x${index}.tld.`);
measure(answerer, 'ds nodata', (index) => `d${index}.tld.`, 'DS');
measure(answerer, 'positive', (index) => `www.z${index % 10_000}.com.`);
measure(answerer, 'nodata', (index) => `www.z${index % 10_000}.com.`, 'AAAA');
measure(answerer, 'refused', (index) => `www.z${index}.net.`);
