import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ixfrRecords } from '#dns/transfer/outgoing/ixfr-records.ts';
import { formatName, parseName } from '#dns/wire/name.ts';
import { formatTypeCode } from '#dns/wire/rdata/registry.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import type { ResourceRecord } from '#dns/wire/record.ts';
import { diffRrsets, type RrsetDiff } from '#dns/zone/diff.ts';
import { soaSerial } from '#dns/zone/soa.ts';
import type { ZoneDelta } from '#dns/zonedb/zone-history.ts';
import { makeRrset, soaOf } from '../../../../kit/arbitrary-zones.ts';

const ZONE = parseName('x.');

function delta(oldSerial: number, edits: RrsetDiff[]): ZoneDelta {
  const newSerial = oldSerial + 1;
  const [oldSoa, newSoa] = [soaOf('x.', oldSerial), soaOf('x.', newSerial)];
  return { zone: ZONE, oldSerial, newSerial, oldSoa, newSoa, edits };
}

function edit(owner: string, before: string[], after: string[], ttls = [300, 300]): RrsetDiff {
  const rrset = (texts: string[], ttl: number) =>
    texts.length === 0 ? undefined : makeRrset(owner, TYPE.A, texts, ttl);
  const diff = diffRrsets(rrset(before, ttls[0]), rrset(after, ttls[1]));
  if (diff === undefined) throw new Error('no difference');
  return diff;
}

function text({ owner, type, ttl, rdata }: ResourceRecord): string {
  if (type === TYPE.SOA) return `SOA ${soaSerial(rdata)}`;
  return `${formatName(owner)} ${ttl} ${formatTypeCode(type)} ${rdata.at(-1)}`;
}

/** Names to TTLs of A records 192.0.2.N: a zone that an IXFR can be applied to. */
type Zone = Map<string, string>;

/** What a secondary has after it; throws where a record that goes is not there. */
function applyIxfr(zone: Zone, records: readonly ResourceRecord[]): Zone {
  const next = new Map(zone);
  let isAdding = true;
  for (const record of records.slice(1, -1)) {
    if (record.type === TYPE.SOA) isAdding = !isAdding;
    else {
      const key = `${formatName(record.owner)} ${record.rdata.at(-1)}`;
      if (isAdding === next.has(key)) throw new Error(`${key} added ${isAdding}`);
      if (!isAdding && next.get(key) !== `${record.ttl}`) throw new Error(`${key}: another TTL`);
      if (isAdding) next.set(key, `${record.ttl}`);
      else next.delete(key);
    }
  }
  return next;
}

describe('the records of an IXFR', () => {
  it('are the newest SOA, each step between its two SOAs, and the newest SOA', () => {
    const deltas = [
      delta(1, [edit('a.x.', ['192.0.2.1'], ['192.0.2.2'])]),
      delta(2, [edit('b.x.', [], ['192.0.2.3'])]),
    ];
    expect(ixfrRecords(deltas).map(text)).toEqual([
      'SOA 3',
      'SOA 1',
      'a.x. 300 A 1',
      'SOA 2',
      'a.x. 300 A 2',
      'SOA 2',
      'SOA 3',
      'b.x. 300 A 3',
      'SOA 3',
    ]);
  });

  it('are one step where a record that came and went again is most of it', () => {
    const deltas = [
      delta(1, [edit('a.x.', ['192.0.2.1'], ['192.0.2.2'])]),
      delta(2, [edit('a.x.', ['192.0.2.2'], ['192.0.2.3'])]),
      delta(3, [edit('a.x.', ['192.0.2.3'], ['192.0.2.4'])]),
    ];
    const once = ['SOA 4', 'SOA 1', 'a.x. 300 A 1', 'SOA 4', 'a.x. 300 A 4', 'SOA 4'];
    expect(ixfrRecords(deltas).map(text)).toEqual(once);
    const back = [...deltas, delta(4, [edit('a.x.', ['192.0.2.4'], ['192.0.2.1'])])];
    expect(ixfrRecords(back).map(text)).toEqual(['SOA 5', 'SOA 1', 'SOA 5', 'SOA 5']);
  });

  it('remove and add a record whose TTL changes', () => {
    const changed = edit('a.x.', ['192.0.2.1'], ['192.0.2.1'], [300, 60]);
    expect(ixfrRecords([delta(1, [changed])]).map(text)).toEqual([
      'SOA 2',
      'SOA 1',
      'a.x. 300 A 1',
      'SOA 2',
      'a.x. 60 A 1',
      'SOA 2',
    ]);
  });

  it('bring a secondary to the same zone, joined or step by step', () => {
    const state = fc.record({
      owner: fc.constantFrom('a.x.', 'b.x.'),
      hosts: fc.uniqueArray(fc.constantFrom('192.0.2.1', '192.0.2.2', '192.0.2.3')),
      ttl: fc.constantFrom(60, 300),
    });
    fc.assert(
      fc.property(fc.array(state, { minLength: 1, maxLength: 12 }), (states) => {
        const now = new Map<string, { hosts: string[]; ttl: number }>();
        const deltas: ZoneDelta[] = [];
        for (const { owner, hosts, ttl } of states) {
          const before = now.get(owner) ?? { hosts: [], ttl: 0 };
          now.set(owner, { hosts, ttl });
          const isSame = hosts.length === 0 && before.hosts.length === 0;
          const after = { hosts, ttl };
          if (isSame || isEqual(before, after)) continue;
          const ttls = [before.ttl, ttl];
          deltas.push(delta(deltas.length + 1, [edit(owner, before.hosts, hosts, ttls)]));
        }
        if (deltas.length === 0) return;
        const wanted = new Map<string, string>();
        for (const [owner, { hosts, ttl }] of now) {
          for (const host of hosts) wanted.set(`${owner} ${host.slice(-1)}`, `${ttl}`);
        }
        const received = applyIxfr(new Map(), ixfrRecords(deltas));
        expect(received).toEqual(wanted);
      }),
    );
  });
});

function isEqual(a: { hosts: string[]; ttl: number }, b: { hosts: string[]; ttl: number }) {
  return a.hosts.toSorted().join() === b.hosts.toSorted().join() && a.ttl === b.ttl;
}
