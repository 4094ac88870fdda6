import { describe, expect, it } from 'vitest';
import { openClock } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { AccessList } from '#dns/transfer/access-list.ts';
import {
  TransferOut,
  type TransferOutOptions,
  type TransferOutReport,
} from '#dns/transfer/outgoing/transfer-out.ts';
import { TRANSFER_MESSAGE_SIZE } from '#dns/transfer/outgoing/transfer-sender.ts';
import { EDNS_OPTION } from '#dns/wire/edns.ts';
import { FLAG_AA, FLAG_QR } from '#dns/wire/header.ts';
import { CLASS_CH } from '#dns/wire/record.ts';
import type { Operation } from '#dns/zonedb/change.ts';
import type { ZoneState } from '#dns/zonedb/zone-list.ts';
import type { ZoneSettings } from '#dns/zonedb/zone-row.ts';
import { temporaryFolder } from '../../../../kit/temporary-folder.ts';
import {
  type AskedTransfer,
  KeptReplies,
  transferRequest,
} from '../../../../kit/transfer-request.ts';
import {
  contextOf,
  createExample,
  openTestZoneDb,
  replace,
  SOA_CONTENT,
} from '../../../../kit/zone-db.ts';

const ZONE = 'example.com.';
/** Of a zone with this serial. */
function soa(serial: number): string {
  return `example.com. 3600 SOA ${SOA_CONTENT.replace(' 1 ', ` ${serial} `)}`;
}

/** As made. */
const FIRST = 2;
const SOA = soa(FIRST);

interface Setting {
  operations?: Operation[];
  settings?: Partial<ZoneSettings>;
  allow?: string[];
  options?: Partial<TransferOutOptions>;
}

/** A server of `example.com.` that answers transfers. */
async function open({ operations, settings, allow = ['127.0.0.1'], options }: Setting = {}) {
  const { zones } = await openTestZoneDb(await temporaryFolder());
  const apex = await createExample(zones, operations, settings);
  const reports: TransferOutReport[] = [];
  const out = new TransferOut({
    zones,
    rules: {
      allow: new AccessList(allow),
      tlsRequired: false,
      nameserverAddresses: async () => ['192.0.2.53'],
    },
    limits: { concurrentMax: 10, concurrentPerClientMax: 2 },
    clock: openClock({ kind: 'system' }),
    log: silentLog(),
    onReport: (report) => reports.push(report),
    ...options,
  });
  const ask = async (asked: Partial<AskedTransfer> = {}, replies = new KeptReplies()) => {
    await out.handle(transferRequest({ zone: ZONE, ...asked }), replies);
    return replies;
  };
  const change = async (...changed: Operation[]) =>
    zones.apply({ zone: apex, operations: changed, context: contextOf() });
  return { zones, apex, out, ask, change, reports };
}

