/** Messages on their way to contacts: a real SMTP server, a real webhook, and what goes wrong. */
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { seededRandom } from '#base/random.ts';
import {
  type Channel,
  Deliveries,
  MESSAGE_AGE_MAX_MS,
  REFUSED_ATTEMPTS_MAX,
  RETRY_MAX_MS,
  RETRY_MIN_MS,
} from '#sla/incident/deliveries.ts';
import { mailChannel } from '#sla/incident/mail-channel.ts';
import type { Message, Notice } from '#sla/incident/notice.ts';
import { Outbox, type Outcome } from '#sla/incident/outbox.ts';
import { webhookChannel } from '#sla/incident/webhook-channel.ts';
import { listenHttp } from '../../../kit/http-listener.ts';
import { openMailBox } from '../../../kit/mail-box.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';

const START_MS = Date.UTC(2026, 9, 5, 10);
const AT = '2026-10-05T10:00:00Z';

const opened = (start: string): Notice => ({
  id: `n-${start}`,
  at: AT,
  contract: 'biz-2013-lab',
  contractual: false,
  kind: 'incident-opened',
  incident: { service: 'dns', start, end: null, downSeconds: 180 },
  isLast: false,
});

const escalation: Notice = {
  id: 'n-escalation',
  at: AT,
  contract: 'biz-2013',
  contractual: true,
  kind: 'escalation',
  share: {
    service: 'dns',
    percent: 10,
    thresholdSeconds: 14_400,
    downSeconds: 1440,
    ratio: 0.1,
    fallsOut: { from: '2026-10-12T10:00:00Z', to: '2026-10-12T10:24:00Z', seconds: 1440 },
    belowAt: [{ ratio: 0.1, at: '2026-10-12T10:01:00Z' }],
  },
  evidence: {
    file: 'e.json',
    sha256: 'ab12',
    size: 12,
    failures: [{ target: 'dns ns1.example. 192.0.2.1 udp', error: 'timeout', tests: 480 }],
  },
};

const messageOf = (id: string, ...notices: Notice[]): Message => {
  return { id, contact: 'noc', at: AT, notices: notices.length === 0 ? [opened(AT)] : notices };
};

/** An outbox, its deliveries and a clock that the test moves. */
async function open(channel: Channel | undefined) {
  const folder = await temporaryFolder();
  const cell = makeClockCell(START_MS);
  const outbox = await Outbox.open(join(folder, 'outbox.ndjson'), silentLog(), START_MS);
  const outcomes: Outcome[] = [];
  const deliveries = new Deliveries({
    outbox,
    channels: new Map(channel === undefined ? [] : [['noc', channel]]),
    onOutcome: (_contact, outcome) => outcomes.push(outcome),
    clock: openClock({ kind: 'cell', cell }),
    random: seededRandom(1),
    log: silentLog(),
  });
  onTestFinished(async () => {
    await deliveries.close();
    await outbox.close();
  });
  let nowMs = START_MS;
  return {
    folder,
    outbox,
    deliveries,
    outcomes,
    take: (...messages: Message[]) => outbox.take(new Map(), messages),
    /** Time passes, and every lane that is due runs. */
    pass: async (ms: number) => {
      nowMs += ms;
      setClockCell(cell, nowMs);
      deliveries.step();
      await deliveries.idle();
    },
  };
}

const plainServer = (port: number) => ({
  host: '127.0.0.1',
  port,
  tls: 'none' as const,
  user: undefined,
  password: undefined,
  from: 'holdfast@example.net',
});

/** Never done, until it is cut off. */
const endless: Channel = async (_message, _attempt, signal) => {
  await once(signal, 'abort');
  throw new Error('cut off');
};

