/** What people are told as cycles are decided, and that nothing is told twice. */
import { afterEach, describe, expect, it } from 'vitest';
import { formatSubject, formatText } from '#sla/incident/notice-text.ts';
import type { EventOf } from '#sla/measurement/measurement.ts';
import { dnsSpan, dnsStory, topologyOf } from '../../../kit/sla-evidence.ts';
import { EVERYBODY, saidBy, Watch } from '../../../kit/sla-watch.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';

let watch: Watch | undefined;
afterEach(() => watch?.outbox?.close());

async function begin(contacts = [EVERYBODY]): Promise<Watch> {
  watch = new Watch(await temporaryFolder(), contacts);
  return watch.add([topologyOf(2, '2026-10-01T00:00:00Z')]);
}

/** Without what is told of single addresses. */
const ofService = (said: string[]): string[] => said.filter((text) => !text.includes('nameserver'));

/** What is told of the share of the DNS service. */
const shares = (said: string[]): string[] => said.filter((text) => / dns \d/.test(text));

const noticeOf = (fields: Partial<EventOf<'notice'>>): EventOf<'notice'> => ({
  kind: 'notice',
  type: 'outage',
  audience: ['icann'],
  at: '2026-10-05T10:10:00Z',
  from: '2026-10-05T10:00:00Z',
  to: '2026-10-05T11:00:00Z',
  services: ['dns'],
  ...fields,
});

describe('an incident', () => {
  // Cycles of 10:00 to 10:15; each is decided three minutes after its start.
  const story = dnsStory('2026-10-05T10:00:00Z', 'UU DDDD U D UUUU UUUU');

  it('is told when its third down cycle is decided, and when its third up cycle is', async () => {
    const told = await begin();
    told.add(story);
    expect(ofService(saidBy(await told.at('2026-10-05T10:06:59Z')))).toEqual([]);
    expect(ofService(saidBy(await told.at('2026-10-05T10:07:00Z')))).toEqual([
      'incident-opened dns',
    ]);
    expect(ofService(saidBy(await told.at('2026-10-05T10:12:59Z')))).toEqual([]);
    const over = await told.at('2026-10-05T10:13:00Z');
    expect(ofService(saidBy(over))).toEqual(['incident-resolved dns']);
    const [message] = over;
    expect(message?.notices.find((notice) => 'incident' in notice)).toMatchObject({
      incident: { start: '2026-10-05T10:04:00Z', end: '2026-10-05T10:11:00Z', downSeconds: 180 },
    });
    expect(saidBy(await told.at('2026-10-05T10:20:00Z'))).toEqual([]);
  });

  it('that began and ended between two reviews is told once, as over', async () => {
    const told = await begin();
    const said = saidBy(await told.add(story).at('2026-10-05T10:30:00Z'));
    expect(ofService(said)).toEqual(['incident-resolved dns']);
  });

  it('that was over more than a day ago is not told', async () => {
    const told = await begin();
    expect(saidBy(await told.add(story).at('2026-10-06T11:00:00Z'))).toEqual([]);
  });

  it('is not told again after a restart, from whatever moment', async () => {
    const told = await begin();
    told.add(story);
    const all: string[] = [];
    for (let minute = 0; minute < 30; minute++) {
      await told.reopen();
      const at = `2026-10-05T10:${String(minute).padStart(2, '0')}:30Z`;
      all.push(...saidBy(await told.at(at)));
    }
    expect(ofService(all)).toEqual(['incident-opened dns', 'incident-resolved dns']);
  });

  it('of an address that comes and goes is told ten times a day', async () => {
    const told = await begin();
    told.add(dnsStory('2026-10-05T10:00:00Z', 'DU'.repeat(20)));
    const all: string[] = [];
    const lasts: boolean[] = [];
    for (let minute = 3; minute < 50; minute++) {
      const messages = await told.at(
        new Date(Date.parse('2026-10-05T10:00:00Z') + minute * 60_000).toISOString(),
      );
      all.push(...saidBy(messages));
      for (const notice of messages.flatMap(({ notices }) => notices)) {
        if (notice.kind === 'incident-opened') lasts.push(notice.isLast);
      }
    }
    // Two addresses.
    expect(all.filter((text) => text === 'incident-opened dns-nameserver')).toHaveLength(20);
    expect(all.filter((text) => text === 'incident-resolved dns-nameserver')).toHaveLength(20);
    expect(lasts.filter(Boolean)).toHaveLength(2);
  });

  it('is told to those whose contracts and groups it is in', async () => {
    const told = await begin([
      { name: 'other-contract', contracts: ['registry'], receives: EVERYBODY.receives },
      { name: 'escalations-only', receives: ['escalations'] },
      { name: 'this', contracts: ['biz-2013-lab'], receives: ['incidents'] },
    ]);
    const messages = await told.add(story).at('2026-10-05T10:07:00Z');
    expect(messages.map(({ contact }) => contact)).toEqual(['this']);
  });
});

