/** Whom a zone's new versions are told to. */
import { describe, expect, it } from 'vitest';
import { openClock } from '#base/clock.ts';
import { NotifySet } from '#dns/transfer/notify/notify-set.ts';
import {
  formatNotifyTarget,
  type NotifyTarget,
  parseNotifyTarget,
} from '#dns/transfer/notify/notify-target.ts';
import { formatName, parseName } from '#dns/wire/name.ts';
import { DEFAULT_SETTINGS, type ZoneSettings } from '#dns/zonedb/zone-row.ts';

const APEX = parseName('example.com.');

function makeSet(targets: string[], notifiesNs = true) {
  let lookups = 0;
  const set = new NotifySet({
    rules: { targets: targets.map(parseNotifyTarget), notifiesNs },
    nameservers: {
      of: async () => {
        lookups += 1;
        return ['192.0.2.1', '192.0.2.7', '2001:db8::7'];
      },
    },
    isOwn: ({ address, port }) => address === '192.0.2.1' && port === 53,
    clock: openClock({ kind: 'system' }),
  });
  return { set, lookups: () => lookups };
}

function settings(given: Partial<ZoneSettings> = {}): ZoneSettings {
  return { ...DEFAULT_SETTINGS, ...given };
}

function text(targets: readonly NotifyTarget[]): string[] {
  return targets.map((target) => {
    const key = target.key === undefined ? '' : ` ${formatName(target.key)}`;
    return `${formatNotifyTarget(target)}${key}`;
  });
}

describe('an entry', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1:53'],
    ['192.0.2.1:5300', '192.0.2.1:5300'],
    ['[2001:DB8:0::1]:5300', '[2001:db8::1]:5300'],
    ['2001:db8::1', '[2001:db8::1]:53'],
    ['192.0.2.1 key:Xfer', '192.0.2.1:53 xfer.'],
  ])('%s is %s', (entry, read) => {
    expect(text([parseNotifyTarget(entry)])).toEqual([read]);
  });

  it.each(['', 'ns1.example.', '192.0.2.1 xfer', '192.0.2.1:0', '192.0.2.1 key:a b', 'key:x'])(
    'that is none is refused by name: %j',
    (entry) => {
      expect(() => parseNotifyTarget(entry)).toThrow(
        expect.objectContaining({ code: 'NOTIFY_TARGET_INVALID' }),
      );
    },
  );
});

describe('the notify set', () => {
  it('is what the configuration lists and what the zone lists, each once', () => {
    const { set } = makeSet(['192.0.2.2:5300', '192.0.2.3']);
    const metadata = { 'ALSO-NOTIFY': ['192.0.2.3', '192.0.2.4:54', 'not an address'] };
    expect(text(set.named(settings({ metadata })))).toEqual([
      '192.0.2.2:5300',
      '192.0.2.3:53',
      '192.0.2.4:54',
    ]);
  });

  it('leaves this server itself out', () => {
    const { set } = makeSet(['192.0.2.1', '192.0.2.1:5300']);
    expect(text(set.named(settings()))).toEqual(['192.0.2.1:5300']);
  });

  it('has the name servers of a zone of kind Master, of kind Native only by hand', async () => {
    const { set, lookups } = makeSet(['192.0.2.7:5300']);
    expect(set.hasNameservers(settings())).toBe(false);
    expect(set.hasNameservers(settings(), true)).toBe(true);
    const master = settings({ kind: 'Master' });
    // 192.0.2.1 is this server, and 192.0.2.7 is told as its entry says.
    expect(text(await set.nameservers(APEX, master))).toEqual(['[2001:db8::7]:53']);
    await set.nameservers(APEX, master);
    expect(lookups()).toBe(1);
  });

  it('looks nobody up where the configuration says so', () => {
    const { set } = makeSet([], false);
    expect(set.hasNameservers(settings({ kind: 'Master' }), true)).toBe(false);
  });

  it('signs for targets of the zone with the key of its transfers', () => {
    const { set } = makeSet([]);
    const metadata = { 'ALSO-NOTIFY': ['192.0.2.4', '192.0.2.5 key:other'] };
    const zone = settings({ metadata, masterTsigKeyIds: ['xfer.'] });
    expect(text(set.named(zone))).toEqual(['192.0.2.4:53 xfer.', '192.0.2.5:53 other.']);
    const broken = settings({ metadata, masterTsigKeyIds: ['no..name'] });
    expect(text(set.named(broken))).toEqual(['192.0.2.4:53', '192.0.2.5:53 other.']);
  });
});
