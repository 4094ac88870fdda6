// What docs/reference/update.md says PowerDNS does otherwise, asked of both: the table stays true.
import { describe, expect, it } from 'vitest';
import { peersMissing } from '../../kit/peers.ts';
import { POWERDNS_PROGRAM } from '../../kit/powerdns-peer.ts';
import { readStep, type UpdateFields, writeUpdate } from '../../kit/update-message.ts';
import { openUpdatePair } from './update-pair.ts';

const ZONE = 'differ.test.';
const TEXT = `$TTL 60
@ SOA ns.other.test. host.other.test. 1 2 3 4 5
@ NS ns1.other.test.
@ NS ns2.other.test.
data A 192.0.2.1
zero A 192.0.2.1
alias CNAME data
mail MX 10 Data
under.empty A 192.0.2.2
twice A 192.0.2.3
`;

type Steps = readonly (string | ReturnType<typeof readStep>)[];

interface Difference {
  what: string;
  prerequisites?: Steps;
  updates?: Steps;
  /** RCODE, and what went and came in the zone; of its SOA only that the serial rose. */
  ours: string;
  theirs: string;
}

const SHORT = { ...readStep(`add data.${ZONE} 60 A 192.0.2.9`), rdata: Uint8Array.of(192) };
const LATE_RULE = { ...readStep(`delete data.${ZONE} A`), ttl: 9 };

const DIFFERENCES: readonly Difference[] = [
  {
    what: 'a CNAME beside other data',
    updates: [`add data.${ZONE} 60 CNAME x.test.`, `add not.${ZONE} 60 TXT "c"`],
    ours: 'NOERROR | serial | + not 60 txt "c"',
    theirs: 'REFUSED',
  },
  {
    what: 'other data beside a CNAME',
    updates: [`add alias.${ZONE} 60 TXT "x"`],
    ours: 'NOERROR',
    theirs: 'REFUSED',
  },
  {
    what: 'a CNAME beside other data, TTL 0',
    updates: [`add zero.${ZONE} 0 CNAME x.test.`],
    ours: 'NOERROR',
    theirs: 'NOERROR | serial | + zero 0 cname x.test.',
  },
  {
    what: 'an SOA below the apex',
    updates: [`add data.${ZONE} 60 SOA ns.other.test. h.other.test. 9 2 3 4 5`],
    ours: 'NOERROR',
    theirs: 'NOERROR | + data 60 soa ns.other.test. h.other.test. 9 2 3 4 5 | serial',
  },
  { what: 'data that is too short', updates: [SHORT], ours: 'FORMERR', theirs: 'SERVFAIL' },
  {
    what: 'a type without a mnemonic',
    updates: [`add data.${ZONE} 60 TYPE65280 \\# 1 00`],
    ours: 'NOERROR | + data 60 type65280 \\# 1 00 | serial',
    theirs: 'FORMERR',
  },
  {
    what: 'a record to delete, written with other capital letters',
    updates: [`delete mail.${ZONE} MX 10 DATA.${ZONE}`],
    ours: 'NOERROR | - mail 60 mx 10 data | serial',
    theirs: 'NOERROR',
  },
  {
    what: 'all of a name that has nothing but names below it',
    updates: [`delete empty.${ZONE}`],
    ours: 'NOERROR',
    theirs: 'NOERROR | serial',
  },
  {
    what: 'a name server that goes and comes back',
    updates: [`delete ${ZONE} NS ns1.other.test.`, `add ${ZONE} 60 NS ns1.other.test.`],
    ours: 'NOERROR',
    theirs: 'NOERROR | - differ.test. 60 ns ns1.other.test. | serial',
  },
  {
    what: 'a record that goes and comes back',
    updates: [`delete twice.${ZONE} A`, `add twice.${ZONE} 60 A 192.0.2.3`],
    ours: 'NOERROR',
    theirs: 'NOERROR | serial',
  },
  {
    what: 'a record that comes and goes again',
    updates: [`add new.${ZONE} 60 TXT "c"`, `delete new.${ZONE} TXT "c"`],
    ours: 'NOERROR',
    theirs: 'NOERROR | serial | + new 60 txt "c"',
  },
  {
    what: 'a rule broken behind a prerequisite that fails',
    prerequisites: [`nxdomain data.${ZONE}`],
    updates: [LATE_RULE],
    ours: 'FORMERR',
    theirs: 'YXDOMAIN',
  },
];

describe.skipIf(peersMissing(POWERDNS_PROGRAM))('PowerDNS does otherwise', () => {
  it('in what the documentation tells, and as it tells', { timeout: 60_000 }, async () => {
    const pair = await openUpdatePair(ZONE, TEXT);
    const told: Difference[] = [];
    for (const [index, { what, ours: _ours, theirs: _theirs, ...steps }] of DIFFERENCES.entries()) {
      const fields: UpdateFields = { id: index + 1, zone: ZONE, ...steps };
      const before = await pair.records();
      const { ours, theirs } = await pair.send(writeUpdate(fields));
      const after = await pair.records();
      told.push({
        what,
        ...steps,
        ours: [ours, ...changesOf(before.ours, after.ours)].join(' | '),
        theirs: [theirs, ...changesOf(before.theirs, after.theirs)].join(' | '),
      });
    }
    expect(told).toEqual(DIFFERENCES);
  });
});

function changesOf(before: readonly string[], after: readonly string[]): string[] {
  const gone = before.filter((record) => !after.includes(record)).map((record) => `- ${record}`);
  const come = after.filter((record) => !before.includes(record)).map((record) => `+ ${record}`);
  return [...gone, ...come].flatMap((record) => {
    if (!record.includes(` soa ns.other.test. host.`)) return [record.replaceAll(`.${ZONE}`, '')];
    return record.startsWith('+') ? ['serial'] : [];
  });
}
