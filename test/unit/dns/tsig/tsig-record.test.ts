import { describe, expect, it } from 'vitest';
import { appendTsig, cutTsig, findTsig, tsigSize } from '#dns/tsig/tsig-record.ts';
import { formatName, parseName } from '#dns/wire/name.ts';
import { writeQuery } from '../../../kit/dns-query.ts';
import { SIGNED_AT, signMessage, type TsigFields, withRecord } from '../../../kit/tsig-message.ts';

const QUERY = writeQuery({ id: 0x1234, name: 'xfer.example.', type: 6 });
const FORMERR = expect.objectContaining({ code: 'TSIG_FORMERR' });

function setCounts(message: Uint8Array, counts: readonly number[]): Uint8Array {
  const changed = Buffer.from(message);
  for (const [index, count] of counts.entries()) changed.writeUInt16BE(count, 4 + 2 * index);
  return Uint8Array.from(changed);
}

/** A signed message whose question has these octets for a name. */
function withQuestion(name: readonly number[]): Uint8Array {
  return signMessage(Uint8Array.of(...QUERY.subarray(0, 12), ...name, 0, 6, 0, 1));
}

describe('the TSIG record of a message', () => {
  it('is read with all its fields', () => {
    const other = Uint8Array.of(0, 0, 1, 2, 3, 4);
    const mac = Uint8Array.of(1, 2, 3);
    const fields: TsigFields = { owner: 'Key.Test.', mac, originalId: 7, error: 18, other };
    const time = 0x1234_5678_9abc;
    const found = findTsig(signMessage(QUERY, { ...fields, time, fudge: 0xffff }));
    expect(found).toMatchObject({ at: QUERY.length, mac, originalId: 7, error: 18, other });
    expect(found).toMatchObject({ timeSigned: time, fudge: 0xffff });
    expect(formatName(found?.owner ?? parseName('.'))).toBe('Key.Test.');
    expect(formatName(found?.algorithm ?? parseName('.'))).toBe('hmac-sha256.');
  });

  it('is not there in a message that is not signed', () => {
    expect(findTsig(QUERY)).toBeUndefined();
    expect(findTsig(writeQuery({ name: 'a.', type: 250, edns: { payloadSize: 1232 } }))).toBe(
      undefined,
    );
  });

  it('may have a compressed owner', () => {
    const found = findTsig(signMessage(QUERY, { ownerOctets: [0xc0, 12] }));
    expect(formatName(found?.owner ?? parseName('.'))).toBe('xfer.example.');
  });

  it('is cut off and put back', () => {
    const signed = signMessage(QUERY);
    const found = findTsig(signed);
    if (found === undefined) throw new Error('not found');
    expect(cutTsig(signed, found.at)).toEqual(QUERY);
    expect(appendTsig(QUERY, found)).toEqual(signed);
    const { owner, algorithm, mac } = found;
    expect(signed.length - QUERY.length).toBe(tsigSize(owner, algorithm, mac.length));
  });

  it('keeps times after the year 2106', () => {
    const found = findTsig(signMessage(QUERY, { time: 0x1234_5678_9abc }));
    if (found === undefined) throw new Error('not found');
    expect(findTsig(appendTsig(QUERY, found))?.timeSigned).toBe(0x1234_5678_9abc);
  });

  it('does not fit behind a message that fills the size already', () => {
    const found = findTsig(signMessage(QUERY, { time: SIGNED_AT }));
    if (found === undefined) throw new Error('not found');
    const room = 65_535 - tsigSize(found.owner, found.algorithm, found.mac.length);
    expect(appendTsig(new Uint8Array(room), found)).toHaveLength(65_535);
    expect(() => appendTsig(new Uint8Array(room + 1), found)).toThrow(
      expect.objectContaining({ code: 'WIRE_TOO_LONG' }),
    );
  });

  const signed = signMessage(QUERY);
  const other = Uint8Array.from([0, 0, 16, 0, 1, 0, 0, 0, 0, 0, 2, 1, 65]);
  const compressedAlgorithm = Uint8Array.from(
    Buffer.from('016b0000fa00ff000000000012c00c000000000000012c0000123400000000', 'hex'),
  );
  it.each<[string, Uint8Array]>([
    ['is not the last', withRecord(signed, other)],
    ['comes twice', signMessage(signed)],
    ['stands in the answer section', setCounts(signed, [1, 1, 0, 0])],
    ['stands in the authority section', setCounts(signed, [1, 0, 1, 0])],
    ['has octets behind it', Uint8Array.of(...signed, 0)],
    ['has a class other than ANY', signMessage(QUERY, { rrclass: 1 })],
    ['has a TTL', signMessage(QUERY, { ttl: 1 })],
    ['is cut off', signed.subarray(0, signed.length - 1)],
    ['has a MAC size that leads out of it', signed.with(signed.length - 39, 200)],
    ['has an other size that leads out of it', signed.with(signed.length - 1, 1)],
    ['has a compressed algorithm', withRecord(QUERY, compressedAlgorithm)],
    ['has an owner that points at itself', signMessage(QUERY, { ownerOctets: [0xc0, 30] })],
    ['comes behind fewer records than the header says', setCounts(signed, [1, 0, 0, 2])],
    ['comes behind a label of an unknown type', signed.with(12, 0x80)],
    ['comes behind a label of over 63 octets', withQuestion([64, ...new Uint8Array(64), 0])],
    ['stands in less than a header', signed.subarray(0, 11)],
  ])('is malformed when it %s', (_, message) => {
    expect(() => findTsig(message)).toThrow(FORMERR);
  });
});
