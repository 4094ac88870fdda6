// The DNS test over real sockets, against a name server that does what it is told.
import { UDPClient } from 'dns2';
import { describe, expect, it } from 'vitest';
import { openClock } from '#base/clock.ts';
import { seededRandom } from '#base/random.ts';
import { parseListenAddress } from '#net/listen-address.ts';
import { DnsTester } from '#sla/probe/dns-tester.ts';
import type { Transport } from '#sla/probe/exchange.ts';
import { SerialWatch } from '#sla/probe/serial-watch.ts';
import { StallWatch } from '#sla/probe/stall-watch.ts';
import type { TestSeen } from '#sla/probe/test-plan.ts';
import { freePort } from '../../../kit/free-port.ts';
import { type Behaviour, type ScriptedDns, scriptedDns } from '../../../kit/scripted-dns.ts';

const clock = openClock({ kind: 'system' });
/** No stall of a busy test machine is this long. */
const STALL_LIMIT_MS = 60_000;

interface TesterOptions {
  timeoutMs?: number;
  stallLimitMs?: number;
  lagMaxMs?: number;
  signal?: AbortSignal;
}

function tester({
  timeoutMs = 5000,
  stallLimitMs = STALL_LIMIT_MS,
  lagMaxMs = 60_000,
  signal = new AbortController().signal,
}: TesterOptions = {}): DnsTester {
  return new DnsTester({
    zone: 'Example.com.',
    timeouts: { udp: timeoutMs, tcp: timeoutMs },
    clock,
    random: seededRandom(1),
    stalls: new StallWatch(clock, stallLimitMs),
    serials: new SerialWatch(lagMaxMs),
    signal,
  });
}

async function see(
  behaviour: Behaviour,
  transport: Transport,
  options: TesterOptions = {},
): Promise<TestSeen> {
  const script = await scriptedDns();
  script.behaviour = behaviour;
  return tester(options).test({ nameserver: 'ns1.', server: script.server }, transport);
}

const target = ({ server }: ScriptedDns) => ({ nameserver: 'ns1.', server });

