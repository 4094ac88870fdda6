import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameReader } from '#net/stream-frames.ts';

function frame(body: Uint8Array): Uint8Array {
  return Uint8Array.of(body.length >>> 8, body.length & 0xff, ...body);
}

function join(parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

describe('a frame reader', () => {
  const bodies = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 12 });
  const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 50 });

  it('gives the same frames however the octets arrive', () => {
    fc.assert(
      fc.property(bodies, cuts, (sent, sizes) => {
        const received: Uint8Array[] = [];
        const reader = new FrameReader((octets, at, size) => {
          received.push(octets.slice(at, at + size));
          return true;
        });
        const stream = join(sent.map(frame));
        for (let at = 0, i = 0; at < stream.length; i++) {
          const size = sizes[i % sizes.length];
          reader.push(stream.subarray(at, at + size));
          at += size;
        }
        expect(received).toEqual(sent);
        expect(reader.heldSize).toBe(0);
      }),
    );
  });

  it('keeps what the sink does not want yet, in order', () => {
    fc.assert(
      fc.property(bodies, (sent) => {
        const received: Uint8Array[] = [];
        const reader = new FrameReader((octets, at, size) => {
          received.push(octets.slice(at, at + size));
          return false;
        });
        reader.push(join(sent.map(frame)));
        for (let i = 1; i < sent.length; i++) {
          expect(received).toHaveLength(i);
          reader.resume();
        }
        expect(received).toEqual(sent);
      }),
    );
  });

  it('holds what has arrived of a frame, not what its length announces', () => {
    const reader = new FrameReader(() => true);
    reader.push(Uint8Array.of(0xff, 0xff, 1, 2, 3));
    expect(reader.heldSize).toBe(5);
  });
});
