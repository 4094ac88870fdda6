// DNS UPDATE over TLS (RFC 2136 in the frames of RFC 7858) against a whole server: signed, by the
// client's certificate, many in one connection. Debian's nsupdate and knsupdate speak no TLS yet, so
// the client is Node's; the messages are written and signed without the server's own writer.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openClock } from '#base/clock.ts';
import { TsigVerifier } from '#dns/tsig/tsig-client.ts';
import type { TsigKey } from '#dns/tsig/tsig-key.ts';
import { formatRcode } from '#dns/wire/header.ts';
import { parseName } from '#dns/wire/name.ts';
import {
  type MadeCertificate,
  makeAuthority,
  makeClientCertificate,
} from '../kit/client-certificate.ts';
import { writeQuery } from '../kit/dns-query.ts';
import { readReply } from '../kit/dns-reply.ts';
import { freePort } from '../kit/free-port.ts';
import { peersMissing } from '../kit/peers.ts';
import { addNameserverKeys, SAMPLE_ZONE } from '../kit/server-configuration.ts';
import { makeServerFolder, ServerProcess } from '../kit/server-process.ts';
import { buildFrame } from '../kit/stream-client.ts';
import { openTlsClient, type TlsClient } from '../kit/tls-client.ts';
import { macOf, signMessage } from '../kit/tsig-message.ts';
import { type UpdateFields, writeUpdate } from '../kit/update-message.ts';

const ZONE = 'example.com.';
const TYPE_A = 1;
const KEY: TsigKey = {
  name: parseName('k1.example.'),
  algorithm: 'hmac-sha256',
  secret: Uint8Array.from(Buffer.from('a secret of thirty-two octets ..')),
};
const ends: (() => Promise<unknown>)[] = [];
const clock = openClock({ kind: 'system' });
let server: ServerProcess;
let tlsPort: number;
let updater: MadeCertificate;
let stranger: MadeCertificate;
let lastId = 0;

async function startServer(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  ends.push(() => rm(folder, { recursive: true, force: true }));
  const authority = await makeAuthority(folder, 'authority');
  updater = await makeClientCertificate(folder, authority, 'updater.example');
  stranger = await makeClientCertificate(folder, authority, 'stranger.example');
  const secret = Buffer.from(KEY.secret).toString('base64');
  await writeFile(join(folder, 'k1.secret'), secret, { mode: 0o600 });
  const keys = 'tsigKeys: [{ name: k1.example, secretFile: ./k1.secret }]\n';
  const place = await makeServerFolder(folder, keys);
  await writeFile(join(place.zones, 'example.com.zone'), SAMPLE_ZONE);
  tlsPort = await freePort();
  await addNameserverKeys(place, [
    `tls: { listen: ["127.0.0.1:${tlsPort}"], clientCa: ${authority.files.certificate} }`,
    'update: { allow: ["key:k1.example", "cert:updater.example"] }',
  ]);
  server = await ServerProcess.start(place, (end) => ends.push(end));
}

const connectAs = (made?: MadeCertificate): Promise<TlsClient> => {
  const shown: ConnectionOptions = made ? { cert: made.certificate, key: made.key } : {};
  return openTlsClient(tlsPort, { ALPNProtocols: ['dot'], ...shown });
};

function write(fields: Partial<UpdateFields>): Uint8Array {
  lastId += 1;
  return writeUpdate({ id: lastId, zone: ZONE, ...fields });
}

const adding = (name: string, address = '192.0.2.9'): Partial<UpdateFields> => ({
  updates: [`add ${name}.${ZONE} 60 A ${address}`],
});

async function rcodeOf(client: TlsClient, request: Uint8Array): Promise<string> {
  return formatRcode(readReply(await client.ask(request)).rcode);
}

async function addressesOf(client: TlsClient, name: string): Promise<string[]> {
  const reply = await client.ask(writeQuery({ id: 9, name: `${name}.${ZONE}`, type: TYPE_A }));
  return readReply(reply).answer.map((record) => record.split(' A ')[1]);
}