describe.each(['udp', 'tcp'] as const)('a DNS test over %s', (transport) => {
  it('is answered by the zone’s SOA, with a round-trip time in whole microseconds', async () => {
    const seen = await see('good', transport);
    expect(seen).toEqual({ outcome: 'answered', rttUs: expect.any(Number) });
    expect(Number.isInteger(seen.rttUs)).toBe(true);
  });

  it('times a slow answer by what it took', async () => {
    const script = await scriptedDns();
    script.delayMs = 300;
    const seen = await tester().test(target(script), transport);
    expect(seen.outcome).toBe('answered');
    expect(seen.rttUs).toBeGreaterThan(295_000);
    expect(seen.rttUs).toBeLessThan(3_000_000);
  });

  it.each([
    ['refused', 'rcode-refused'],
    ['lame', 'not-authoritative'],
    ['truncated', 'truncated'],
    ['empty', 'no-answer-record'],
    ['malformed', 'malformed'],
    ['wrong-owner', 'wrong-owner'],
    ['wrong-question', 'wrong-question'],
    ['two-records', 'wrong-record'],
  ] as const)('is unanswered by a server that is %s', async (behaviour, error) => {
    const seen = await see(behaviour, transport);
    expect(seen).toEqual({ outcome: 'unanswered', error, rttUs: expect.any(Number) });
  });

  it('is unanswered when nothing comes in time', async () => {
    const seen = await see('silent', transport, { timeoutMs: 150 });
    expect(seen).toEqual({ outcome: 'unanswered', error: 'timeout' });
  });

  it('is unanswered where nothing listens', async () => {
    const server = parseListenAddress(`127.0.0.1:${await freePort()}`);
    const seen = await tester().test({ nameserver: 'ns1.', server }, transport);
    expect(seen).toMatchObject({ outcome: 'unanswered', error: 'connection-refused' });
  });

  it('is internal when the probe itself stood still meanwhile', async () => {
    const script = await scriptedDns();
    script.delayMs = 20;
    const test = tester({ stallLimitMs: 50 }).test(target(script), transport);
    await new Promise((resolve) => void setTimeout(resolve, 5));
    const untilMs = performance.now() + 150;
    while (performance.now() < untilMs);
    expect(await test).toMatchObject({ outcome: 'internal', error: 'loop-stalled' });
  });

  it('is unanswered by silence in spite of a short stall, and internal after a long one', async () => {
    const script = await scriptedDns();
    script.behaviour = 'silent';
    const errors: (string | undefined)[] = [];
    for (const stallMs of [80, 400]) {
      const test = tester({ timeoutMs: 600, stallLimitMs: 50 }).test(target(script), transport);
      await new Promise((resolve) => void setTimeout(resolve, 5));
      const untilMs = performance.now() + stallMs;
      while (performance.now() < untilMs);
      errors.push((await test).error);
    }
    expect(errors).toEqual(['timeout', 'loop-stalled']);
  });

  it('ends at once when the probe stops', async () => {
    const stop = new AbortController();
    const script = await scriptedDns();
    script.behaviour = 'silent';
    const test = tester({ signal: stop.signal }).test(target(script), transport);
    stop.abort();
    expect(await test).toEqual({ outcome: 'internal', error: 'stopped' });
  });

  it('is unanswered by old data, once the others had it for longer than they may', async () => {
    const script = await scriptedDns();
    const lenient = tester({ lagMaxMs: 60_000 });
    const strict = tester({ lagMaxMs: -1 });
    for (const each of [lenient, strict]) {
      script.serial = 8;
      expect((await each.test(target(script), transport)).outcome).toBe('answered');
      script.serial = 7;
    }
    expect(await strict.test(target(script), transport)).toMatchObject({ error: 'stale-serial' });
    script.serial = 8;
    await lenient.test(target(script), transport);
    script.serial = 7;
    expect((await lenient.test(target(script), transport)).outcome).toBe('answered');
  });
});

describe('a DNS test over UDP', () => {
  it('waits past an answer to another query', async () => {
    expect((await see('stray-first', 'udp')).outcome).toBe('answered');
  });

  it('agrees with a second client that knows nothing of the first', async () => {
    const script = await scriptedDns();
    const { address, port } = script.server;
    const client = UDPClient({ dns: address, port, timeout: 2000, retryOverTCP: false });
    const ask = async (): Promise<number> =>
      (await client('example.com', 'SOA', undefined, { recursive: false })).answers.length;
    for (const behaviour of ['good', 'empty'] as const) {
      script.behaviour = behaviour;
      const seen = await tester().test(target(script), 'udp');
      expect([behaviour, seen.outcome === 'answered']).toEqual([behaviour, (await ask()) === 1]);
    }
  });
});

describe('a DNS test over TCP', () => {
  it('is unanswered by a connection that is kept open, in spite of a short stall', async () => {
    const script = await scriptedDns();
    script.behaviour = 'kept-open';
    const test = tester({ timeoutMs: 600, stallLimitMs: 50 }).test(target(script), 'tcp');
    await new Promise((resolve) => void setTimeout(resolve, 5));
    const untilMs = performance.now() + 80;
    while (performance.now() < untilMs);
    expect(await test).toMatchObject({ outcome: 'unanswered', error: 'connection-kept-open' });
  });

  it('is unanswered when the connection closes before the answer is whole', async () => {
    const seen = await see('cut', 'tcp');
    expect(seen).toMatchObject({ outcome: 'unanswered', error: 'connection-closed' });
  });

  it('lasts until the connection ends, so a server that keeps it open is found out', async () => {
    const seen = await see('kept-open', 'tcp', { timeoutMs: 150 });
    expect(seen).toMatchObject({ outcome: 'unanswered', error: 'connection-kept-open' });
  });
});
