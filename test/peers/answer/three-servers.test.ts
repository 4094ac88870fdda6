// Hard zones loaded into NSD, Knot and BIND as well: where the three agree, we agree with them.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FLAG_AA, FLAG_TC } from '#dns/wire/header.ts';
import type { Message } from '#dns/wire/message.ts';
import { readMessage } from '#dns/wire/message-reader.ts';
import {
  type AskOptions,
  formatMessage,
  formatRecord,
  ImageFixture,
  loadText,
  makeQuery,
  makeWriter,
} from '../../kit/image-fixture.ts';
import { askTcp, askUdp, type NameServers, startNameServers } from '../../kit/name-servers.ts';
import { findPeer, peersMissing } from '../../kit/peers.ts';

const PLAIN = `$TTL 3600
@ SOA ns1.example.com. host.example.com. 1 7200 1800 1209600 300
@ NS ns1
@ NS ns2.example.net.
@ MX 10 mail
@ TXT "apex"
@ A 192.0.2.1
ns1 A 192.0.2.53
ns1 AAAA 2001:db8::53
mail A 192.0.2.25
www CNAME @
loop1 CNAME loop2
loop2 CNAME loop1
self CNAME self
chain1 CNAME chain2
chain2 CNAME chain3.sub
chain3.sub CNAME www
dangling CNAME nothing
outside CNAME www.example.org.
tochild CNAME www.child
todeleg CNAME www.deleg
towild CNAME x.wild
tobar CNAME www.bar
a.b.c A 192.0.2.4
*.wild A 192.0.2.5
*.wild MX 10 mail
sub.wild TXT "stops the wildcard"
deep.ent.wild A 192.0.2.6
*.cwild CNAME www
*.ent2.cwild A 192.0.2.7
*.cloop CNAME a.cloop
deleg NS ns1.deleg
deleg NS ns1.sibling
deleg NS ns.example.org.
deleg DS 12345 13 2 ${'AB'.repeat(32)}
deleg TXT "hidden"
ns1.deleg A 192.0.2.61
ns1.deleg AAAA 2001:db8::61
below.deleg A 192.0.2.62
sibling NS ns1.sibling
ns1.sibling A 192.0.2.63
self-ns NS self-ns
self-ns A 192.0.2.64
bare NS ns.example.org.
child NS ns1.child
child DS 12345 13 2 ${'CD'.repeat(32)}
ns1.child A 192.0.2.65
dname DNAME target
a.target A 192.0.2.8
target A 192.0.2.9
*.dwild.target A 192.0.2.10
dname2 DNAME example.org.
dname3 DNAME dname
bar DNAME child
x\\.y.esc A 192.0.2.11
*.*.star A 192.0.2.12
foo.*.star2 A 192.0.2.13
srv._tcp SRV 0 0 443 www
caps.MiXed A 192.0.2.14
big TXT "${'x'.repeat(250)}"
big TXT "${'y'.repeat(250)}"
big TXT "${'z'.repeat(250)}"
`;

const CHILD = `$TTL 600
@ SOA ns1.child.example.com. host.example.com. 1 7200 1800 1209600 60
@ NS ns1
@ A 192.0.2.70
ns1 A 192.0.2.65
www A 192.0.2.71
up CNAME www.example.com.
`;

const SIGNED = PLAIN.replace('loop1 CNAME loop2\n', '')
  .replace('loop2 CNAME loop1\n', '')
  .replace('self CNAME self\n', '')
  .replaceAll('example.com.', '@@');

const NAMES =
  `@ nothing www WWW ns1 mail loop1 loop2 self chain1 chain2 dangling outside tochild todeleg towild
 tobar a.b.c b.c c x.b.c wild x.wild X.Wild y.x.wild *.wild a.*.wild sub.wild x.sub.wild ent.wild x.ent.wild
 deep.ent.wild cwild x.cwild y.x.cwild ent2.cwild x.ent2.cwild cloop x.cloop a.cloop deleg www.deleg
 a.b.deleg ns1.deleg below.deleg sibling ns1.sibling x.sibling self-ns x.self-ns bare x.bare child www.child ns1.child
 nothing.child up.child dname x.dname a.dname b.a.dname x.dwild.dname x.dname2 a.dname3 a.target x.target www.bar bar
 x\\.y.esc y.esc esc star x.star y.x.star *.star *.*.star star2 x.star2 foo.star2 foo.x.star2 foo.*.star2 *.star2
 srv._tcp _tcp caps.mixed mixed big x.big`
    .split(/\s+/)
    .filter((name) => name !== '');
