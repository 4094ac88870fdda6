// What a probe reads of strangers never throws, never takes long, and means the same however it is
// cut into pieces.
import { encode } from 'dns-packet';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentOf } from '#sla/probe/answer-content.ts';
import { checkAnswer } from '#sla/probe/dnssec/answer-check.ts';
import {
  compareLabels,
  formatLabels,
  isSameLabels,
  parseLabels,
} from '#sla/probe/dnssec/domain-labels.ts';
import { readRawMessage } from '#sla/probe/dnssec/raw-message.ts';
import { parseTrustAnchor } from '#sla/probe/dnssec/trust-anchor.ts';
import { buildEppFrame, EppFrames } from '#sla/probe/epp/epp-frames.ts';
import { escapeXml, parseXml } from '#sla/probe/epp/xml-element.ts';

const NOW_S = 1_790_812_800;
const SLOW_MS = 1_000;
const labels = fc.array(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 9 }).map((text) =>
    text
      .replace(/[^\0-\xff]/g, 'x')
      .toLowerCase()
      .replace(/[^\0-\x7f]/g, 'y'),
  ),
  { maxLength: 5 },
);
const REPLY = encode({
  type: 'response',
  id: 1,
  questions: [{ name: 'www.example.com', type: 'A' }],
  answers: [{ type: 'A', name: 'www.example.com', data: '192.0.2.1' }],
  authorities: [
    {
      type: 'RRSIG',
      name: 'www.example.com',
      data: {
        typeCovered: 'A',
        algorithm: 13,
        labels: 3,
        originalTTL: 60,
        expiration: NOW_S + 60,
        inception: NOW_S - 60,
        keyTag: 1,
        signersName: 'example.com',
        signature: Buffer.alloc(64),
      },
    },
    {
      type: 'NSEC',
      name: 'example.com',
      data: { nextDomain: 'a.example.com', rrtypes: ['NS', 'SOA'] },
    },
  ],
});

describe('what a probe reads', () => {
  it('as a DNS message never throws, whatever its octets are', () => {
    const changed = fc
      .array(fc.tuple(fc.nat(REPLY.length - 1), fc.nat(255)), { maxLength: 6 })
      .map((changes) => {
        const octets = Uint8Array.from(REPLY);
        for (const [at, octet] of changes) octets[at] = octet;
        return octets;
      });
    const trusted = { zone: ['example', 'com'], keys: [] };
    const property = fc.property(fc.oneof(fc.uint8Array({ maxLength: 600 }), changed), (octets) => {
      const message = readRawMessage(octets);
      if (message === undefined) return;
      contentOf(message);
      const verdict = checkAnswer(message, { name: ['example', 'com'], type: 1 }, trusted, NOW_S);
      expect(verdict.status).toBe('bogus');
    });
    fc.assert(property, { numRuns: 2000 });
  });

  it('as a name is the name that it was written from, in canonical order', () => {
    const property = fc.property(labels, labels, (a, b) => {
      expect(isSameLabels(parseLabels(formatLabels(a)) ?? ['?'], a)).toBe(true);
      expect(Math.sign(compareLabels(a, b))).toBe(-Math.sign(compareLabels(b, a)) + 0);
      expect(compareLabels(a, b) === 0).toBe(isSameLabels(a, b));
    });
    fc.assert(property);
  });

  it('as a trust anchor is the record that was written, or none', () => {
    const digest = fc.uint8Array({ minLength: 30, maxLength: 34 });
    const property = fc.property(fc.string(), digest, (text, octets) => {
      expect(parseTrustAnchor(`a. DS 1 13 2 0${text}`)).toBeUndefined();
      const read = parseTrustAnchor(`a. DS 1 13 2 ${Buffer.from(octets).toString('hex')}`);
      const isWhole = octets.length === 32;
      expect(read?.rdata.subarray(4)).toEqual(isWhole ? Buffer.from(octets) : undefined);
    });
    fc.assert(property);
  });

  it('as XML never throws, and gives back text that was escaped', () => {
    const property = fc.property(fc.string(), fc.string(), (text, other) => {
      parseXml(other);
      parseXml(`<a b="${other}">${other}</a>`);
      const written = `<x:a xmlns:x="urn:y" b="${escapeXml(text)}">${escapeXml(text)}</x:a>`;
      const root = parseXml(written);
      expect(root?.namespace).toBe('urn:y');
      expect(root?.text).toBe(text);
      expect(root?.attributes.get('b')).toBe(text);
    });
    fc.assert(property, { numRuns: 500 });
  });

  it.each([
    ['nesting', '<a>'.repeat(300_000)],
    ['blanks in a tag', `<a${' '.repeat(1_000_000)}`],
    ['attributes', `<a${' b="c"'.repeat(150_000)}`],
    ['comments that are open', '<!--'.repeat(250_000)],
    ['text', 'x'.repeat(1_000_000)],
    ['ampersands', `<a>${'&'.repeat(1_000_000)}</a>`],
    ['a document type', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'],
  ])('as XML refuses %s without delay', (_what, text) => {
    const startedMs = performance.now();
    expect(parseXml(text)).toBeUndefined();
    expect(performance.now() - startedMs).toBeLessThan(SLOW_MS);
  });

  it('as EPP data units is the same in whatever pieces it comes', () => {
    const property = fc.property(
      fc.array(fc.string(), { minLength: 1, maxLength: 4 }),
      fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }),
      (texts, sizes) => {
        const stream = Buffer.concat(texts.map(buildEppFrame));
        const frames = new EppFrames();
        const seen: string[] = [];
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1;
          seen.push(...(frames.add(stream.subarray(at, at + size)) ?? ['broken']));
          at += size;
        }
        expect(seen).toEqual(texts.map((text) => Buffer.from(text).toString()));
      },
    );
    fc.assert(property);
  });

  it.each([0, 3, 1_048_577, 0xffff_ffff])('as an EPP data unit of %i octets is none', (size) => {
    const header = Buffer.alloc(4);
    header.writeUInt32BE(size);
    expect(new EppFrames().add(header)).toBeUndefined();
  });
});
