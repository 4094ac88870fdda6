// What an answer says of an RRset: served as it should be, otherwise, or nothing.
import {
  type Answer,
  AUTHORITATIVE_ANSWER,
  encode,
  type Packet,
  TRUNCATED_RESPONSE,
} from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { type ChangedRrset, isPlainAnswer, judgeAnswer } from '#dns/transfer/changed-rrset.ts';
import { parseName, ROOT } from '#dns/wire/name.ts';
import { parseRdataText } from '#dns/wire/rdata/rdata-text.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';

const OWNER = 'mail.example.com';
const EXCHANGES = ['10 a.example.com.', '20 b.example.com.'];
const CHANGED: ChangedRrset = {
  owner: parseName(`${OWNER}.`),
  type: TYPE.MX,
  served: { ttl: 60, rdatas: EXCHANGES.map((text) => parseRdataText(TYPE.MX, text, ROOT)) },
};
const REMOVED: ChangedRrset = { ...CHANGED, served: undefined };
const NXDOMAIN = 3;

function exchange(preference: number, host: string, fields: Partial<Answer> = {}): Answer {
  const data = { preference, exchange: host };
  return { type: 'MX', name: OWNER, ttl: 60, data, ...fields } as Answer;
}

const BOTH = [exchange(20, 'b.example.com'), exchange(10, 'a.example.com')];

function answer(answers: Answer[], fields: Packet = {}): Uint8Array {
  const questions = [{ type: 'MX' as const, name: OWNER }];
  const flags = AUTHORITATIVE_ANSWER;
  return encode({ type: 'response', id: 1, flags, questions, answers, ...fields });
}

describe('an answer', () => {
  it('has the RRset in any order, and in any case of names', () => {
    expect(judgeAnswer(answer(BOTH), CHANGED)).toBe('served');
    const upper = [exchange(10, 'A.Example.com', { name: 'MAIL.example.com' }), BOTH[0]];
    expect(judgeAnswer(answer(upper), CHANGED)).toBe('served');
  });

  it.each<[string, Answer[]]>([
    ['a record is missing', BOTH.slice(1)],
    ['there is one more', [...BOTH, exchange(30, 'c.example.com')]],
    ['one is there twice instead', [BOTH[0], BOTH[0]]],
    ['one is another', [BOTH[0], exchange(10, 'x.example.com')]],
    ['the TTL is another', BOTH.map((record) => ({ ...record, ttl: 61 }) as Answer)],
    ['another name has them', BOTH.map((record) => ({ ...record, name: 'www.example.com' }))],
    ['there is nothing', []],
  ])('does not when %s', (_what, answers) => {
    expect(judgeAnswer(answer(answers), CHANGED)).toBe('other');
  });

  it('that is an error is none of the RRset', () => {
    expect(judgeAnswer(answer(BOTH, { flags: NXDOMAIN }), CHANGED)).toBe('other');
    for (const rcode of [2, 5]) {
      expect(judgeAnswer(answer([], { flags: rcode }), REMOVED)).toBe('other');
    }
  });

  it('is without what was removed, whether the name is there or not', () => {
    expect(judgeAnswer(answer([]), REMOVED)).toBe('served');
    expect(judgeAnswer(answer([], { flags: NXDOMAIN }), REMOVED)).toBe('served');
    expect(judgeAnswer(answer(BOTH), REMOVED)).toBe('other');
  });

  it('that is cut says nothing', () => {
    const flags = AUTHORITATIVE_ANSWER | TRUNCATED_RESPONSE;
    expect(judgeAnswer(answer([], { flags }), CHANGED)).toBe('unclear');
  });

  it('to another question, or that is no message, is not taken', () => {
    const questions = [{ type: 'A' as const, name: OWNER }];
    expect(judgeAnswer(answer(BOTH, { questions }), CHANGED)).toBeUndefined();
    expect(judgeAnswer(answer(BOTH, { questions: [] }), CHANGED)).toBeUndefined();
    expect(judgeAnswer(answer(BOTH).subarray(0, 40), CHANGED)).toBeUndefined();
  });
});

describe('a plain answer', () => {
  it('is authoritative, whole, and has nothing else', () => {
    expect(isPlainAnswer(answer(BOTH), CHANGED)).toBe(true);
    expect(isPlainAnswer(answer([]), REMOVED)).toBe(true);
    expect(isPlainAnswer(answer(BOTH, { flags: 0 }), CHANGED)).toBe(false);
    const flags = AUTHORITATIVE_ANSWER | TRUNCATED_RESPONSE;
    expect(isPlainAnswer(answer(BOTH, { flags }), CHANGED)).toBe(false);
    const alias: Answer = { type: 'CNAME', name: OWNER, ttl: 60, data: 'www.example.com' };
    expect(isPlainAnswer(answer([alias]), REMOVED)).toBe(false);
    expect(isPlainAnswer(answer([alias, ...BOTH]), CHANGED)).toBe(false);
  });
});