const TYPES = [
  'A',
  'AAAA',
  'NS',
  'SOA',
  'MX',
  'TXT',
  'CNAME',
  'DNAME',
  'DS',
  'SRV',
  'NSEC',
  'RRSIG',
];

/** Names whose answers are large, or stand for a kind of answer. */
const SIZED = [
  '@',
  'big',
  'www',
  'nothing',
  'x.wild',
  'deleg',
  'www.deleg',
  'self-ns',
  'x.big',
  'a.dname',
];
const SIZES: AskOptions[] = [
  {},
  { edns: true, payloadSize: 100 },
  { edns: true, payloadSize: 512 },
  { dnssecOk: true, payloadSize: 512 },
  { dnssecOk: true, payloadSize: 1232 },
  { dnssecOk: true, stream: true },
  { stream: true },
];
const UNUSUAL: [string, AskOptions, string | number][] = [
  ['EDNS version 1', { ednsVersion: 1 }, 'A'],
  ['an unknown EDNS option', { ednsOptions: [{ code: 65_001, data: Uint8Array.of(1, 2) }] }, 'A'],
  ['class CHAOS', { class: 3 }, 'A'],
  ['class NONE', { class: 254 }, 'A'],
  ['RD, AD and CD', { flags: 0x0130 }, 'A'],
  ['an unassigned type', {}, 61_000],
  ['type 0', {}, 0],
  ['OPT as type', {}, 41],
  ['TKEY as type', {}, 249],
  ['TSIG as type', {}, 250],
  ['AXFR over UDP', {}, 252],
  ['MAILB', {}, 253],
  ['MAILA', {}, 254],
  ['type 128', {}, 128],
];

interface Shape {
  rcode: number;
  aa: boolean;
  tc: boolean;
  answer: string;
  authority: string;
  glue: string;
}

/** The records as text, in order, each once. */
function sorted(records: Message['answer']): string {
  const lines = records.map((record) => formatRecord(record).toLowerCase());
  return [...new Set(lines)].sort().join('\n');
}

function shapeOf(message: Message): Shape {
  const isReferral = message.answer.length === 0 && (message.flags & FLAG_AA) === 0;
  return {
    rcode: message.rcode,
    aa: (message.flags & FLAG_AA) !== 0,
    tc: (message.flags & FLAG_TC) !== 0,
    answer: sorted(message.answer),
    authority: sorted(message.authority),
    glue: isReferral ? sorted(message.additional) : '',
  };
}

/** `undefined` when we agree with the three wherever they agree with each other. */
function difference(ours: Message, theirs: Message[]): string | undefined {
  const mine = shapeOf(ours);
  const shapes = theirs.map(shapeOf);
  const keys = Object.keys(mine) as (keyof Shape)[];
  const wrong = keys.filter((key) => {
    const agreed = shapes.every((shape) => shape[key] === shapes[0][key]);
    return agreed && shapes[0][key] !== mine[key];
  });
  if (wrong.length === 0) return undefined;
  return [
    `${wrong.join(', ')} differ; ours:`,
    ...formatMessage(ours),
    ...theirs.flatMap((message, index) => [`-- ${index}`, ...formatMessage(message)]),
  ].join('\n');
}