describe('the emergency share', () => {
  // 24 minutes are ten percent of four hours.
  const DOWN_FROM = '2026-10-05T10:00:00Z';
  const outage = (to: string) =>
    dnsSpan('2026-10-05T09:50:00Z', '2026-10-05T11:30:00Z', [[DOWN_FROM, to]]);

  it('is alarmed and escalated with the cycle that reaches each level', async () => {
    const told = await begin();
    told.add(outage('2026-10-05T11:05:00Z'));
    expect(shares(saidBy(await told.at('2026-10-05T10:25:59Z')))).toEqual([]);
    expect(shares(saidBy(await told.at('2026-10-05T10:26:00Z')))).toEqual([
      'emergency-share dns 10',
      'escalation dns 10',
    ]);
    expect(shares(saidBy(await told.at('2026-10-05T11:01:59Z')))).toEqual([]);
    expect(shares(saidBy(await told.at('2026-10-05T11:02:00Z')))).toEqual([
      'emergency-share dns 25',
      'escalation dns 25',
    ]);
  });

  it('that passed several levels between two reviews is told once, at the highest', async () => {
    const told = await begin();
    told.add(outage('2026-10-05T11:05:00Z'));
    expect(shares(saidBy(await told.at('2026-10-05T11:10:00Z')))).toEqual([
      'emergency-share dns 25',
      'escalation dns 25',
    ]);
  });

  it('ends when the minutes fall out of the week, and begins anew', async () => {
    const told = await begin();
    told.add(outage('2026-10-05T10:24:00Z'));
    const [first] = await told.at('2026-10-05T10:40:00Z');
    const escalation = first?.notices.find(({ kind }) => kind === 'escalation');
    expect(escalation).toMatchObject({
      share: {
        fallsOut: { from: '2026-10-12T10:00:00Z', to: '2026-10-12T10:24:00Z', seconds: 1440 },
        belowAt: [{ ratio: 0.1, at: '2026-10-12T10:01:00Z' }],
      },
    });
    expect(shares(saidBy(await told.at('2026-10-12T10:02:59Z')))).toEqual([]);
    expect(shares(saidBy(await told.at('2026-10-12T10:03:00Z')))).toEqual([
      'emergency-over dns 0',
      'escalation-ended dns 0',
    ]);
    told.add(
      dnsSpan('2026-10-20T00:00:00Z', '2026-10-20T00:30:00Z', [
        ['2026-10-20T00:00:00Z', '2026-10-20T00:30:00Z'],
      ]),
    );
    expect(shares(saidBy(await told.at('2026-10-20T01:00:00Z')))).toEqual([
      'emergency-share dns 10',
      'escalation dns 10',
    ]);
  });

  it('sinks silently through a level when a false positive is agreed', async () => {
    const told = await begin();
    told.add(outage('2026-10-05T11:05:00Z'));
    await told.at('2026-10-05T11:10:00Z');
    told.add([
      {
        kind: 'false-positive',
        at: '2026-10-05T11:11:00Z',
        service: 'dns',
        from: DOWN_FROM,
        to: '2026-10-05T10:20:00Z',
        reason: 'the probe’s switch',
        author: 'noc',
        agreedBy: 'icann',
      },
    ]);
    expect(shares(saidBy(await told.at('2026-10-05T11:12:00Z')))).toEqual([]);
    expect(told.outbox?.told.get('escalation biz-2013-lab dns')).toMatchObject({ percent: 10 });
  });

  it('is alarmed and not escalated while an outage is declared, and escalated at its end', async () => {
    const told = await begin();
    told.add([...outage('2026-10-05T10:50:00Z'), noticeOf({})]);
    expect(shares(saidBy(await told.at('2026-10-05T10:59:59Z')))).toEqual([
      'emergency-share dns 10',
    ]);
    expect(shares(saidBy(await told.at('2026-10-05T11:00:00Z')))).toEqual(['escalation dns 10']);
  });

  const day = 86_400_000;
  const ahead = (ms: number) => new Date(Date.parse(DOWN_FROM) - ms).toISOString();
  it.each([
    ['a maintenance notified 24 hours ahead', { type: 'planned', at: ahead(day) }, true],
    ['one notified a second later', { type: 'planned', at: ahead(day - 1000) }, false],
    [
      'one that registrars were told of',
      { type: 'planned', at: ahead(day), audience: ['registrars'] },
      false,
    ],
    ['one of another service', { type: 'planned', at: ahead(day), services: ['epp'] }, false],
    ['an outage declared for others', { audience: ['customers'] }, false],
    ['an outage that was declared before it began', { at: '2026-10-05T09:00:00Z' }, true],
  ] as const)('%s', async (_case, fields, isSuspended) => {
    const told = await begin();
    told.add([...outage('2026-10-05T10:50:00Z'), noticeOf(fields as Partial<EventOf<'notice'>>)]);
    const said = shares(saidBy(await told.at('2026-10-05T10:45:00Z')));
    expect(said.includes('escalation dns 10')).toBe(!isSuspended);
    expect(said).toContain('emergency-share dns 10');
  });
});

