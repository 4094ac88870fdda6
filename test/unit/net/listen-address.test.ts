import { describe, expect, it } from 'vitest';
import { formatListenAddress, isWildcard, parseListenAddress } from '#net/listen-address.ts';

describe('a listen address', () => {
  it.each([
    ['127.0.0.1:5300', '127.0.0.1', 5300, 4],
    ['[::1]:53', '::1', 53, 6],
    ['[2001:db8::1]:65535', '2001:db8::1', 65_535, 6],
    ['0.0.0.0:1', '0.0.0.0', 1, 4],
  ])('%s is read and printed back', (text, address, port, family) => {
    const listen = parseListenAddress(text);
    expect(listen).toEqual({ address, port, family, optional: false });
    expect(formatListenAddress(listen)).toBe(text);
  });

  it.each([
    '',
    '127.0.0.1',
    '127.0.0.1:0',
    '127.0.0.1:65536',
    '127.0.0.256:53',
    '::1:53',
    '[127.0.0.1]:53',
    '[fe80::1%eth0]:53',
    'localhost:53',
    ' 127.0.0.1:53',
    '127.0.0.1:53x',
  ])('%j is refused by name', (text) => {
    expect(() => parseListenAddress(text)).toThrow(
      expect.objectContaining({
        code: 'NET_ADDRESS_INVALID',
        message: expect.stringContaining(`'${text}'`),
      }),
    );
  });

  it('is a wildcard in every spelling of the unspecified address', () => {
    const texts = ['0.0.0.0:53', '[::]:53', '[0:0::0]:53', '127.0.0.1:53', '[::1]:53'];
    expect(texts.map((text) => isWildcard(parseListenAddress(text)))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});
