/**
 * A reader thread that trusts nothing: asks over and over and checks that each answer is of one
 * version of its zone. The test that starts it says what a version looks like. Posts how many
 * answers it saw, or what was wrong, when the first word in `control` becomes 1. Behind that it has
 * two words of its own: answers so far, negative once something was wrong, and versions seen.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { Answerer } from '#dns/answer/answerer.ts';
import type { ImageHandle } from '#dns/image/arena.ts';
import { ImageReader } from '#dns/image/image-reader.ts';
import { RCODE } from '#dns/wire/header.ts';
import { readMessage } from '#dns/wire/message-reader.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { soaSerial } from '#dns/zone/soa.ts';
import { makeQuery } from './image-fixture.ts';

export interface WatcherStart {
  image: ImageHandle;
  slot: number;
  control: SharedArrayBuffer;
}

export interface WatcherReport {
  answers: number;
  versionsSeen: number;
  fault: string | undefined;
}

const BATCH = 8;
const { image, slot, control } = workerData as WatcherStart;
const word = new Int32Array(control);
const answerer = new Answerer(ImageReader.open(image, slot));
const queries = [
  makeQuery('alias.x.', 'A'),
  makeQuery('www.cut.x.', 'A'),
  makeQuery('flip.ent.x.', 'TXT'),
  makeQuery('any.wild.x.', 'A'),
];
const reply = new Uint8Array(4096);
const seen = new Set<number>();
let answers = 0;
let fault: string | undefined;

/** The version that an answer shows, by every record in it. */
function check(octets: Uint8Array): void {
  const message = readMessage(octets);
  const records = [...message.answer, ...message.authority, ...message.additional];
  const versions = new Set<number>();
  for (const record of records) {
    versions.add(record.type === TYPE.SOA ? soaSerial(record.rdata) : record.ttl);
  }
  const [version] = versions;
  if (versions.size !== 1) throw new Error(`versions ${[...versions].join(', ')} in one answer`);
  if (message.rcode === RCODE.NXDOMAIN && version % 2 === 1) throw new Error('a name is missing');
  if (message.rcode !== RCODE.NXDOMAIN && message.rcode !== RCODE.NOERROR) {
    throw new Error(`rcode ${message.rcode}`);
  }
  seen.add(version);
}

try {
  while (Atomics.load(word, 0) === 0) {
    answerer.beginBatch();
    for (let index = 0; index < BATCH; index++) {
      const query = queries[index % queries.length];
      const size = answerer.answer(query, 0, query.length, reply, 0, reply.length, false);
      check(reply.subarray(0, size));
      answers += 1;
    }
    answerer.endBatch();
    Atomics.store(word, 1 + 2 * slot, answers);
    Atomics.store(word, 2 + 2 * slot, seen.size);
  }
} catch (error) {
  fault = String(error);
  Atomics.store(word, 1 + 2 * slot, -1);
}
const report: WatcherReport = { answers, versionsSeen: seen.size, fault };
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- not a browser window
parentPort?.postMessage(report);
