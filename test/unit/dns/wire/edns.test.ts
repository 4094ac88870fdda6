import { describe, expect, it } from 'vitest';
import { appendOpt, type Edns, ednsSize } from '#dns/wire/edns.ts';
import { readMessage } from '#dns/wire/message-reader.ts';

const EDNS: Edns = {
  payloadSize: 1232,
  version: 0,
  flags: 0x8000,
  options: [
    { code: 3, data: Uint8Array.of(1, 2) },
    { code: 12, data: new Uint8Array(300) },
  ],
};

describe('an OPT record behind a finished message', () => {
  it('is read back with its options and the high bits of the rcode, and counted', () => {
    const message = Uint8Array.of(0, 1, 0x80, 7, 0, 0, 0, 0, 0, 0, 0, 0);
    const whole = appendOpt(message, EDNS, 0x167);
    expect(whole).toHaveLength(12 + ednsSize(EDNS));
    expect(readMessage(whole)).toMatchObject({ rcode: 0x167, edns: EDNS, additional: [] });
    expect(message[11]).toBe(0);
  });

  it('is WIRE_TOO_LONG where the message has no room for it', () => {
    const message = new Uint8Array(65_535 - ednsSize(EDNS) + 1);
    expect(() => appendOpt(message, EDNS, 0)).toThrow(
      expect.objectContaining({ code: 'WIRE_TOO_LONG' }),
    );
    expect(appendOpt(message.subarray(1), EDNS, 0)).toHaveLength(65_535);
  });
});
