import { describe, expect, it } from 'vitest';
import { seededRandom } from '#base/random.ts';
import {
  algorithmMacSize,
  algorithmName,
  findAlgorithm,
  formatTsigKey,
  generateTsigSecret,
  parseTsigAlgorithm,
  parseTsigKey,
  TSIG_ALGORITHMS,
} from '#dns/tsig/tsig-key.ts';
import { formatName, parseName } from '#dns/wire/name.ts';

describe('a TSIG algorithm', () => {
  it('is a name on the wire, which is found in any case', () => {
    for (const algorithm of TSIG_ALGORITHMS) {
      const name = algorithmName(algorithm);
      expect(findAlgorithm(name)).toBe(algorithm);
      expect(findAlgorithm(parseName(formatName(name).toUpperCase()))).toBe(algorithm);
    }
    expect(formatName(algorithmName('hmac-md5'))).toBe('hmac-md5.sig-alg.reg.int.');
    expect(findAlgorithm(parseName('hmac-md5.'))).toBeUndefined();
    expect(findAlgorithm(parseName('gss-tsig.'))).toBeUndefined();
  });

  it.each([
    ['hmac-sha256', 'hmac-sha256'],
    ['HMAC-SHA512.', 'hmac-sha512'],
    ['hmac-md5', 'hmac-md5'],
    ['HMAC-MD5.SIG-ALG.REG.INT', 'hmac-md5'],
    ['hmac-md5.sig-alg.reg.int.', 'hmac-md5'],
    ['sha256', undefined],
    ['hmac-sha256-128', undefined],
    ['', undefined],
  ])('is read from the text %j', (text, algorithm) => {
    expect(parseTsigAlgorithm(text)).toBe(algorithm);
  });
});

describe('a TSIG key', () => {
  it('is read from text, its name in lower case, and written back', () => {
    const text = { name: 'Xfer.Example', algorithm: 'HMAC-SHA384', secret: 'MDEy\n MzQ1\n' };
    const key = parseTsigKey(text);
    expect(formatName(key.name)).toBe('xfer.example.');
    expect(Buffer.from(key.secret).toString()).toBe('012345');
    expect(formatTsigKey(key)).toEqual({
      name: 'xfer.example',
      algorithm: 'hmac-sha384',
      secret: 'MDEyMzQ1',
    });
  });

  it('is refused with an unknown algorithm, and the ones that there are are named', () => {
    const text = { name: 'k', algorithm: 'hmac-sha3', secret: 'MDEy' };
    expect(() => parseTsigKey(text)).toThrow(
      expect.objectContaining({
        code: 'TSIG_KEY_INVALID',
        message: expect.stringMatching(/hmac-sha3.*hmac-sha256/),
      }),
    );
  });

  it.each(['', '!!', 'MDE', Buffer.alloc(513).toString('base64')])(
    'is refused with the secret %j, which is not repeated',
    (secret) => {
      const text = { name: 'k', algorithm: 'hmac-sha256', secret };
      expect(() => parseTsigKey(text)).toThrow(
        expect.objectContaining({
          code: 'TSIG_KEY_INVALID',
          message: 'the secret of TSIG key k. is not base64 of 1 to 512 octets',
        }),
      );
    },
  );

  it('gets a fresh secret as long as its MAC', () => {
    const random = seededRandom(1);
    for (const algorithm of TSIG_ALGORITHMS) {
      const secret = generateTsigSecret(algorithm, random);
      expect(secret).toHaveLength(algorithmMacSize(algorithm));
      expect(generateTsigSecret(algorithm, random)).not.toEqual(secret);
    }
  });
});
