// EPP tests over real TLS sockets with client certificates, against a server that does what it is
// told.
import { describe, expect, it, onTestFinished } from 'vitest';
import { openClock } from '#base/clock.ts';
import { type Random, seededRandom } from '#base/random.ts';
import { EPP_COMMANDS, type EppClass, type EppCommand } from '#sla/probe/epp/epp-commands.ts';
import { commandOf } from '#sla/probe/epp/epp-plan.ts';
import { EppTester } from '#sla/probe/epp/epp-tester.ts';
import { StallWatch } from '#sla/probe/stall-watch.ts';
import type { TestSeen } from '#sla/probe/test-plan.ts';
import { freePort } from '../../../../kit/free-port.ts';
import { accountOf, probeCertificates } from '../../../../kit/probe-certificates.ts';
import { type EppBehaviour, type ScriptedEpp, scriptedEpp } from '../../../../kit/scripted-epp.ts';

const STALL_LIMIT_MS = 60_000;
const clock = openClock({ kind: 'system' });
const own = probeCertificates();

const ALL = (Object.keys(EPP_COMMANDS) as EppClass[]).flatMap((group) =>
  EPP_COMMANDS[group].map((command) => [command, group] as [EppCommand, EppClass]),
);

interface Options {
  timeoutMs?: number;
  password?: () => Promise<string>;
  withCertificate?: boolean;
  name?: string;
  random?: Random;
  stalls?: StallWatch;
}

function testerOf(options: Options = {}): EppTester {
  const { timeoutMs = 5000, password = async () => 'secret&more', name = 'epp.test' } = options;
  const presented = options.withCertificate === false ? {} : own.client;
  return new EppTester({
    account: {
      ...accountOf(own),
      tls: { name, ca: own.authority.certificate, ...presented },
      objects: ['urn:ietf:params:xml:ns:domain-1.0'],
      readPassword: password,
    },
    objects: {
      domain: 'probe.example',
      host: 'ns1.example.net',
      contact: 'C-1',
      createBelow: 'example',
      contactTypes: ['admin', 'tech'],
    },
    timeouts: { session: timeoutMs, query: timeoutMs, transform: timeoutMs },
    clock,
    random: options.random ?? seededRandom(7),
    stalls: options.stalls ?? new StallWatch(clock, STALL_LIMIT_MS),
    signal: new AbortController().signal,
  });
}

async function see(
  behaviour: EppBehaviour,
  [command, group]: readonly [EppCommand, EppClass],
  options: Options = {},
): Promise<TestSeen & { script: ScriptedEpp }> {
  const script = await scriptedEpp(own.server, own.authority);
  script.behaviour = behaviour;
  const seen = await testerOf(options).test(script.server, command, group);
  return { ...seen, script };
}

