import { describe, expect, it } from 'vitest';
import { makeClockCell, openClock } from '#base/clock.ts';
import { makeCookieSecrets } from '#dns/answer/cookie-secrets.ts';
import { MessageOptions } from '#dns/answer/message-options.ts';
import { EDNS_OPTION, type EdnsOption } from '#dns/wire/edns.ts';

const CLIENT = {
  clientOctets: Uint8Array.of(192, 0, 2, 1),
  clientAt: 0,
  isIpv6: false,
  isEncrypted: false,
};
const NONE = new Uint8Array(0);
const clock = openClock({ kind: 'cell', cell: makeClockCell(1_795_325_548_000) });
const cookieSecrets = makeCookieSecrets([new Uint8Array(16).fill(7)]);

function reply(options: EdnsOption[], setup = {}, isStream = false): EdnsOption[] | undefined {
  const whole = { nsid: Buffer.from('ns1'), cookieSecrets, keepaliveMs: 10_000, ...setup };
  const edns = { payloadSize: 1232, version: 0, flags: 0, options };
  return new MessageOptions(whole, clock).reply(edns, CLIENT, isStream);
}

describe('the options of replies that are made as data', () => {
  it('are those that the query asks for', () => {
    expect(reply([])).toEqual([]);
    const asked = [
      { code: EDNS_OPTION.TCP_KEEPALIVE, data: NONE },
      { code: EDNS_OPTION.NSID, data: NONE },
      { code: 65_001, data: NONE },
    ];
    expect(reply(asked)).toEqual([{ code: EDNS_OPTION.NSID, data: Buffer.from('ns1') }]);
    expect(reply(asked, { nsid: undefined }, true)).toEqual([
      { code: EDNS_OPTION.TCP_KEEPALIVE, data: Uint8Array.of(0, 100) },
    ]);
  });

  it('have a cookie that is known again, and stays, when it comes back', () => {
    const cookie = { code: EDNS_OPTION.COOKIE, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) };
    const [made] = reply([cookie]) ?? [];
    expect(made.data).toHaveLength(24);
    expect(made.data.subarray(0, 8)).toEqual(cookie.data);
    expect(reply([made])).toEqual([made]);
    const [other] =
      reply([cookie], { cookieSecrets: makeCookieSecrets([new Uint8Array(16)]) }) ?? [];
    expect(other.data.subarray(8)).not.toEqual(made.data.subarray(8));
    expect(reply([cookie], { cookieSecrets: undefined })).toEqual([]);
  });

  it.each([0, 7, 9, 15, 41])('are none where the cookie has %d octets: FORMERR', (size) => {
    expect(reply([{ code: EDNS_OPTION.COOKIE, data: new Uint8Array(size) }])).toBeUndefined();
  });
});
