import { createHash, X509Certificate } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import type { Answer } from 'dns-packet';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openClock } from '#base/clock.ts';
import { systemRandom } from '#base/random.ts';
import type { Primary } from '#dns/transfer/secondary/primary.ts';
import { PrimarySession, type SessionOptions } from '#dns/transfer/secondary/primary-session.ts';
import { TRANSFER_LIMITS, type TransferLimits } from '#dns/transfer/secondary/transfer-limits.ts';
import { TransferReader } from '#dns/transfer/secondary/transfer-reader.ts';
import { parseTsigKey } from '#dns/tsig/tsig-key.ts';
import { checkRequest } from '#dns/tsig/tsig-request.ts';
import { parseName } from '#dns/wire/name.ts';
import { writeSoa } from '#dns/zone/soa.ts';
import { makeSelfSigned } from '#net/self-signed-certificate.ts';
import { freePort } from '../../../../kit/free-port.ts';
import {
  type AskedPrimary,
  addressAnswer,
  encodeReply,
  nsAnswer,
  type ScriptedPrimary,
  soaAnswer,
  startScriptedPrimary,
  wholeZoneScript,
} from '../../../../kit/scripted-primary.ts';

const APEX = parseName('example.com.');
const clock = openClock({ kind: 'system' });
const random = systemRandom();
const WWW = addressAnswer('www', '192.0.2.1');

function openSession(
  primary: Primary,
  changes: { limits?: Partial<TransferLimits>; key?: SessionOptions['key'] } = {},
): PrimarySession {
  const stop = new AbortController();
  const session = new PrimarySession({
    primary,
    key: changes.key,
    limits: {
      ...TRANSFER_LIMITS,
      replyMsMax: 200,
      idleMsMax: 300,
      connectMsMax: 300,
      ...changes.limits,
    },
    clock,
    random,
    signal: stop.signal,
  });
  onTestFinished(() => session.close());
  return session;
}

function ownSoa(serial: number): Uint8Array {
  const times = { refresh: 1, retry: 1, expire: 1, minimum: 1 };
  return writeSoa({ primary: APEX, mailbox: APEX, serial, ...times });
}

/** The whole zone, as `role count`; rejects as the session does. */
async function fetchWhole(session: PrimarySession, ownSerial?: number) {
  const reader = new TransferReader(APEX, ownSerial);
  let content = 0;
  const own = ownSerial === undefined ? undefined : ownSoa(ownSerial);
  const statistics = await session.transfer(APEX, own, reader, (role) => {
    if (role === 'content') content += 1;
  });
  return { ...statistics, content, form: reader.form, serial: reader.serial };
}

/** What a session says when the stream's script answers a question for the whole zone like this. */
async function failureOf(
  script: (asked: AskedPrimary) => AsyncIterable<Answer[] | Buffer> | Iterable<Answer[] | Buffer>,
  limits: Partial<TransferLimits> = {},
): Promise<string> {
  const primary = await startScriptedPrimary(script);
  const session = openSession(primary, { limits });
  const error = await fetchWhole(session).catch((refusal: Error & { code: string }) => refusal);
  return 'code' in error ? `${error.code} ${error.message}` : 'it was taken';
}

function twoMessages(): Answer[][] {
  return [[soaAnswer(7), WWW], [soaAnswer(7)]];
}

async function* trickle() {
  yield [soaAnswer(7)];
  for (;;) {
    await sleep(20);
    yield [WWW];
  }
}

async function* endless() {
  yield [soaAnswer(7)];
  for (;;) {
    yield Array.from({ length: 500 }, (_, at) => addressAnswer(`h${at}`, '192.0.2.1'));
    await sleep(0);
  }
}

