import { describe, expect, it } from 'vitest';
import { signRequest, TsigVerifier, UNSIGNED_RUN_MAX } from '#dns/tsig/tsig-client.ts';
import type { TsigErrorCode } from '#dns/tsig/tsig-error.ts';
import { writeQuery } from '../../../kit/dns-query.ts';
import {
  macOf,
  SIGNED_AT,
  signMessage,
  type TsigFields,
  XFER_KEY,
} from '../../../kit/tsig-message.ts';

const NOW_MS = SIGNED_AT * 1000;
const QUERY = writeQuery({ id: 0x1234, name: 'example.com.', type: 252 });
const REPLY = Uint8Array.from(QUERY).with(2, 0x84);
const REQUEST_MAC = macOf(QUERY);

/** A reply with the signature that a server would give it. */
function signReply(reply: Uint8Array, fields: TsigFields = {}): Uint8Array {
  return signMessage(reply, fields, { priorMac: REQUEST_MAC });
}

function verifier(): TsigVerifier {
  return signRequest(QUERY, XFER_KEY, NOW_MS).verifier;
}

function coded(code: TsigErrorCode, message: RegExp) {
  return expect.objectContaining({ code, message: expect.stringMatching(message) });
}

describe('a request that we sign', () => {
  it('has a TSIG over the message and all variables', () => {
    expect(signRequest(QUERY, XFER_KEY, NOW_MS).message).toEqual(signMessage(QUERY));
  });
});

describe('a single reply', () => {
  it('comes back without its TSIG', () => {
    const replies = verifier();
    expect(replies.verify(signReply(REPLY), NOW_MS)).toEqual(REPLY);
    expect(() => replies.end()).not.toThrow();
  });

  it('may come after forged ones, which leave no trace', () => {
    const replies = verifier();
    const forged = [REPLY, signMessage(REPLY), signReply(REPLY).with(20, 1), REPLY.subarray(0, 9)];
    for (const reply of forged) expect(() => replies.verify(reply, NOW_MS)).toThrow(/./);
    expect(replies.verify(signReply(REPLY), NOW_MS)).toEqual(REPLY);
  });

  const cut = macOf(REPLY, {}, { priorMac: REQUEST_MAC }).subarray(0, 16);
  const ourTime = Uint8Array.from(
    Buffer.from((SIGNED_AT + 40).toString(16).padStart(12, '0'), 'hex'),
  );
  const none = { mac: new Uint8Array(0) };
  it.each<[string, TsigErrorCode, RegExp, Uint8Array]>([
    ['unsigned', 'TSIG_MISSING', /not signed with key xfer\.example\./, REPLY],
    ['signed over nothing before', 'TSIG_BADSIG', /signature of a reply/, signMessage(REPLY)],
    ['changed', 'TSIG_BADSIG', /signature/, signReply(REPLY).with(3, 1)],
    [
      'of another key',
      'TSIG_BADKEY',
      /other\.example\./,
      signReply(REPLY, { owner: 'other.example.' }),
    ],
    [
      'of another algorithm',
      'TSIG_BADKEY',
      /hmac-sha1\./,
      signReply(REPLY, { algorithm: 'hmac-sha1.' }),
    ],
    ['too old', 'TSIG_BADTIME', /301 s in the past/, signReply(REPLY, { time: SIGNED_AT - 301 })],
    [
      'of the future',
      'TSIG_BADTIME',
      /301 s in the fut/,
      signReply(REPLY, { time: SIGNED_AT + 301 }),
    ],
    ['cut', 'TSIG_BADTRUNC', /is cut/, signReply(REPLY, { mac: cut })],
    ['too long', 'TSIG_FORMERR', /longer/, signReply(REPLY, { mac: new Uint8Array(33) })],
    ['without MAC', 'TSIG_MISSING', /neither MAC nor error/, signReply(REPLY, none)],
    [
      'that knows no key',
      'TSIG_BADKEY',
      /server answers BADKEY/,
      signReply(REPLY, { ...none, error: 17 }),
    ],
    [
      'of another secret',
      'TSIG_BADSIG',
      /BADSIG.*secret/,
      signReply(REPLY, { ...none, error: 16 }),
    ],
    ['BADTIME', 'TSIG_BADTIME', /40 s in the fut/, signReply(REPLY, { error: 18, other: ourTime })],
    ['BADTRUNC', 'TSIG_BADTRUNC', /BADTRUNC/, signReply(REPLY, { error: 22 })],
    ['of an unknown error', 'TSIG_FORMERR', /RCODE999/, signReply(REPLY, { error: 999 })],
    ['misplaced', 'TSIG_FORMERR', /not the last/, signMessage(signReply(REPLY))],
  ])('is refused when it is %s', (_, code, message, reply) => {
    expect(() => verifier().verify(reply, NOW_MS)).toThrow(coded(code, message));
  });
});

