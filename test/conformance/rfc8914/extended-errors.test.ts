// RFC 8914 section 2: the option of extended DNS errors.
import { describe, expect, it } from 'vitest';
import { formatHex } from '#base/bytes.ts';
import {
  buildExtendedError,
  EDNS_OPTION,
  EXTENDED_ERROR,
  readExtendedError,
} from '#dns/wire/edns.ts';

describe('RFC 8914 section 2', () => {
  it('has INFO-CODE and EXTRA-TEXT in UTF-8', () => {
    const option = buildExtendedError({ infoCode: EXTENDED_ERROR.NOT_AUTHORITATIVE, text: 'né' });
    expect(option.code).toBe(15);
    expect(formatHex(option.data)).toBe('00146ec3a9');
    expect(readExtendedError(option)).toEqual({ infoCode: 20, text: 'né' });
  });

  it('may have no text', () => {
    const option = buildExtendedError({ infoCode: EXTENDED_ERROR.OTHER, text: '' });
    expect(readExtendedError(option)).toEqual({ infoCode: 0, text: '' });
  });

  it('does not count a final NUL as text, as a receiver must not', () => {
    const data = Uint8Array.of(0, 15, 0x61, 0);
    expect(readExtendedError({ code: EDNS_OPTION.EXTENDED_ERROR, data })).toEqual({
      infoCode: 15,
      text: 'a',
    });
  });

  it('is nothing when it is shorter than its code or another option', () => {
    const data = Uint8Array.of(0);
    expect(readExtendedError({ code: EDNS_OPTION.EXTENDED_ERROR, data })).toBeUndefined();
    expect(
      readExtendedError({ code: EDNS_OPTION.NSID, data: Uint8Array.of(0, 1) }),
    ).toBeUndefined();
  });
});