describe('a mail', () => {
  it('says what happened, in UTC, under the id of its message, with the evidence', async () => {
    const box = await openMailBox({ user: 'holdfast', password: 'secret' });
    const evidenceFolder = join(await temporaryFolder(), 'evidence');
    await mkdir(evidenceFolder);
    await writeFile(join(evidenceFolder, 'e.json'), '{"tests":[]}');
    const server = {
      host: '127.0.0.1',
      port: box.port,
      tls: 'none' as const,
      user: 'holdfast',
      password: 'secret',
      from: 'holdfast@example.net',
    };
    const to = ['noc@example.net', 'chief@example.net'];
    const { take, pass, outcomes } = await open(mailChannel({ server, to, evidenceFolder }));
    await take(messageOf('m1', opened(AT), escalation));
    await pass(0);
    expect(outcomes).toEqual(['delivered']);
    expect(box.mails).toMatchObject([{ from: 'holdfast@example.net', to }]);
    const unfolded = (box.mails[0]?.text ?? '')
      .replaceAll(/=\r\n/g, '')
      .replaceAll(/\r\n[ \t]/g, ' ');
    expect(unfolded).toContain('Message-ID: <m1@example.net>');
    expect(unfolded).toContain('Auto-Submitted: auto-generated');
    expect(unfolded).toMatch(
      /Subject: \[biz-2013\] EMERGENCY ESCALATION dns: 10 % of the threshold \(and 1 more\)/,
    );
    expect(unfolded).toContain('dns is down since 2026-10-05 10:00:00 UTC');
    expect(unfolded).toContain('biz-2013-lab (not contractual)');
    expect(unfolded).toContain('dns ns1.example. 192.0.2.1 udp: timeout, 480 tests');
    expect(unfolded).toContain('Evidence: e.json, SHA-256 ab12');
    expect(unfolded).toContain('from 2026-10-12 10:00:00 UTC to 2026-10-12 10:24:00 UTC');
    expect(unfolded).toMatch(/Content-Disposition: attachment; filename=e\.json/);
    expect(unfolded).toContain(Buffer.from('{"tests":[]}').toString('base64'));
  });

  it('that is turned away for now is sent again; one that is refused five times is given up', async () => {
    const box = await openMailBox();
    const server = plainServer(box.port);
    const channel = mailChannel({ server, to: ['noc@example.net'], evidenceFolder: '.' });
    const { take, pass, outbox, outcomes } = await open(channel);
    const statuses = [451, 451, undefined];
    box.refuse = () => statuses.shift();
    await take(messageOf('m1'));
    for (let attempt = 0; attempt < 3; attempt++) await pass(RETRY_MAX_MS);
    expect(outcomes).toEqual(['failed', 'failed', 'delivered']);
    expect(box.mails[0]?.text).toContain('This is attempt 3');
    box.refuse = () => 550;
    await take(messageOf('m2'));
    for (let attempt = 0; attempt < 8; attempt++) await pass(RETRY_MAX_MS * 2);
    expect(outbox.finished()[0]).toMatchObject({
      message: { id: 'm2' },
      state: 'dead',
      attempts: REFUSED_ATTEMPTS_MAX,
      detail: expect.stringContaining('refused by the test') as unknown,
    });
  });

  it('that one of its recipients cannot have is delivered to the others, and that is noted', async () => {
    const box = await openMailBox();
    const to = ['noc@example.net', 'gone@example.net'];
    const server = plainServer(box.port);
    const { take, pass, outbox } = await open(mailChannel({ server, to, evidenceFolder: '.' }));
    await take(messageOf('m1'));
    await pass(0);
    expect(box.mails).toMatchObject([{ to: ['noc@example.net'] }]);
    expect(outbox.finished()).toMatchObject([
      { state: 'delivered', attempts: 1, detail: 'refused for gone@example.net' },
    ]);
  });

  it('is not sent where TLS is demanded and not offered, and waits', async () => {
    const box = await openMailBox();
    const server = { ...plainServer(box.port), tls: 'required' as const };
    const channel = mailChannel({ server, to: ['noc@example.net'], evidenceFolder: '.' });
    const { take, pass, outcomes } = await open(channel);
    await take(messageOf('m1'));
    await pass(0);
    expect([outcomes, box.mails]).toEqual([['failed'], []]);
  });
});