/** Signed as of now, with what verifies the reply. */
function sign(message: Uint8Array, key = KEY) {
  const time = Math.trunc(clock.nowMs() / 1000);
  const fields = { time };
  const verifier = new TsigVerifier(key, macOf(message, fields, { key }));
  return { signed: signMessage(message, fields, { key }), verifier };
}

describe.skipIf(peersMissing('openssl'))('DNS UPDATE over TLS', () => {
  beforeAll(startServer);
  afterAll(async () => {
    for (const end of ends.toReversed()) await end();
  });

  it('is done for a key, answered signed, and in the next answer of the connection', async () => {
    const client = await connectAs();
    const { signed, verifier } = sign(write(adding('signed')));
    const reply = verifier.verify(await client.ask(signed), clock.nowMs());
    verifier.end();
    expect(formatRcode(readReply(reply).rcode)).toBe('NOERROR');
    expect(await addressesOf(client, 'signed')).toEqual(['192.0.2.9']);
    const told = server.lines.filter(({ msg }) => msg === 'updated').at(-1);
    expect(told).toMatchObject({ zone: ZONE, key: 'k1.example.', address: '127.0.0.1' });
  });

  it('is refused with a wrong signature, which the reply says', async () => {
    const client = await connectAs();
    const { signed } = sign(write(adding('forged')), { ...KEY, secret: KEY.secret.slice(1) });
    const { rcode, additional } = readReply(await client.ask(signed));
    expect(formatRcode(rcode)).toBe('NOTAUTH');
    // At its end error BADSIG (16), and no other data.
    expect(additional).toEqual([expect.stringMatching(/ TSIG .*00100000$/)]);
    expect(await addressesOf(client, 'forged')).toEqual([]);
  });

  it('is done for the certificate that is listed, and for no other or none', async () => {
    const client = await connectAs(updater);
    expect(await rcodeOf(client, write(adding('listed')))).toBe('NOERROR');
    expect(await addressesOf(client, 'listed')).toEqual(['192.0.2.9']);
    for (const other of [await connectAs(stranger), await connectAs()]) {
      expect(await rcodeOf(other, write(adding('stranger')))).toBe('REFUSED');
      expect(await addressesOf(other, 'stranger')).toEqual([]);
    }
  });

  it('tells which prerequisite fails, and does nothing then', async () => {
    const client = await connectAs(updater);
    const request = write({ prerequisites: [`nxrrset www.${ZONE} A`], ...adding('never') });
    expect(await rcodeOf(client, request)).toBe('YXRRSET');
    expect(await addressesOf(client, 'never')).toEqual([]);
  });

  it('takes many in one connection before it has answered the first', async () => {
    const client = await connectAs(updater);
    const hosts = Array.from({ length: 50 }, (_, index) => index);
    const asked = hosts.map((host) => write(adding(`many${host % 5}`, `198.51.100.${host}`)));
    const before = client.frames.length;
    client.socket.write(Buffer.concat(asked.map(buildFrame)));
    await expect.poll(() => client.frames.length, { timeout: 5000 }).toBe(before + hosts.length);
    const replies = client.frames.slice(before).map((frame) => readReply(frame));
    expect(replies.map(({ id }) => id).sort((a, b) => a - b)).toEqual(
      asked.map((message) => Buffer.from(message).readUInt16BE(0)),
    );
    expect(replies.every(({ rcode }) => rcode === 0)).toBe(true);
    expect(await addressesOf(client, 'many3')).toHaveLength(10);
  });

  it('takes a message of nearly 64 KiB', async () => {
    const client = await connectAs(updater);
    const updates = Array.from(
      { length: 2100 },
      (_, index) => `add big.${ZONE} 60 A 10.0.${index >> 8}.${index & 255}`,
    );
    const request = write({ updates });
    expect(request.length).toBeGreaterThan(63 * 1024);
    expect(await rcodeOf(client, request)).toBe('NOERROR');
    expect(await addressesOf(client, 'big')).toHaveLength(2100);
  });
});