describe.skipIf(peersMissing('nsd', 'knotd', 'named', 'dnssec-signzone', 'dnssec-keygen'))(
  'answers beside NSD, Knot and BIND',
  () => {
    let peers: NameServers;
    let fixture: ImageFixture;
    let folder: string;
    const apexes = [
      'example.com.',
      'child.example.com.',
      'nsec.test.',
      'nsec3.test.',
      'optout.test.',
    ];

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'holdfast-zones-'));
      const path = (apex: string): string => join(folder, `${apex}zone`);
      await writeFile(path('example.com.'), `$ORIGIN example.com.\n${PLAIN}`);
      await writeFile(path('child.example.com.'), `$ORIGIN child.example.com.\n${CHILD}`);
      for (const apex of apexes.slice(2)) {
        await writeFile(path(apex), `$ORIGIN ${apex}\n${SIGNED.replaceAll('@@', apex)}`);
        sign(folder, apex);
      }
      const files = Object.fromEntries(
        apexes.map((apex, index) => [apex, index < 2 ? path(apex) : `${path(apex)}.signed`]),
      );
      const writer = makeWriter();
      for (const [apex, file] of Object.entries(files)) {
        await loadText(writer, apex, readFileSync(file, 'utf8'));
      }
      fixture = new ImageFixture(writer);
      peers = await startNameServers(files);
    });

    afterAll(async () => {
      await peers?.close();
      await rm(folder, { recursive: true, force: true });
    });

    async function compare(
      name: string,
      type: string | number,
      options: AskOptions,
    ): Promise<string[]> {
      const query = makeQuery(name, type, options);
      const ask = options.stream === true ? askTcp : askUdp;
      const replies = await Promise.all(peers.servers.map(({ port }) => ask(port, query)));
      const ours = fixture.ask(name, type, options);
      const found = difference(
        ours,
        replies.map((reply) => readMessage(reply)),
      );
      return found === undefined ? [] : [`${name} ${type} ${JSON.stringify(options)}: ${found}`];
    }

    it('agree over the sizes that clients ask for', async () => {
      const differences: string[] = [];
      for (const apex of ['example.com.', 'nsec.test.', 'optout.test.']) {
        for (const relative of SIZED) {
          const name = relative === '@' ? apex : `${relative}.${apex}`;
          for (const type of ['A', 'TXT', 'MX', 'NS', 'DNSKEY']) {
            for (const options of SIZES) differences.push(...(await compare(name, type, options)));
          }
        }
      }
      expect(differences).toEqual([]);
    });

    it('agree on queries of unusual form', async () => {
      const differences: string[] = [];
      for (const [what, options, type] of UNUSUAL) {
        const found = await compare('www.example.com.', type, options);
        differences.push(...found.map((text) => `${what}: ${text}`));
      }
      expect(differences).toEqual([]);
    });

    const apexOf: Record<string, string> = {
      'an unsigned zone': 'example.com.',
      'a zone with NSEC': 'nsec.test.',
      'a zone with NSEC3': 'nsec3.test.',
      'a zone with NSEC3 and opt-out': 'optout.test.',
    };
    for (const [kind, apex] of Object.entries(apexOf)) {
      it(`agree in ${kind}`, async () => {
        const differences: string[] = [];
        for (const relative of NAMES) {
          const name = relative === '@' ? apex : `${relative}.${apex}`;
          for (const type of TYPES) {
            differences.push(...(await compare(name, type, { dnssecOk: true, payloadSize: 4096 })));
          }
        }
        expect(differences).toEqual([]);
      });
    }
  },
);

/** Signs the zone file of the folder with the chain that its name asks for. */
function sign(folder: string, apex: string): void {
  const run = (program: string, ...options: string[]): void => {
    execFileSync(findPeer(program) ?? program, options, { cwd: folder, stdio: 'ignore' });
  };
  run('dnssec-keygen', '-a', 'ECDSAP256SHA256', '-n', 'ZONE', apex);
  run('dnssec-keygen', '-a', 'ECDSAP256SHA256', '-n', 'ZONE', '-f', 'KSK', apex);
  const chain: Record<string, string[]> = {
    'nsec.test.': [],
    'nsec3.test.': ['-3', 'AABB', '-H', '3'],
    'optout.test.': ['-3', '-', '-H', '0', '-A'],
  };
  const common = ['-S', '-K', folder, '-o', apex, '-O', 'full', '-f', `${apex}zone.signed`];
  run('dnssec-signzone', ...chain[apex], ...common, `${apex}zone`);
}