describe('an AXFR', () => {
  it('is the SOA, every record that is served, and the SOA again', async () => {
    const disabled = replace('off.example.com.', 'A', 60, '192.0.2.9');
    if (disabled.kind === 'replace') disabled.records[0].disabled = true;
    const { ask, reports } = await open({
      operations: [
        replace('www.example.com.', 'A', 60, '192.0.2.1', '192.0.2.2'),
        replace('sub.example.com.', 'NS', 60, 'ns.sub.example.com.'),
        replace('ns.sub.example.com.', 'A', 60, '192.0.2.3'),
        disabled,
      ],
    });
    const replies = await ask();
    expect(replies.records()).toEqual([
      SOA,
      'example.com. 3600 NS ns1.example.net.',
      'example.com. 3600 NS ns2.example.net.',
      'sub.example.com. 60 NS ns.sub.example.com.',
      'ns.sub.example.com. 60 A 192.0.2.3',
      'www.example.com. 60 A 192.0.2.1',
      'www.example.com. 60 A 192.0.2.2',
      SOA,
    ]);
    expect(replies.messages[0]).toMatchObject({ id: 4711, flags: FLAG_QR | FLAG_AA, rcode: 0 });
    expect(reports).toEqual([{ kind: 'axfr', result: 'done' }]);
  });

  it('of a large zone comes in messages of 16 KiB, each with the question', async () => {
    const names = Array.from({ length: 3000 }, (_, index) => `host-${index}.example.com.`);
    const { ask } = await open({
      operations: names.map((name) => replace(name, 'TXT', 60, `"${'x'.repeat(40)}"`)),
    });
    const replies = await ask();
    expect(replies.records()).toHaveLength(3000 + 2 + 2);
    expect(replies.messages.length).toBeGreaterThan(10);
    expect(Math.max(...replies.sizes)).toBeLessThanOrEqual(TRANSFER_MESSAGE_SIZE);
    expect(Math.min(...replies.sizes.slice(0, -1))).toBeGreaterThan(TRANSFER_MESSAGE_SIZE - 100);
    expect(replies.messages.every(({ question, id }) => question && id === 4711)).toBe(true);
  });

  it('gives a record that is larger than a message one of its own', async () => {
    const long = Array.from({ length: 150 }, (_, index) => `"${`${index}`.padEnd(200, 'y')}"`);
    const { ask } = await open({
      operations: [replace('a.example.com.', 'TXT', 60, long.join(' '))],
    });
    const replies = await ask();
    expect(replies.records()).toHaveLength(5);
    expect(Math.max(...replies.sizes)).toBeGreaterThan(TRANSFER_MESSAGE_SIZE);
  });

  it('stops reading the zone when the client goes', async () => {
    const names = Array.from({ length: 3000 }, (_, index) => `host-${index}.example.com.`);
    const { ask, reports, out } = await open({
      operations: names.map((name) => replace(name, 'TXT', 60, `"${'x'.repeat(40)}"`)),
    });
    const replies = await ask({}, new KeptReplies(65_535, 2));
    expect(replies.messages).toHaveLength(2);
    expect(reports).toEqual([{ kind: 'axfr', result: 'failed' }]);
    expect(out.underWay).toBe(0);
  });

  it('is of one version, whatever changes meanwhile', async () => {
    const names = Array.from({ length: 2000 }, (_, index) => `host-${index}.example.com.`);
    const { ask, change } = await open({
      operations: names.map((name) => replace(name, 'TXT', 60, `"${'x'.repeat(40)}"`)),
    });
    let isChanged = false;
    class Changing extends KeptReplies {
      override async send(message: Uint8Array): Promise<boolean> {
        if (!isChanged) await change(replace('zzz.example.com.', 'A', 60, '192.0.2.1'));
        isChanged = true;
        return super.send(message);
      }
    }
    const records = (await ask({}, new Changing())).records();
    expect(isChanged).toBe(true);
    expect(records.at(-1)).toBe(records[0]);
    expect(records.some((record) => record.startsWith('zzz'))).toBe(false);
  });
});

describe('an IXFR', () => {
  it('is the SOA alone for a client that has the version, or a newer one', async () => {
    const { ask } = await open();
    expect((await ask({ serial: FIRST })).records()).toEqual([SOA]);
    expect((await ask({ serial: FIRST + 1 })).records()).toEqual([SOA]);
    expect((await ask({ serial: FIRST, transport: 'udp' })).records()).toEqual([SOA]);
  });

  it('is the whole zone for a client whose version nobody knows', async () => {
    const { ask } = await open();
    const whole = (await ask()).records();
    expect((await ask({ serial: 4_000_000_000 })).records()).toEqual(whole);
    expect((await ask({ serial: 0x8000_0000 + FIRST })).records(), 'half the circle away').toEqual(
      whole,
    );
  });

  it('is the differences, over UDP where they fit', async () => {
    const { ask, change } = await open();
    await change(replace('www.example.com.', 'A', 60, '192.0.2.1'));
    const second = soa(FIRST + 1);
    const wanted = [second, SOA, second, 'www.example.com. 60 A 192.0.2.1', second];
    expect((await ask({ serial: FIRST })).records()).toEqual(wanted);
    expect((await ask({ serial: FIRST, transport: 'udp' })).records()).toEqual(wanted);
    const small = new KeptReplies(150);
    expect((await ask({ serial: FIRST, transport: 'udp' }, small)).records()).toEqual([second]);
  });

  it('is the whole zone where that is shorter', async () => {
    const { ask, change } = await open();
    for (let host = 1; host < 10; host++) {
      await change(replace(`h${host}.example.com.`, 'A', 60, '192.0.2.1'));
    }
    for (let host = 1; host < 10; host++) {
      await change(replace(`h${host}.example.com.`, 'A', 60));
    }
    const whole = (await ask()).records();
    expect(whole).toHaveLength(4);
    expect((await ask({ serial: FIRST + 9 })).records()).toEqual(whole);
    const none = [soa(FIRST + 18), SOA, soa(FIRST + 18), soa(FIRST + 18)];
    expect((await ask({ serial: FIRST })).records(), 'what came is gone again').toEqual(none);
  });
});