describe('a conversation with a primary', () => {
  it('asks for the SOA over UDP', async () => {
    const primary = await startScriptedPrimary(() => [[soaAnswer(7)]]);
    const session = openSession(primary);
    expect(await session.askSoa(APEX)).toEqual({ serial: 7, expireSeconds: undefined });
    expect(primary.asked).toEqual(['udp SOA']);
  });

  it('passes over datagrams that are no reply to its question', async () => {
    const primary = await startScriptedPrimary((asked) => [
      Buffer.from('rubbish'),
      encodeReply(asked, [soaAnswer(99)], { id: asked.id ^ 1 }),
      encodeReply(asked, [soaAnswer(99)], { zone: 'example.org' }),
      [soaAnswer(7)],
    ]);
    expect(await openSession(primary).askSoa(APEX)).toMatchObject({ serial: 7 });
  });

  it('asks over TCP where UDP is silent, truncated or closed', async () => {
    const silent = await startScriptedPrimary(function* script({ transport }) {
      if (transport === 'stream') yield [soaAnswer(7)];
    });
    expect(await openSession(silent).askSoa(APEX)).toMatchObject({ serial: 7 });
    expect(silent.asked).toEqual(['udp SOA', 'udp SOA', 'stream SOA']);
    const truncated = await startScriptedPrimary((asked) =>
      asked.transport === 'udp' ? [encodeReply(asked, [], { flags: 0x0600 })] : [[soaAnswer(8)]],
    );
    expect(await openSession(truncated).askSoa(APEX)).toMatchObject({ serial: 8 });
  });

  it('says that nobody is there', async () => {
    const nowhere = { address: '127.0.0.1', port: await freePort() };
    await expect(openSession(nowhere).askSoa(APEX)).rejects.toMatchObject({
      code: 'TRANSFER_UNREACHABLE',
    });
  });

  it('asks again without EDNS where that is refused', async () => {
    const primary = await startScriptedPrimary((asked) =>
      asked.octets[11] > 0 ? [encodeReply(asked, [], { rcode: 1 })] : [[soaAnswer(7)]],
    );
    expect(await openSession(primary).askSoa(APEX)).toMatchObject({ serial: 7 });
    expect(primary.asked).toEqual(['udp SOA', 'udp SOA']);
  });

  it('believes nobody who is not authoritative', async () => {
    const lame = await startScriptedPrimary((asked) => [
      encodeReply(asked, [soaAnswer(7)], { flags: 0 }),
    ]);
    await expect(openSession(lame).askSoa(APEX)).rejects.toMatchObject({
      code: 'TRANSFER_REFUSED',
    });
    const refusing = await startScriptedPrimary((asked) => [encodeReply(asked, [], { rcode: 5 })]);
    await expect(openSession(refusing).askSoa(APEX)).rejects.toThrow(/answered REFUSED/);
  });

  it('takes a zone in many messages, and the SOA over the same connection', async () => {
    const primary = await startScriptedPrimary(function* script({ type, transport }) {
      if (transport === 'udp') return;
      yield [soaAnswer(7)];
      if (type === 'SOA') return;
      for (let count = 0; count < 500; count++) yield [addressAnswer(`h${count}`, '192.0.2.9')];
      yield [soaAnswer(7)];
    });
    const session = openSession(primary);
    await session.askSoa(APEX);
    expect(await fetchWhole(session)).toMatchObject({ content: 501, form: 'whole', serial: 7 });
  });

  it('asks anew on a new connection when the primary closed the one that it kept', async () => {
    const primary = await startScriptedPrimary(async function* script({ type, socket, transport }) {
      if (transport === 'udp') return;
      yield type === 'SOA' ? [soaAnswer(7)] : [soaAnswer(7), WWW, soaAnswer(7)];
      socket?.end();
    });
    const session = openSession(primary);
    await session.askSoa(APEX);
    await sleep(50);
    expect(await fetchWhole(session)).toMatchObject({ content: 2 });
  });

  it('reads differences, and a whole zone in their place', async () => {
    const primary = await startScriptedPrimary(({ ownSerial }) => [
      ownSerial === 7
        ? [soaAnswer(8), soaAnswer(7), WWW, soaAnswer(8), soaAnswer(8)]
        : [soaAnswer(8), nsAnswer(), soaAnswer(8)],
    ]);
    const session = openSession(primary);
    expect(await fetchWhole(session, 7)).toMatchObject({ form: 'steps', serial: 8 });
    expect(await fetchWhole(session, 3)).toMatchObject({ form: 'whole', content: 2 });
    expect(await fetchWhole(session, 9)).toMatchObject({ form: 'current' });
  });

  it('refuses what is no answer to its question', async () => {
    expect(
      await failureOf((asked) => [encodeReply(asked, [soaAnswer(7)], { id: asked.id ^ 1 })]),
    ).toMatch(/^TRANSFER_MALFORMED .*another id/);
    expect(
      await failureOf((asked) => [encodeReply(asked, [soaAnswer(7)], { zone: 'example.org' })]),
    ).toMatch(/^TRANSFER_MALFORMED .*another question/);
    expect(await failureOf((asked) => [encodeReply(asked, [], { rcode: 9 })])).toMatch(
      /^TRANSFER_REFUSED .*NOTAUTH/,
    );
    expect(await failureOf((asked) => [Buffer.from(asked.octets)])).toMatch(
      /^TRANSFER_MALFORMED .*question itself/,
    );
    expect(await failureOf(() => [Buffer.alloc(7)])).toMatch(/^TRANSFER_MALFORMED .*unreadable/);
    expect(await failureOf(() => [Buffer.alloc(0)])).toMatch(/^TRANSFER_MALFORMED .*unreadable/);
    expect(await failureOf(() => [[]])).toMatch(/^TRANSFER_MALFORMED .*without any record/);
    expect(await failureOf(() => [[WWW]])).toMatch(/^TRANSFER_MALFORMED .*begins with/);
    expect(
      await failureOf((asked) => [encodeReply(asked, [soaAnswer(7)], { flags: 0x0600 })]),
    ).toMatch(/^TRANSFER_MALFORMED .*truncated/);
    const foreign: Answer = { type: 'A', name: 'www.example.org', ttl: 1, data: '192.0.2.1' };
    expect(await failureOf(wholeZoneScript(7, [foreign]))).toMatch(/not in the zone/);
  });

  it('gives up a stream that ends, stalls, trickles or never ends', async () => {
    expect(
      await failureOf(async function* script({ socket }) {
        yield [soaAnswer(7), WWW];
        socket?.end();
      }),
    ).toMatch(/^TRANSFER_UNREACHABLE .*too early/);
    expect(
      await failureOf(async function* script({ socket }) {
        yield [soaAnswer(7), WWW];
        socket?.end(Buffer.from([0x10, 0x00, 0x01]));
      }),
    ).toMatch(/^TRANSFER_UNREACHABLE .*too early/);
    expect(await failureOf(() => [[soaAnswer(7), WWW]])).toMatch(/^TRANSFER_TIMEOUT .*no message/);
    expect(await failureOf(trickle, { progressMs: 200 })).toMatch(/^TRANSFER_TIMEOUT .*too slow/);
    expect(await failureOf(trickle, { durationMsMax: 200 })).toMatch(/^TRANSFER_TIMEOUT/);
    expect(await failureOf(endless, { recordsMax: 20_000 })).toMatch(/^TRANSFER_LIMIT/);
    expect(await failureOf(endless, { octetsMax: 100_000 })).toMatch(/^TRANSFER_LIMIT/);
  });

  it('is broken off when the server stops', async () => {
    const primary = await startScriptedPrimary(() => []);
    const stop = new AbortController();
    const session = new PrimarySession({
      primary,
      key: undefined,
      limits: TRANSFER_LIMITS,
      clock,
      random,
      signal: stop.signal,
    });
    const fetching = fetchWhole(session);
    setTimeout(() => stop.abort(), 50);
    await expect(fetching).rejects.toMatchObject({ code: 'TRANSFER_STOPPED' });
  });
});

