import { describe, expect, it } from 'vitest';
import { TSIG_ALGORITHMS } from '#dns/tsig/tsig-key.ts';
import { TsigSigner } from '#dns/tsig/tsig-signer.ts';
import { writeQuery } from '../../../kit/dns-query.ts';
import { macOf, SIGNED_AT, signMessage, XFER_KEY } from '../../../kit/tsig-message.ts';

const NOW_MS = SIGNED_AT * 1000;
const REQUEST_MAC = macOf(writeQuery({ id: 1, name: 'example.com.', type: 252 }));
const REPLIES = [1, 2, 3].map((type) => writeQuery({ id: 1, name: 'example.com.', type }));

describe('the signature of a reply', () => {
  it('covers the MAC of the request, the message and all variables', () => {
    const signer = new TsigSigner(XFER_KEY, REQUEST_MAC);
    const [reply = new Uint8Array(0)] = REPLIES;
    const expected = signMessage(reply, {}, { priorMac: REQUEST_MAC });
    expect(signer.sign(reply, NOW_MS)).toEqual(expected);
  });

  it('covers, from the second message on, the MAC before and the timers', () => {
    const signer = new TsigSigner(XFER_KEY, REQUEST_MAC);
    let priorMac = REQUEST_MAC;
    for (const [index, reply] of REPLIES.entries()) {
      const fields = { time: SIGNED_AT + 200 * index };
      const digested = { priorMac, isTimersOnly: index > 0 };
      const signed = signer.sign(reply, NOW_MS + 200_000 * index);
      expect(signed).toEqual(signMessage(reply, fields, digested));
      priorMac = macOf(reply, fields, digested);
    }
  });

  it.each(TSIG_ALGORITHMS)('takes as many octets as were kept free for it, %s', (algorithm) => {
    const key = { ...XFER_KEY, algorithm };
    const signer = new TsigSigner(key, REQUEST_MAC);
    const [reply = new Uint8Array(0)] = REPLIES;
    const signed = signer.sign(reply, NOW_MS);
    expect(signed.length - reply.length).toBe(signer.reserve);
    expect(signed).toEqual(signMessage(reply, {}, { key, priorMac: REQUEST_MAC }));
  });
});