/** Signs `messages` as a server would that leaves those out where `isSigned` is false. */
function stream(messages: readonly Uint8Array[], isSigned: (index: number) => boolean) {
  let priorMac = REQUEST_MAC;
  let pending: Uint8Array[] = [];
  return messages.map((message, index) => {
    if (!isSigned(index)) {
      pending.push(message);
      return message;
    }
    // The pending messages come between the MAC before and this message.
    const whole = Buffer.concat([...pending, message]);
    priorMac = macOf(whole, {}, { priorMac, isTimersOnly: index > 0 });
    pending = [];
    return signMessage(message, { mac: priorMac });
  });
}

function verifyAll(replies: readonly Uint8Array[]): Uint8Array[] {
  const verifying = verifier();
  const verified = replies.map((reply) => verifying.verify(reply, NOW_MS));
  verifying.end();
  return verified;
}

describe('a stream of replies', () => {
  const messages = Array.from({ length: 102 }, (_, index) => REPLY.with(3, index & 0x0f));

  it('is verified with every message signed', () => {
    expect(verifyAll(stream(messages, () => true))).toEqual(messages);
  });

  it('is verified with 99 unsigned ones in between, and no more', () => {
    const sparse = stream(messages.slice(0, 101), (index) => index % 100 === 0);
    expect(verifyAll(sparse)).toEqual(messages.slice(0, 101));
    expect(UNSIGNED_RUN_MAX).toBe(99);
    const sparser = stream(messages, (index) => index % 101 === 0);
    expect(() => verifyAll(sparser)).toThrow(coded('TSIG_MISSING', /more than 99/));
  });

  it('is refused when the last one is not signed, or there was none', () => {
    expect(() => verifyAll(stream(messages.slice(0, 3), (index) => index < 2))).toThrow(
      coded('TSIG_MISSING', /last reply/),
    );
    expect(() => verifyAll([])).toThrow(coded('TSIG_MISSING', /last reply/));
  });

  it('is refused when the first one is not signed', () => {
    expect(() => verifyAll(stream(messages.slice(0, 3), (index) => index > 0))).toThrow(
      coded('TSIG_MISSING', /not signed/),
    );
  });

  it.each(['lost', 'repeated', 'changed'])('is refused when an unsigned one is %s', (how) => {
    const sparse = stream(messages.slice(0, 5), (index) => index % 4 === 0);
    const second = sparse[1] ?? REPLY;
    const instead = { lost: [], repeated: [second, second], changed: [second.with(3, 7)] }[how];
    const broken = [...sparse.slice(0, 1), ...(instead ?? []), ...sparse.slice(2)];
    expect(() => verifyAll(broken)).toThrow(coded('TSIG_BADSIG', /signature/));
  });

  it('is refused when signed ones change places', () => {
    const [first, second, third] = stream(messages.slice(0, 3), () => true);
    if (first === undefined || second === undefined || third === undefined) throw new Error();
    expect(() => verifyAll([first, third, second])).toThrow(coded('TSIG_BADSIG', /signature/));
  });

  it('may last longer than the fudge, as each message has its own time', () => {
    const replies = verifier();
    const first = signReply(REPLY);
    replies.verify(first, NOW_MS);
    const time = SIGNED_AT + 4000;
    const priorMac = macOf(REPLY, {}, { priorMac: REQUEST_MAC });
    const second = signMessage(REPLY, { time }, { priorMac, isTimersOnly: true });
    expect(replies.verify(second, time * 1000)).toEqual(REPLY);
    replies.end();
  });
});