describe('a conversation that is signed', () => {
  const key = parseTsigKey({
    name: 'xfer.',
    algorithm: 'hmac-sha256',
    secret: 'c2VjcmV0IG9mIHRoZSB0ZXN0cw==',
  });
  const keyring = { find: () => key };

  /** Answers signed, as our own server does; `fault` in the signature, or the last one missing. */
  function signing(
    script: ScriptedPrimary['script'],
    fault?: 'wrong' | 'last-unsigned',
  ): ScriptedPrimary['script'] {
    return async function* signed(asked) {
      const check = checkRequest(asked.octets, keyring, clock.nowMs());
      if (check.kind !== 'good') throw new Error(`the question was ${check.kind}`);
      const messages = [...(script(asked) as Iterable<Answer[]>)];
      for (const [at, message] of messages.entries()) {
        const reply = encodeReply(asked, message);
        if (fault === 'last-unsigned' && at > 0 && at === messages.length - 1) {
          yield reply;
          return;
        }
        const octets = Buffer.from(check.signer.sign(reply, clock.nowMs()));
        if (fault === 'wrong') octets[octets.length - 30] ^= 1;
        yield octets;
      }
    };
  }

  it('takes a zone whose messages are signed', async () => {
    const primary = await startScriptedPrimary(signing(wholeZoneScript(7, [nsAnswer(), WWW])));
    const session = openSession(primary, { key });
    expect(await session.askSoa(APEX)).toMatchObject({ serial: 7 });
    expect(await fetchWhole(session)).toMatchObject({ content: 3 });
  });

  it('refuses answers that are not signed, or wrongly', async () => {
    const unsigned = await startScriptedPrimary(wholeZoneScript(7, [WWW]));
    await expect(openSession(unsigned, { key }).askSoa(APEX)).rejects.toMatchObject({
      code: 'TRANSFER_KEY',
    });
    await expect(fetchWhole(openSession(unsigned, { key }))).rejects.toMatchObject({
      code: 'TRANSFER_KEY',
    });
    const wrong = await startScriptedPrimary(signing(wholeZoneScript(7, [WWW]), 'wrong'));
    await expect(fetchWhole(openSession(wrong, { key }))).rejects.toMatchObject({
      code: 'TRANSFER_KEY',
    });
  });

  it('believes nothing of a stream whose last message is not signed', async () => {
    const whole = await startScriptedPrimary(signing(twoMessages));
    expect(await fetchWhole(openSession(whole, { key }))).toMatchObject({ content: 2 });
    const cutShort = await startScriptedPrimary(signing(twoMessages, 'last-unsigned'));
    await expect(fetchWhole(openSession(cutShort, { key }))).rejects.toThrow(/last reply is not/);
  });
});

