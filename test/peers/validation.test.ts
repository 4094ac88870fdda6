// Validators of others take our answers from signed zones as secure: delv and Unbound, with the
// zone's key as trust anchor, for answers, wildcards, absent names and types, and referrals.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseName } from '#dns/wire/name.ts';
import { DnsExchange } from '../kit/dns-exchange.ts';
import { writeQuery } from '../kit/dns-query.ts';
import { type Reply, readReply } from '../kit/dns-reply.ts';
import { freePort } from '../kit/free-port.ts';
import { findPeer, peersMissing } from '../kit/peers.ts';
import { makeServerFolder, ServerProcess } from '../kit/server-process.ts';
import { temporaryFolder } from '../kit/temporary-folder.ts';
import { readText } from '../kit/zonefile-text.ts';

const run = promisify(execFile);
const ATTEMPTS_MAX = 100;
const OPT_OUT = 'optout.test.';

/** Signed zones: with NSEC, NSEC3, and NSEC3 with opt-out. */
const ZONES = {
  'signed.example.': '../../zones/',
  'nsec.test.': './differential/zones/',
  'nsec3.test.': './differential/zones/',
  'optout.test.': './differential/zones/',
};

interface Asked {
  name: string;
  type: number;
  rcode: number;
  /** Proven by a span of NSEC3, so not secure where the span is opt-out (RFC 5155 section 9.2). */
  isSpanned?: boolean;
}

const [A, MX, TXT, DS] = [1, 15, 16, 43];

function questionsFor(zone: string): Asked[] {
  if (zone === 'signed.example.') {
    return [
      { name: 'mail', type: A, rcode: 0 },
      { name: 'mail', type: TXT, rcode: 0 },
      { name: 'www', type: A, rcode: 0 },
      { name: 'missing', type: A, rcode: 3 },
      { name: 'x.wild', type: TXT, rcode: 0 },
      { name: 'x.wild', type: A, rcode: 0 },
      { name: 'b.c', type: A, rcode: 0 },
      { name: 'insecure', type: DS, rcode: 0 },
      { name: 'secure', type: DS, rcode: 0 },
    ];
  }
  return [
    { name: 'mail', type: A, rcode: 0 },
    { name: 'mail', type: MX, rcode: 0 },
    { name: 'c2', type: A, rcode: 0 },
    { name: 'missing', type: A, rcode: 3, isSpanned: true },
    { name: 'x.y.missing', type: A, rcode: 3, isSpanned: true },
    { name: 'b.c.ent', type: A, rcode: 0 },
    { name: 'foo.wild', type: A, rcode: 0, isSpanned: true },
    { name: 'foo.bar.wild', type: MX, rcode: 0, isSpanned: true },
    { name: 'foo.wild', type: TXT, rcode: 0, isSpanned: true },
    { name: 'x.dname', type: A, rcode: 0 },
    { name: 'secure', type: DS, rcode: 0 },
    { name: 'insecure', type: DS, rcode: 0, isSpanned: true },
  ];
}

/** The server with the signed zones, and the zones' keys as a master file. */
async function startServer(): Promise<{ server: ServerProcess; keys: Map<string, string> }> {
  const place = await makeServerFolder(await temporaryFolder());
  const keys = new Map<string, string>();
  for (const [zone, folder] of Object.entries(ZONES)) {
    const file = fileURLToPath(new URL(`${folder}${zone}zone`, import.meta.url));
    await copyFile(file, join(place.zones, `${zone}zone`));
    const { records } = await readText(await readFile(file), { origin: parseName(zone) });
    const isKey = (record: string): boolean =>
      record.startsWith(`${zone} `) && / DNSKEY 257 /.test(record);
    keys.set(zone, records.filter(isKey).join('\n'));
  }
  return { server: await ServerProcess.start(place), keys };
}

/** Unbound as a validating resolver that asks our server for the zones; returns its port. */
async function startUnbound(dnsPort: number, keys: ReadonlyMap<string, string>): Promise<number> {
  const folder = await temporaryFolder();
  const port = await freePort();
  const anchors = join(folder, 'anchors');
  await writeFile(anchors, `${[...keys.values()].join('\n')}\n`);
  const stubs = [...keys.keys()].map(
    (zone) => `stub-zone:\n  name: "${zone}"\n  stub-addr: 127.0.0.1@${dnsPort}\n`,
  );
  const config = join(folder, 'unbound.conf');
  await writeFile(
    config,
    `server:
  interface: 127.0.0.1@${port}
  directory: "${folder}"
  pidfile: ""
  username: ""
  chroot: ""
  use-syslog: no
  do-not-query-localhost: no
  do-ip6: no
  local-zone: "test." nodefault
  trust-anchor-file: "${anchors}"
  module-config: "validator iterator"
remote-control:
  control-enable: no
${stubs.join('')}`,
  );
  const child = spawn(findPeer('unbound') ?? 'unbound', ['-d', '-p', '-c', config], {
    stdio: 'ignore',
  });
  onTestFinished(async () => {
    const exited = once(child, 'exit');
    if (child.exitCode === null && child.kill('SIGKILL')) await exited;
  });
  return port;
}

async function askUnbound(exchange: DnsExchange, name: string, type: number): Promise<Reply> {
  const query = writeQuery({
    id: type,
    name,
    type,
    recursionDesired: true,
    authenticData: true,
    edns: { payloadSize: 1232, dnssecOk: true },
  });
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const reply = await exchange.askUdp(query);
    if (reply !== undefined) return readReply(reply);
  }
  throw new Error(`Unbound does not answer ${name}`);
}

describe.skipIf(peersMissing('unbound'))('Unbound', () => {
  it('finds our answers from signed zones secure', async () => {
    const { server, keys } = await startServer();
    const exchange = await DnsExchange.open(await startUnbound(server.place.dnsPort, keys));
    onTestFinished(() => exchange.close());
    for (const zone of keys.keys()) {
      for (const { name, type, rcode, isSpanned = false } of questionsFor(zone)) {
        const reply = await askUnbound(exchange, `${name}.${zone}`, type);
        const found = { rcode: reply.rcode, isSecure: reply.flags.includes('ad') };
        expect(found, `${name}.${zone} ${type}`).toEqual({
          rcode,
          isSecure: !isSpanned || zone !== OPT_OUT,
        });
      }
    }
  });
});

describe.skipIf(peersMissing('delv'))('delv', () => {
  it('finds our answers from signed zones validated', async () => {
    const { server, keys } = await startServer();
    const folder = await temporaryFolder();
    for (const [zone, key] of keys) {
      const [, , , flags, protocol, algorithm, ...data] = key.split(' ');
      const anchors = join(folder, 'anchors');
      const anchor = `${zone} static-key ${flags} ${protocol} ${algorithm} "${data.join('')}";`;
      await writeFile(anchors, `trust-anchors { ${anchor} };\n`);
      for (const { name, type, isSpanned = false } of questionsFor(zone)) {
        const place = ['@127.0.0.1', '-p', String(server.place.dnsPort), '-a', anchors];
        const args = [...place, `+root=${zone}`, '-t', `TYPE${type}`, `${name}.${zone}`];
        const { stdout } = await run(findPeer('delv') ?? 'delv', args);
        // Of an opt-out span delv says now this, now that; what it cannot prove it would refuse.
        const verdict =
          isSpanned && zone === OPT_OUT ? /fully validated|unsigned answer/ : /fully validated/;
        expect(stdout, `${name}.${zone} ${type}`).toMatch(verdict);
      }
    }
  });
});
