import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CodedError } from '#base/coded-error.ts';
import { signRequest } from '#dns/tsig/tsig-client.ts';
import { algorithmName, TSIG_ALGORITHMS, type TsigKey } from '#dns/tsig/tsig-key.ts';
import { checkRequest } from '#dns/tsig/tsig-request.ts';
import { readMessage } from '#dns/wire/message-reader.ts';
import { lowerName } from '#dns/wire/name.ts';
import { writeMessage } from '#dns/wire/write-message.ts';
import { arbitraryName, arbitraryRecord } from '../../../kit/arbitrary-records.ts';
import { makeMutatedPackets } from '../../../kit/mutated-packets.ts';
import { keyringOf, SIGNED_AT, signMessage, XFER_KEY } from '../../../kit/tsig-message.ts';

const NOW_MS = SIGNED_AT * 1000;
const POLICY = { allowsMd5: true };

const key: fc.Arbitrary<TsigKey> = fc.record({
  name: arbitraryName.map(lowerName),
  algorithm: fc.constantFrom(...TSIG_ALGORITHMS),
  secret: fc.uint8Array({ minLength: 1, maxLength: 200 }),
});

const records = fc.array(arbitraryRecord, { maxLength: 4 });

const message: fc.Arbitrary<Uint8Array> = fc
  .record({
    id: fc.nat(0xffff),
    question: arbitraryName.map((name) => ({ name, type: 252, class: 1 })),
    answer: records,
    authority: records,
    additional: records,
  })
  .map((sections) => {
    const edns = { payloadSize: 1232, version: 0, flags: 0, options: [] };
    return writeMessage({ flags: 0, opcode: 0, rcode: 0, edns, ...sections });
  });

/** True for bits that may flip without a word: the id, and the case of key and algorithm. */
function isFree({ name, algorithm }: TsigKey, unsigned: Uint8Array, bit: number): boolean {
  const at = (bit >>> 3) - unsigned.length;
  const algorithmAt = name.length + 10;
  const octet = at < name.length ? name[at] : algorithmName(algorithm)[at - algorithmAt];
  return bit < 16 || ((bit & 7) === 5 && /[A-Za-z]/.test(String.fromCharCode(octet ?? 0)));
}

function flip(octets: Uint8Array, bit: number): Uint8Array {
  const changed = Uint8Array.from(octets);
  changed[bit >>> 3] = (changed[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
  return changed;
}

describe('signed messages', () => {
  it('are verified by the other end, requests and streams of replies', () => {
    fc.assert(
      fc.property(
        key,
        message,
        fc.array(message, { minLength: 1, maxLength: 4 }),
        (k, ask, say) => {
          const request = signRequest(ask, k, NOW_MS);
          const checked = checkRequest(request.message, keyringOf([k], POLICY), NOW_MS);
          if (checked.kind !== 'good') throw new Error(`the request is ${checked.kind}`);
          expect(checked.message).toEqual(ask);
          for (const reply of say) {
            const signed = checked.signer.sign(reply, NOW_MS);
            expect(signed.length - reply.length).toBe(checked.signer.reserve);
            expect(readMessage(signed).additional.at(-1)?.type).toBe(250);
            expect(request.verifier.verify(signed, NOW_MS)).toEqual(reply);
          }
          request.verifier.end();
        },
      ),
      { numRuns: 300 },
    );
  });

  it('are refused with any bit flipped, but for the id and the case of key and algorithm', () => {
    fc.assert(
      fc.property(key, message, fc.nat(), (k, ask, some) => {
        const { message: signed } = signRequest(ask, k, NOW_MS);
        const bit = some % (8 * signed.length);
        const checked = checkRequest(flip(signed, bit), keyringOf([k], POLICY), NOW_MS);
        expect([bit, checked.kind === 'good']).toEqual([bit, isFree(k, ask, bit)]);
      }),
      { numRuns: 2000 },
    );
  });

  it('as replies are refused with any bit flipped, after which the true one is taken', () => {
    fc.assert(
      fc.property(key, message, message, fc.nat(), (k, ask, say, some) => {
        const { message: asked, verifier } = signRequest(ask, k, NOW_MS);
        const checked = checkRequest(asked, keyringOf([k], POLICY), NOW_MS);
        if (checked.kind !== 'good') throw new Error(`the request is ${checked.kind}`);
        const signed = checked.signer.sign(say, NOW_MS);
        const bit = some % (8 * signed.length);
        fc.pre(!isFree(k, say, bit));
        expect(() => verifier.verify(flip(signed, bit), NOW_MS)).toThrow(/./);
        expect(verifier.verify(signed, NOW_MS)).toEqual(say);
      }),
      { numRuns: 500 },
    );
  });
});

describe('octets of any kind', () => {
  const keyring = keyringOf([XFER_KEY], POLICY);

  /** How both ends take these octets: two words, or what they throw without a code. */
  function take(octets: Uint8Array): string {
    const checked = checkRequest(octets, keyring, NOW_MS);
    if (checked.kind === 'bad') {
      const reply = Uint8Array.from({ length: 12 }, (_, index) => octets[index] ?? 0);
      const added = checked.reject(reply).length - reply.length;
      if (added !== checked.reserve) return `${added} octets added, not ${checked.reserve}`;
    }
    const { verifier } = signRequest(new Uint8Array(12), XFER_KEY, NOW_MS);
    try {
      verifier.verify(octets, NOW_MS);
      return `${checked.kind}, verified`;
    } catch (error) {
      if (error instanceof CodedError) return `${checked.kind}, refused`;
      throw error;
    }
  }

  it('throw nothing at a server, nothing without a code at a client, and are never good', () => {
    const any = fc.sample(fc.uint8Array({ maxLength: 300 }), 2000);
    const taken = new Set([...any, ...makeMutatedPackets(8945, 4000)].map(take));
    expect([...taken].toSorted()).toEqual(['bad, refused', 'unsigned, refused']);
  });

  it('do neither in front of a signature, whole or cut off', () => {
    const packets = makeMutatedPackets(5398, 2000).filter((packet) => packet.length >= 12);
    const signed = packets.map((packet) => signMessage(packet));
    const cut = signed.map((packet, index) => packet.subarray(0, packet.length - 1 - (index % 70)));
    const taken = new Set([...signed, ...cut].map(take));
    // Unsigned are those whose counts end before the signature.
    const all = ['bad, refused', 'good, refused', 'unsigned, refused'];
    expect([...taken].toSorted()).toEqual(all);
  });
});
