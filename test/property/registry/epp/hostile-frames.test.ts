/**
 * Frames that a stranger might send: right ones with octets changed, cut, doubled or put in from
 * another, and XML that is made to hurt a parser. Each gets a result; none throws, none costs
 * memory that stays.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8 } from '#base/bytes.ts';
import { encodeRefusal } from '#registry/epp/encode-result.ts';
import { EppFrameReader } from '#registry/epp/frame-reader.ts';
import { RegistryError } from '#registry/model/result.ts';
import { commandOf, frameOf, loginCommand } from '../../../kit/epp/epp-client.ts';
import { COMMAND_FRAMES } from '../../../kit/epp/epp-frames.ts';
import { useSchemas } from '../../../kit/epp/own-schemas.ts';

const FRAMES = [
  ...Object.values(COMMAND_FRAMES),
  loginCommand({ id: 'ClientX', password: 'foo-BAR2' }),
].map(utf8);

const frame = fc.constantFrom(...FRAMES);
const place = fc.nat(10_000);
const PIECES = [
  '<',
  '>',
  '&',
  '"',
  ']]>',
  '<![CDATA[',
  '<!--',
  '<?a?>',
  '\0',
  '&#0;',
  '&#x41;',
  'é',
];

/** What is done to a frame. */
const mutation = fc.oneof(
  fc.record({
    kind: fc.constant('set' as const),
    at: place,
    octets: fc.uint8Array({ minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant('insert' as const),
    at: place,
    octets: fc.constantFrom(...PIECES.map(utf8)),
  }),
  fc.record({ kind: fc.constant('cut' as const), at: place, size: fc.nat(60) }),
  fc.record({
    kind: fc.constant('splice' as const),
    at: place,
    other: frame,
    from: place,
    size: fc.nat(80),
  }),
);
type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

function mutate(octets: Uint8Array, change: Mutation): Uint8Array {
  const at = change.at % (octets.length + 1);
  const [before, after] = [octets.subarray(0, at), octets.subarray(at)];
  const join = (middle: Uint8Array, skip: number): Uint8Array =>
    new Uint8Array(Buffer.concat([before, middle, after.subarray(skip)]));
  switch (change.kind) {
    case 'set':
      return join(change.octets, change.octets.length);
    case 'insert':
      return join(change.octets, 0);
    case 'cut':
      return join(new Uint8Array(0), change.size);
    default: {
      const from = change.from % change.other.length;
      return join(change.other.subarray(from, from + change.size), 0);
    }
  }
}

const { decode, faultOf } = useSchemas();

/** Decodes and, if it is refused, sees that the refusal can be sent. */
function expectResult(octets: Uint8Array): void {
  const { request, clTrid } = decode(octets);
  if (!(request instanceof RegistryError)) return;
  const xml = encodeRefusal(request, { clTrid, svTrid: 'HF-1' });
  expect(faultOf(xml)).toBeUndefined();
}

describe('a frame of a stranger', () => {
  it('that is a right one with some octets changed gets a result', () => {
    fc.assert(
      fc.property(frame, fc.array(mutation, { minLength: 1, maxLength: 5 }), (octets, changes) => {
        expectResult(changes.reduce(mutate, octets));
      }),
      { numRuns: 2000 },
    );
  });

  it('of any octets gets a result', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), expectResult), { numRuns: 500 });
  });

  it.each([
    ['a billion laughs', `<!DOCTYPE l [<!ENTITY a "ha">${'<!ENTITY b "&a;&a;">'.repeat(20)}]>`],
    ['an external entity', '<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]>'],
    ['a parameter entity', '<!DOCTYPE l [<!ENTITY % x SYSTEM "http://127.0.0.1:1/x"> %x;]>'],
    ['a document type of elsewhere', '<!DOCTYPE l SYSTEM "http://127.0.0.1:1/x.dtd">'],
  ])('with %s is refused before anything of it is read', (_what, prolog) => {
    const { request } = decode(prolog + commandOf('<logout/>'));
    expect(request).toMatchObject({ result: 2001, reason: 'a document type is not taken' });
  });

  it.each([
    [
      'five thousand attributes',
      `<a ${Array.from({ length: 5_000 }, (_, i) => `a${i}="1"`).join(' ')}/>`,
    ],
    ['deep elements', '<a>'.repeat(10_000)],
    ['many elements', '<a/>'.repeat(16_000)],
    ['a long name', `<${'a'.repeat(60_000)}/>`],
    ['a long text', commandOf(`<check>${'a'.repeat(60_000)}</check>`)],
    [
      'many namespaces',
      `<a ${Array.from({ length: 2_000 }, (_, i) => `xmlns:n${i}="urn:${i}"`).join(' ')}/>`,
    ],
    ['many entities of characters', commandOf(`<check>${'&#65;'.repeat(12_000)}</check>`)],
    ['a comment of 60 KB', commandOf(`<logout/><!--${'a'.repeat(60_000)}-->`)],
    [
      'two and a half thousand names',
      commandOf(
        `<check><d:check xmlns:d="urn:ietf:params:xml:ns:domain-1.0">${'<d:name>a.tld</d:name>'.repeat(2_500)}</d:check></check>`,
      ),
    ],
  ])('with %s is answered soon', (_what, xml) => {
    const octets = utf8(xml);
    expectResult(octets);
    const beganMs = performance.now();
    expectResult(octets);
    expect(performance.now() - beganMs).toBeLessThan(500);
  });

  it('leaves no memory behind, right or wrong', () => {
    const wrong = utf8(commandOf('<check/>'));
    const broken = utf8('<epp><command></epp>');
    const round = (): void => {
      for (const octets of [...FRAMES, wrong, broken]) decode(octets);
    };
    for (let count = 0; count < 50; count++) round();
    const before = process.memoryUsage().arrayBuffers + process.memoryUsage().external;
    for (let count = 0; count < 200; count++) round();
    const after = process.memoryUsage().arrayBuffers + process.memoryUsage().external;
    expect(after - before).toBeLessThan(8 * 1024 * 1024);
  });
});

describe('the reader of data units', () => {
  it('gives the same units however the octets come', () => {
    const texts = fc.array(fc.string({ minLength: 1, maxLength: 50 }), { maxLength: 8 });
    fc.assert(
      fc.property(
        texts,
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        (units, sizes) => {
          const octets = Buffer.concat(units.map(frameOf));
          const reader = new EppFrameReader(1_000);
          const read: string[] = [];
          for (let at = 0, turn = 0; at < octets.length; turn++) {
            const size = sizes[turn % sizes.length] ?? 1;
            reader.push(octets.subarray(at, at + size));
            at += size;
            for (let unit = reader.next(); unit !== undefined; unit = reader.next()) {
              read.push(Buffer.from(unit).toString());
            }
          }
          expect(read).toEqual(units.map((text) => Buffer.from(text).toString()));
          expect(reader.heldSize).toBe(0);
        },
      ),
    );
  });

  it('keeps what has come and not what a length announces', () => {
    const reader = new EppFrameReader(64 * 1024);
    reader.push(Uint8Array.of(0, 0, 0xff, 0xff, 1));
    expect(reader.next()).toBeUndefined();
    expect(reader.heldSize).toBe(5);
  });

  it.each([0, 1, 4, 1_001, 0x7fff_ffff, 0xffff_ffff])('refuses a length of %i', (length) => {
    const header = Buffer.alloc(4);
    header.writeUInt32BE(length);
    const reader = new EppFrameReader(1_000);
    reader.push(header);
    expect(() => reader.next()).toThrow(RangeError);
  });
});