describe('a conversation over TLS', () => {
  const own = makeSelfSigned({
    name: 'ns1.example.net',
    addresses: ['127.0.0.1'],
    nowMs: clock.nowMs(),
    random,
  });
  const spki = new X509Certificate(own.certificate).publicKey.export({
    type: 'spki',
    format: 'der',
  });
  const pin = createHash('sha256').update(spki).digest('base64');
  const server = { cert: own.certificate, key: own.key, ALPNProtocols: ['dot'] };
  const script = wholeZoneScript(7, [nsAnswer(), WWW]);

  it('is held with a primary that is known by name or by key', async () => {
    const primary = await startScriptedPrimary(script, server);
    const named = { ...primary, tls: { name: 'ns1.example.net.', ca: own.certificate, pins: [] } };
    const session = openSession(named);
    expect(await session.askSoa(APEX)).toMatchObject({ serial: 7 });
    expect(await fetchWhole(session)).toMatchObject({ content: 3 });
    const pinned = openSession({ ...primary, tls: { pins: [pin] } });
    expect(await pinned.askSoa(APEX)).toMatchObject({ serial: 7 });
    expect(primary.asked).toEqual(['stream SOA', 'stream AXFR', 'stream SOA']);
  });

  it('is not held with anybody else, nor in the clear', async () => {
    const primary = await startScriptedPrimary(script, server);
    const refusals: Primary['tls'][] = [
      { name: 'ns2.example.net.', ca: own.certificate, pins: [] },
      { name: 'ns1.example.net.', pins: [] },
      { pins: [createHash('sha256').update('another').digest('base64')] },
    ];
    for (const tls of refusals) {
      const session = openSession({ ...primary, ...(tls && { tls }) });
      await expect(session.askSoa(APEX)).rejects.toMatchObject({ code: 'TRANSFER_TLS' });
    }
    expect(primary.asked).toEqual([]);
    const plain = await startScriptedPrimary(script);
    const session = openSession({ ...plain, tls: { pins: [pin] } });
    await expect(session.askSoa(APEX)).rejects.toThrow(/no TLS handshake within 300 ms/);
    const old = await startScriptedPrimary(script, { ...server, maxVersion: 'TLSv1.2' });
    await expect(openSession({ ...old, tls: { pins: [pin] } }).askSoa(APEX)).rejects.toMatchObject({
      code: 'TRANSFER_TLS',
    });
  });

  it('shows its own certificate to a primary that asks for one (mutual TLS)', async () => {
    const client = makeSelfSigned({
      name: 'ns2.example.net',
      addresses: [],
      nowMs: clock.nowMs(),
      random,
    });
    const shown: string[] = [];
    const looking: ScriptedPrimary['script'] = (asked) => {
      const socket = asked.socket as TLSSocket;
      shown.push(socket.getPeerX509Certificate()?.fingerprint256 ?? 'none');
      return script(asked);
    };
    const asking = { ...server, requestCert: true, rejectUnauthorized: false };
    const primary = await startScriptedPrimary(looking, asking);
    const tls = { pins: [pin], certificate: client.certificate, key: client.key };
    expect(await openSession({ ...primary, tls }).askSoa(APEX)).toMatchObject({ serial: 7 });
    expect(shown).toEqual([new X509Certificate(client.certificate).fingerprint256]);
    const strict = await startScriptedPrimary(script, { ...asking, rejectUnauthorized: true });
    const without = openSession({ ...strict, tls: { pins: [pin] } });
    await expect(without.askSoa(APEX)).rejects.toThrow(/TLS: .*alert certificate required; /);
  });
});
