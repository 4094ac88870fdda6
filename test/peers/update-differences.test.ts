// What docs/reference/update.md says BIND does otherwise, asked of both: the table stays true.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatRcode } from '#dns/wire/header.ts';
import { DnsExchange } from '../kit/dns-exchange.ts';
import { writeQuery } from '../kit/dns-query.ts';
import { readReply } from '../kit/dns-reply.ts';
import { startPeer } from '../kit/peer-server.ts';
import { peersMissing } from '../kit/peers.ts';
import { addNameserverKeys } from '../kit/server-configuration.ts';
import { makeServerFolder, ServerProcess } from '../kit/server-process.ts';
import { readStep, type UpdateFields, writeUpdate } from '../kit/update-message.ts';

const ZONE = 'differ.test.';
const TEXT = `$TTL 60
@ SOA ns.other.test. host.other.test. 1 2 3 4 5
@ NS ns.other.test.
www A 192.0.2.1
host A 192.0.2.2
dname DNAME other.test.
`;
const DIGEST = '00'.repeat(32);
const ends: (() => Promise<void>)[] = [];
const servers = new Map<'ours' | 'bind', DnsExchange>();
let id = 1;

beforeAll(async () => {
  if (peersMissing('named')) return;
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  ends.push(() => rm(folder, { recursive: true, force: true }));
  const place = await makeServerFolder(folder);
  await addNameserverKeys(place, ['update: { allow: ["127.0.0.1"] }']);
  await writeFile(join(place.zones, `${ZONE}zone`), TEXT);
  await ServerProcess.start(place, (end) => ends.push(end));
  const file = join(folder, 'bind-zone');
  await writeFile(file, TEXT);
  const bind = await startPeer('bind', folder, new Map([[ZONE, file]]), [], true);
  ends.push(() => bind.close());
  servers.set('ours', await DnsExchange.open(place.dnsPort));
  servers.set('bind', await DnsExchange.open(bind.port));
});

afterAll(async () => {
  for (const exchange of servers.values()) exchange.close();
  for (const end of ends.toReversed()) await end();
});

/** RCODE, and the records of a name afterwards. */
async function both(fields: Partial<UpdateFields>, name = ZONE, type = TYPE.A) {
  const told = { ours: '', bind: '' };
  for (const server of ['ours', 'bind'] as const) {
    id += 2;
    const exchange = servers.get(server);
    const update = await exchange?.askTcp(writeUpdate({ id, zone: ZONE, ...fields }));
    const query = await exchange?.askTcp(writeQuery({ id: id + 1, name, type }));
    if (update === undefined || query === undefined) throw new Error('no reply');
    const records = readReply(query).answer.map((record) => record.split(' ').slice(2).join(' '));
    told[server] = [formatRcode(readReply(update).rcode), ...records.sort()].join(' | ');
  }
  return told;
}

const TYPE = { A: 1, NS: 2, MD: 3, DNAME: 39, DS: 43, DNSKEY: 48, NSEC3PARAM: 51 };

interface Difference {
  what: string;
  fields: Partial<UpdateFields>;
  name?: string;
  type: number;
  /** RCODE, and the records of that name and type afterwards. */
  ours: string;
  bind: string;
}

const twice = `yxrrset www.${ZONE} A 192.0.2.1`;
const DIFFERENCES: readonly Difference[] = [
  {
    what: 'a zone of another class',
    fields: { zoneClass: 3 },
    type: TYPE.DS,
    ours: 'NOTAUTH',
    bind: 'NOTIMP',
  },
  {
    what: 'DS at the apex',
    fields: { updates: [`add ${ZONE} 60 DS 1 13 2 ${DIGEST}`] },
    type: TYPE.DS,
    ours: 'REFUSED',
    bind: 'NOERROR',
  },
  {
    what: 'DNSKEY below the apex',
    fields: { updates: [`add k.${ZONE} 60 DNSKEY 256 3 13 AAAA`] },
    name: `k.${ZONE}`,
    type: TYPE.DNSKEY,
    ours: 'REFUSED',
    bind: 'NOERROR | DNSKEY 256 3 13 AAAA',
  },
  {
    what: 'NSEC3PARAM',
    fields: { updates: [`add ${ZONE} 60 NSEC3PARAM 1 0 0 -`] },
    type: TYPE.NSEC3PARAM,
    ours: 'REFUSED',
    bind: 'NOERROR',
  },
  {
    what: 'NS beside a DNAME',
    fields: { updates: [`add dname.${ZONE} 60 NS ns.other.test.`] },
    name: `dname.${ZONE}`,
    type: TYPE.DNAME,
    ours: 'REFUSED | DNAME other.test.',
    bind: 'NOERROR',
  },
  {
    what: 'a wildcard DNAME',
    fields: { updates: [`add *.d.${ZONE} 60 DNAME other.test.`] },
    name: `*.d.${ZONE}`,
    type: TYPE.DNAME,
    ours: 'NOERROR | DNAME other.test.',
    bind: 'NOERROR',
  },
  {
    what: 'MD',
    fields: { updates: [`add md.${ZONE} 60 MD www.${ZONE}`] },
    name: `md.${ZONE}`,
    type: TYPE.MD,
    ours: `NOERROR | MD www.${ZONE}`,
    bind: 'NOERROR',
  },
  {
    what: 'a name server of the zone without an address',
    fields: { updates: [`add ${ZONE} 60 NS none.${ZONE}`] },
    type: TYPE.NS,
    ours: `NOERROR | NS none.${ZONE} | NS ns.other.test.`,
    bind: 'REFUSED | NS ns.other.test.',
  },
  {
    what: 'one record twice in a prerequisite',
    fields: { prerequisites: [twice, twice] },
    name: `www.${ZONE}`,
    type: TYPE.A,
    ours: 'NOERROR | A 192.0.2.1',
    bind: 'NXRRSET | A 192.0.2.1',
  },
  {
    what: 'a rule broken behind a prerequisite that fails',
    fields: {
      prerequisites: [`nxdomain www.${ZONE}`, { ...readStep(`yxdomain www.${ZONE}`), ttl: 9 }],
    },
    name: `www.${ZONE}`,
    type: TYPE.A,
    ours: 'FORMERR | A 192.0.2.1',
    bind: 'YXDOMAIN | A 192.0.2.1',
  },
];

describe.skipIf(peersMissing('named'))('BIND does otherwise', () => {
  it.each(DIFFERENCES)('$what', async ({ fields, name, type, ours, bind }) => {
    expect(await both(fields, name, type)).toEqual({ ours, bind });
  });
});