function backup(at: string, location: string, verified = true): EventOf<'backup'> {
  return { kind: 'backup', at, id: at, location, verified };
}

async function hosting(...backups: EventOf<'backup'>[]): Promise<Watch> {
  watch = new Watch(await temporaryFolder(), [EVERYBODY], 'hosting');
  return watch.add([topologyOf(2, '2026-10-01T00:00:00Z'), ...backups]);
}

describe('backups', () => {
  it('are told when two locations lack a good one for eight hours, and when they do again', async () => {
    const told = await hosting(
      backup('2026-10-05T00:00:00Z', 'disk'),
      backup('2026-10-05T00:00:00Z', 'away'),
      backup('2026-10-05T06:00:00Z', 'disk'),
      backup('2026-10-05T06:00:00Z', 'away', false),
    );
    expect(saidBy(await told.at('2026-10-05T07:59:59Z'))).toEqual([]);
    const lacking = await told.at('2026-10-05T08:01:00Z');
    expect(saidBy(lacking)).toEqual(['backups-lacking disk']);
    expect(lacking[0]?.notices[0]).toMatchObject({
      since: '2026-10-05T08:00:00Z',
      backups: { locationsMin: 2, good: ['disk'] },
    });
    expect(formatSubject(lacking[0])).toBe('[hosting] no good backup in 2 locations for 8 h');
    expect(formatText(lacking[0], 1)).toContain('Since 2026-10-05 08:00:00 UTC\n');
    await told.reopen();
    expect(saidBy(await told.at('2026-10-05T09:00:00Z'))).toEqual([]);
    told.add([backup('2026-10-05T09:30:00Z', 'away')]);
    expect(saidBy(await told.at('2026-10-05T09:31:00Z'))).toEqual(['backups-enough away+disk']);
  });

  it('that never were in two locations are told eight hours after the first', async () => {
    const one = await hosting(
      backup('2026-10-05T00:00:00Z', 'disk'),
      backup('2026-10-05T06:00:00Z', 'disk'),
    );
    expect(saidBy(await one.at('2026-10-05T07:59:59Z'))).toEqual([]);
    expect(saidBy(await one.at('2026-10-05T08:00:00Z'))).toEqual(['backups-lacking disk']);
  });

  it('are not spoken of where nothing is known, or no contract asks for places', async () => {
    const none = await hosting();
    expect(saidBy(await none.at('2026-10-05T20:00:00Z'))).toEqual([]);
    await none.outbox?.close();
    const other = await begin();
    other.add([backup('2026-10-05T00:00:00Z', 'disk')]);
    expect(saidBy(await other.at('2026-10-05T20:00:00Z'))).toEqual([]);
  });
});