describe('a webhook', () => {
  const SECRET = `whsec_${Buffer.from('very secret').toString('base64')}`;

  it('that fails and recovers gets every message once, in order and signed', async () => {
    const seen: { id: string; attempt: number }[] = [];
    let isDown = true;
    const url = await listenHttp(async (request, response) => {
      const body = await text(request);
      const id = String(request.headers['webhook-id']);
      const content = `${id}.${String(request.headers['webhook-timestamp'])}.${body}`;
      const wanted = createHmac('sha256', 'very secret').update(content).digest('base64');
      expect(request.headers['webhook-signature']).toBe(`v1,${wanted}`);
      response.statusCode = isDown ? 503 : 204;
      response.end();
      const { attempt, notices } = JSON.parse(body) as { attempt: number; notices: unknown[] };
      expect(notices).toMatchObject([
        { kind: 'incident-opened', summary: expect.any(String) as unknown },
      ]);
      if (!isDown) seen.push({ id, attempt });
    });
    const clock = openClock({ kind: 'system' });
    const { take, pass, outcomes } = await open(webhookChannel({ url, secret: SECRET, clock }));
    await take(messageOf('m1'), messageOf('m2'));
    await pass(0);
    await pass(RETRY_MIN_MS - 1);
    expect(outcomes).toEqual(['failed']);
    await pass(RETRY_MIN_MS);
    isDown = false;
    await pass(RETRY_MAX_MS);
    await pass(RETRY_MAX_MS);
    expect(seen).toEqual([
      { id: 'm1', attempt: 3 },
      { id: 'm2', attempt: 1 },
    ]);
    expect(outcomes).toEqual(['failed', 'failed', 'delivered', 'delivered']);
  });

  it('that nobody answers for a day is given up, and not asked too often', async () => {
    let asked = 0;
    const url = await listenHttp((_request, response) => {
      asked += 1;
      response.statusCode = 500;
      response.end();
    });
    const clock = openClock({ kind: 'system' });
    const channel = webhookChannel({ url, secret: undefined, clock });
    const { take, pass, outbox } = await open(channel);
    await take(messageOf('m1'));
    for (let ms = 0; ms <= MESSAGE_AGE_MAX_MS + RETRY_MAX_MS * 2; ms += 60_000) await pass(60_000);
    expect(outbox.finished()).toMatchObject([
      { state: 'dead', detail: expect.stringMatching(/status 500$/) as unknown },
    ]);
    expect(asked).toBeGreaterThan(70);
    expect(asked).toBeLessThan(110);
  });

  it('that redirects is not followed, and its path stays out of what is shown', async () => {
    let asked = 0;
    const url = await listenHttp((_request, response) => {
      asked += 1;
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    const clock = openClock({ kind: 'system' });
    const channel = webhookChannel({ url: `${url}/T0/secret-path`, secret: undefined, clock });
    const { take, pass, outbox } = await open(channel);
    await take(messageOf('m1'));
    await pass(0);
    expect(asked).toBe(1);
    expect(outbox.waiting()[0]?.detail).toMatch(/^127\.0\.0\.1:\d+: status 302$/);
  });
});

describe('a lane', () => {
  it('that is cut off by a stop keeps its message', async () => {
    const { take, outbox, deliveries, outcomes } = await open(endless);
    await take(messageOf('m1'));
    deliveries.step();
    await deliveries.close();
    expect(outbox.waiting()).toMatchObject([{ message: { id: 'm1' }, attempts: 0 }]);
    expect(outcomes).toEqual([]);
  });

  it('whose contact is no longer configured gives its messages up', async () => {
    const { take, pass, outbox } = await open(undefined);
    await take(messageOf('m1'));
    await pass(0);
    expect(outbox.finished()).toMatchObject([{ state: 'dead' }]);
  });
});
