/**
 * Octets that strangers might send to port 53: real queries of every kind with some octets changed,
 * cut, doubled or put in from another query, and now and then no query at all. Repeatable: the same
 * seed gives the same packets.
 */
import * as fc from 'fast-check';
import { type QueryFields, writeQuery } from './dns-query.ts';

const NAMES = [
  '.',
  'example.com.',
  'www.example.com.',
  'alias.example.com.',
  'x.wild.example.com.',
  'a.b.sub.example.com.',
  'no.example.com.',
  'signed.example.',
  'a.b.c.signed.example.',
  'zz.signed.example.',
  'other.test.',
  `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.example.com.`,
  `${'a.'.repeat(110)}example.com.`,
];
const TYPES = [
  0, 1, 2, 5, 6, 12, 15, 16, 28, 33, 41, 43, 46, 47, 48, 65, 250, 251, 252, 255, 65_535,
];
const OPTION_CODES = [3, 8, 10, 11, 12, 15, 19, 65_001];
const OPCODES = [0, 0, 0, 0, 1, 2, 4, 5, 6, 15];

const edns = fc.record({
  payloadSize: fc.constantFrom(0, 512, 1232, 4096, 65_535),
  dnssecOk: fc.boolean(),
  version: fc.constantFrom(0, 0, 0, 1, 255),
  options: fc.array(
    fc.record({ code: fc.constantFrom(...OPTION_CODES), data: fc.uint8Array({ maxLength: 40 }) }),
    { maxLength: 4 },
  ),
});

const query = fc
  .record({
    id: fc.nat(0xffff),
    name: fc.constantFrom(...NAMES),
    type: fc.constantFrom(...TYPES),
    qclass: fc.constantFrom(1, 1, 1, 3, 254, 255),
    opcode: fc.constantFrom(...OPCODES),
    recursionDesired: fc.boolean(),
    edns: fc.option(edns, { nil: undefined }),
  })
  .map(({ edns: opt, ...fields }): Uint8Array => {
    const whole: QueryFields = opt === undefined ? fields : { ...fields, edns: opt };
    return writeQuery(whole);
  });

type Mutation = (octets: Uint8Array) => Uint8Array;

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(fc.nat(), fc.nat(255)).map(
    ([at, value]): Mutation =>
      (octets) => {
        const changed = octets.slice();
        if (changed.length > 0) changed[at % changed.length] = value;
        return changed;
      },
  ),
  fc.tuple(fc.nat(11), fc.nat(255)).map(
    ([at, value]): Mutation =>
      (octets) => {
        const changed = octets.slice();
        if (changed.length > at) changed[at] = value;
        return changed;
      },
  ),
  fc.nat().map(
    (at): Mutation =>
      (octets) =>
        octets.slice(0, at % (octets.length + 1)),
  ),
  fc.tuple(fc.nat(), fc.nat(40)).map(
    ([from, size]): Mutation =>
      (octets) => {
        const at = from % (octets.length + 1);
        return Buffer.concat([octets.subarray(0, at + size), octets.subarray(at)]);
      },
  ),
  fc.tuple(fc.nat(), query).map(
    ([from, other]): Mutation =>
      (octets) => {
        const at = from % (octets.length + 1);
        return Buffer.concat([octets.subarray(0, at), other.subarray(at % other.length)]);
      },
  ),
  // A compression pointer, to anywhere.
  fc.tuple(fc.nat(), fc.nat(0x3fff)).map(
    ([from, to]): Mutation =>
      (octets) => {
        const changed = octets.slice();
        const at = 12 + (from % Math.max(1, octets.length - 13));
        if (at + 1 < changed.length) changed.set([0xc0 | (to >>> 8), to & 0xff], at);
        return changed;
      },
  ),
);

const packet = fc.oneof(
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 600 }) },
  { weight: 1, arbitrary: query },
  {
    weight: 18,
    arbitrary: fc
      .tuple(query, fc.array(mutation, { minLength: 1, maxLength: 5 }))
      .map(([octets, mutations]) => mutations.reduce((changed, mutate) => mutate(changed), octets)),
  },
);

/** `count` packets of at most 4,096 octets. */
export function makeMutatedPackets(seed: number, count: number): Uint8Array[] {
  return fc.sample(packet, { seed, numRuns: count }).map((octets) => octets.subarray(0, 4096));
}