describe('the EXPIRE option', () => {
  const expire = [{ code: EDNS_OPTION.EXPIRE, data: new Uint8Array() }];

  it('says how long the zone may be kept, where it is asked for', async () => {
    const { ask } = await open();
    const data = new Uint8Array([0, 0x12, 0x75, 0]);
    for (const serial of [undefined, FIRST]) {
      const asked = { ...(serial !== undefined && { serial }), options: expire };
      expect((await ask(asked)).options).toEqual([[{ code: EDNS_OPTION.EXPIRE, data }]]);
      expect((await ask({ ...asked, options: [] })).options).toEqual([[]]);
    }
  });

  it('says what is left of a zone that is itself fetched', async () => {
    const { ask } = await open({ options: { expiresInSeconds: () => 77 } });
    const [[option]] = (await ask({ options: expire })).options;
    expect(option.data).toEqual(new Uint8Array([0, 0, 0, 77]));
  });
});

describe('a transfer', () => {
  it('is refused to who is on no list, with the reason', async () => {
    const { ask, reports } = await open({ allow: [] });
    expect((await ask()).status()).toBe(
      'REFUSED prohibited: this address is not allowed to transfer the zone',
    );
    expect((await ask({ key: 'k.', serial: FIRST, transport: 'udp' })).status()).toMatch(
      /^REFUSED/,
    );
    expect(reports.map(({ kind, result }) => `${kind} ${result}`)).toEqual([
      'axfr refused',
      'ixfr refused',
    ]);
  });

  it('is allowed by the metadata and settings of the zone', async () => {
    const { ask } = await open({
      allow: [],
      settings: {
        masterTsigKeyIds: ['setting.'],
        metadata: {
          'ALLOW-AXFR-FROM': ['AUTO-NS', 'nonsense', '198.51.100.0/24'],
          'TSIG-ALLOW-AXFR': ['meta'],
        },
      },
    });
    const isSent = async (asked: Partial<AskedTransfer>) => (await ask(asked)).messages.length > 0;
    expect(await isSent({ address: '198.51.100.7' })).toBe(true);
    expect(await isSent({ address: '192.0.2.53' }), 'of its name server').toBe(true);
    expect(await isSent({ address: '192.0.2.54' })).toBe(false);
    expect(await isSent({ key: 'meta.' })).toBe(true);
    expect(await isSent({ key: 'setting.' })).toBe(true);
    expect(await isSent({ key: 'other.' })).toBe(false);
  });

  it('goes over TLS only where that is required', async () => {
    const rules = {
      allow: new AccessList(['127.0.0.1']),
      tlsRequired: true,
      nameserverAddresses: async () => [],
    };
    const { ask } = await open({ options: { rules } });
    expect((await ask()).status()).toBe('REFUSED prohibited: transfers need TLS');
    expect((await ask({ transport: 'tls' })).messages).toHaveLength(1);
  });

  it('goes over no TLS before 1.3', async () => {
    const { ask } = await open();
    const old = await ask({ transport: 'tls', tlsVersion: 'TLSv1.2' });
    expect(old.status()).toBe('REFUSED prohibited: transfers over TLS need TLS 1.3');
    expect((await ask({ transport: 'tls', tlsVersion: 'TLSv1.3' })).messages).toHaveLength(1);
  });

  it('is refused for what is no zone here, not even to who may transfer all', async () => {
    const { ask } = await open();
    expect((await ask({ zone: 'www.example.com.' })).status()).toMatch(/^NOTAUTH/);
    expect((await ask({ zone: 'example.org.' })).status()).toMatch(/^NOTAUTH/);
    expect((await ask({ class: CLASS_CH })).status()).toMatch(/^NOTAUTH/);
  });

  it('is answered FORMERR when the question is none', async () => {
    const { out } = await open();
    const asked = transferRequest({ zone: ZONE, serial: FIRST });
    asked.message.authority = [];
    const replies = new KeptReplies();
    await out.handle(asked, replies);
    expect(replies.status()).toMatch(/^FORMERR/);
    const other = transferRequest({ zone: ZONE, serial: FIRST });
    other.message.authority[0].owner =
      transferRequest({ zone: 'a.' }).message.question?.name ?? other.octets;
    const refused = new KeptReplies();
    await out.handle(other, refused);
    expect(refused.status()).toMatch(/^FORMERR/);
  });

  it('of a zone that has no content yet, or is not served, is answered SERVFAIL', async () => {
    const { ask, zones, apex } = await open();
    const state = zones.find(apex) as ZoneState;
    state.fault = 'damaged';
    expect((await ask()).status()).toMatch(/^SERVFAIL not_ready/);
    state.fault = undefined;
    state.expired = true;
    expect((await ask()).status()).toMatch(/^SERVFAIL not_ready/);
  });
});