describe('an EPP test', () => {
  it.each(ALL)('of %s is answered by a good server', async (command, group) => {
    const { outcome, rttUs, error, script } = await see('good', [command, group]);
    expect([outcome, error]).toEqual(['answered', undefined]);
    expect(Number.isInteger(rttUs)).toBe(true);
    expect(script.clients).toEqual(['registrar.test']);
    expect(script.commands[0]).toBe('login');
    expect(script.commands.at(-1)).toBe('logout');
    // What it made is gone again.
    expect([...script.domains]).toEqual(['probe.example']);
  });

  it('times the command alone, and a login from the start of the connection', async () => {
    const script = await scriptedEpp(own.server, own.authority);
    script.delayMs = 150;
    const tester = testerOf();
    for (const [command, group] of [
      ['domain:delete', 'transform'],
      ['domain:info', 'query'],
      ['login', 'session'],
      ['logout', 'session'],
    ] as const) {
      const { rttUs = 0 } = await tester.test(script.server, command, group);
      expect([command, rttUs >= 145_000, rttUs < 290_000]).toEqual([command, true, true]);
    }
  });

  it.each([
    ['login-refused', 'domain:info', 'query', 'epp-login-refused'],
    ['login-refused', 'login', 'session', 'epp-login-refused'],
    ['command-refused', 'domain:info', 'query', 'epp-command-failed'],
    ['command-refused', 'domain:create', 'transform', 'epp-command-failed'],
    ['other-id', 'domain:check', 'query', 'wrong-content'],
    ['other-object', 'domain:info', 'query', 'wrong-content'],
    ['other-object', 'domain:check', 'query', 'wrong-content'],
    ['no-xml', 'domain:info', 'query', 'malformed'],
    ['bad-length', 'domain:info', 'query', 'malformed'],
    ['cut', 'domain:info', 'query', 'connection-closed'],
    ['cut', 'logout', 'session', 'connection-closed'],
  ] as const)(
    'is unanswered by a server that is %s, at %s',
    async (behaviour, command, group, error) => {
      const { script, rttUs, ...seen } = await see(behaviour, [command, group]);
      expect([seen, script.behaviour]).toEqual([{ outcome: 'unanswered', error }, behaviour]);
      expect(rttUs === undefined || rttUs > 0).toBe(true);
    },
  );

  it.each([
    ['mute', 'login', 'session'],
    ['silent', 'domain:info', 'query'],
    ['silent', 'logout', 'session'],
    ['kept-open', 'logout', 'session'],
  ] as const)('gives up on a server that is %s, at %s', async (behaviour, command, group) => {
    const started = performance.now();
    const { outcome, error } = await see(behaviour, [command, group], { timeoutMs: 300 });
    expect([outcome, error]).toEqual(['unanswered', 'timeout']);
    expect(performance.now() - started).toBeLessThan(4000);
  });

  it('is unanswered where nothing listens', async () => {
    const script = await scriptedEpp(own.server, own.authority);
    const server = { ...script.server, port: await freePort() };
    expect(await testerOf().test(server, 'domain:info', 'query')).toEqual({
      outcome: 'unanswered',
      error: 'connection-refused',
    });
  });

  it('trusts no server whose certificate is for another name', async () => {
    const { outcome, error } = await see('good', ['login', 'session'], { name: 'other.test' });
    expect([outcome, error]).toEqual(['unanswered', 'tls-failed']);
  });

  it('says that the handshake failed when its own certificate is not taken', async () => {
    const { outcome, error } = await see('good', ['login', 'session'], { withCertificate: false });
    expect([outcome, error]).toEqual(['unanswered', 'tls-failed']);
  });

  it('is the probe’s own fault when it cannot read its password', async () => {
    const { outcome, error } = await see('good', ['domain:info', 'query'], {
      password: () => Promise.reject(new Error('no such file')),
    });
    expect([outcome, error]).toEqual(['internal', 'no-credentials']);
  });

  it('ends at once when the probe stops', async () => {
    const script = await scriptedEpp(own.server, own.authority);
    script.behaviour = 'mute';
    const stop = new AbortController();
    onTestFinished(() => stop.abort());
    const tester = new EppTester({
      account: { ...accountOf(own), readPassword: async () => 'x' },
      objects: { domain: 'probe.example', contactTypes: [] },
      timeouts: { session: 60_000, query: 60_000, transform: 60_000 },
      clock,
      random: seededRandom(7),
      stalls: new StallWatch(clock, STALL_LIMIT_MS),
      signal: stop.signal,
    });
    const seen = tester.test(script.server, 'domain:info', 'query');
    setTimeout(() => stop.abort(), 100);
    expect(await seen).toEqual({ outcome: 'internal', error: 'stopped' });
  });
});

describe('a probe that stands still', () => {
  const STALL_MS = 400;

  function standStill(): void {
    const endMs = performance.now() + STALL_MS;
    while (performance.now() < endMs);
  }

  /** Of a test whose process stalls as it makes the id of its command of this number. */
  async function seeStalled(at: number): Promise<TestSeen> {
    const script = await scriptedEpp(own.server, own.authority);
    const random = seededRandom(7);
    let count = 0;
    const bytes = (size: number): Uint8Array => {
      count += 1;
      if (count === at) standStill();
      return random.bytes(size);
    };
    const stalls = new StallWatch(clock, STALL_MS / 2);
    const tester = testerOf({ random: { ...random, bytes }, stalls });
    return tester.test(script.server, 'domain:info', 'query');
  }

  it('spoils the test by what it may have lengthened, and by nothing else', async () => {
    const [login, command, logout] = [
      await seeStalled(1),
      await seeStalled(2),
      await seeStalled(3),
    ];
    expect(command).toEqual({ outcome: 'internal', error: 'loop-stalled' });
    expect([login, logout]).toMatchObject([{ outcome: 'answered' }, { outcome: 'answered' }]);
  });
});

describe('the turns of EPP tests', () => {
  it('alternate between the classes and between the commands of each', () => {
    const turns = Array.from({ length: 60 }, (_each, turn) => commandOf(turn, EPP_COMMANDS));
    const groups = turns.map((turn) => turn?.group);
    expect(groups.slice(0, 6)).toEqual([
      'session',
      'query',
      'transform',
      'session',
      'query',
      'transform',
    ]);
    const made = new Set(turns.map((turn) => turn?.command));
    expect(made.size).toBe(ALL.length);
  });

  it('leave out a class that has no commands', () => {
    const commands = { session: [], query: ['poll'], transform: ['domain:update'] } as const;
    const turns = [0, 1, 2].map((turn) => commandOf(turn, commands)?.command);
    expect(turns).toEqual(['poll', 'domain:update', 'poll']);
  });
});
