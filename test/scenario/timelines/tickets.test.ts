// Lives of tickets: when a reply was due, whatever happened in between.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Event, EventOf } from '#sla/measurement/measurement.ts';
import { parameterOf, scored } from '../../kit/scored-file.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

type Step = [at: string, event: EventOf<'ticket'>['event'], severity?: string];

/** One ticket of October 2026; days are two digits: `05 16:30`. */
function ticket(steps: readonly Step[], id = 'T-1'): Event[] {
  return steps.map(([at, event, severity]): Event => {
    const instant = `2026-10-${at.replace(' ', 'T')}${at.length === 8 ? ':00' : ''}Z`;
    const said = { kind: 'ticket', id, event, at: instant } as const;
    return severity === undefined ? said : ({ ...said, severity } as EventOf<'ticket'>);
  });
}

const urgent = async (steps: readonly Step[], ...more: Event[]) =>
  parameterOf(
    await scored('hosting', '2026-10', [...ticket(steps), ...more]),
    'ticket-urgent-response',
  );
const normal = async (steps: readonly Step[], ...more: Event[]) =>
  parameterOf(
    await scored('hosting', '2026-10', [...ticket(steps), ...more]),
    'ticket-normal-response',
  );

describe('a normal ticket', () => {
  it.each([
    ['opened on Saturday', '03 12:00', '05 17:00', '05 17:00:01'],
    ['opened as the desk opens', '05 09:00', '05 17:00', '05 17:00:01'],
    ['opened as the desk closes', '05 17:00', '06 17:00', '06 17:00:01'],
    ['opened over a weekend', '02 16:30', '05 16:30', '05 16:30:01'],
    ['opened at midday', '06 12:00', '07 12:00', '07 12:00:01'],
  ])('%s is due at the end of eight hours of the desk', async (_case, opened, due, late) => {
    const open: Step = [opened, 'opened', 'normal'];
    expect(await normal([open, [due, 'human-reply']])).toMatchObject({ late: 0, verdict: 'met' });
    expect(await normal([open, [late, 'human-reply']])).toMatchObject({
      late: 1,
      lateTickets: ['T-1'],
      verdict: 'breached',
    });
  });

  it.each(['service-request', 'business-inquiry'])('%s has the same clock', async (severity) => {
    const open: Step = ['05 09:00', 'opened', severity];
    expect(await normal([open, ['05 17:00:01', 'human-reply']])).toMatchObject({ late: 1 });
  });

  it('waits out holidays, which are data of the contract', async () => {
    const text = await readFile('config/contracts/hosting.yaml', 'utf8');
    const file = join(await temporaryFolder(), 'holiday.yaml');
    await writeFile(file, text.replace('holidays: []', 'holidays: [2026-10-05]'));
    const steps: Step[] = [
      ['02 16:30', 'opened', 'normal'],
      ['06 16:30', 'human-reply'],
    ];
    const score = await scored(file, '2026-10', ticket(steps));
    expect(parameterOf(score, 'ticket-normal-response')).toMatchObject({ verdict: 'met' });
    expect(await normal(steps)).toMatchObject({ verdict: 'breached' });
  });
});

describe('an urgent ticket', () => {
  const open: Step = ['03 22:00', 'opened', 'urgent'];

  it.each([
    ['a person after four hours', [['04 02:00', 'human-reply']], 'met'],
    ['a person a second later', [['04 02:00:01', 'human-reply']], 'breached'],
    ['a machine', [['03 22:01', 'auto-reply']], 'breached'],
    ['nobody, but closed', [['03 22:01', 'closed']], 'breached'],
    [
      'a machine, then late a person',
      [
        ['03 22:00:01', 'auto-reply'],
        ['04 02:30', 'human-reply'],
      ],
      'breached',
    ],
  ] as [string, Step[], string][])('answered by %s', async (_case, steps, verdict) => {
    expect(await urgent([open, ...steps])).toMatchObject({ tickets: 1, verdict });
  });

  it.each([
    [
      'paused an hour',
      [
        ['03 23:00', 'pause'],
        ['04 00:00', 'resume'],
        ['04 03:00', 'human-reply'],
      ],
      0,
    ],
    [
      'and a second',
      [
        ['03 23:00', 'pause'],
        ['04 00:00', 'resume'],
        ['04 03:00:01', 'human-reply'],
      ],
      1,
    ],
    [
      'answered while paused',
      [
        ['04 01:00', 'pause'],
        ['06 01:00', 'human-reply'],
      ],
      0,
    ],
    [
      'paused twice, in vain',
      [
        ['03 23:00', 'pause'],
        ['03 23:30', 'pause'],
        ['04 00:00', 'resume'],
        ['04 03:00:01', 'human-reply'],
      ],
      1,
    ],
    [
      'resumed though never paused',
      [
        ['03 23:00', 'resume'],
        ['04 02:00', 'human-reply'],
      ],
      0,
    ],
  ] as [string, Step[], number][])('%s', async (_case, steps, late) => {
    expect(await urgent([open, ...steps])).toMatchObject({ tickets: 1, late });
  });

  it('stands still in an agreed disaster only', async () => {
    const disaster: Event = {
      kind: 'exclusion',
      type: 'disaster',
      at: '2026-10-04T12:00:00Z',
      from: '2026-10-03T21:00:00Z',
      to: '2026-10-04T05:00:00Z',
      services: ['dns'],
      reason: 'fire',
    };
    const steps: Step[] = [open, ['04 09:00', 'human-reply']];
    const agreed: Event = { ...disaster, agreedBy: 'customer' };
    expect(await urgent(steps, agreed)).toMatchObject({ late: 0, verdict: 'met' });
    expect(await urgent(steps, disaster)).toMatchObject({ late: 1, verdict: 'breached' });
  });

  it('that is reopened has a second clock, and one reply stops both', async () => {
    const answered: Step[] = [open, ['03 23:00', 'human-reply'], ['03 23:05', 'closed']];
    const again: Step[] = [...answered, ['07 10:00', 'reopened']];
    expect(await urgent([...again, ['07 14:00', 'human-reply']])).toMatchObject({
      tickets: 2,
      late: 0,
    });
    expect(await urgent([...again, ['07 14:00:01', 'human-reply']])).toMatchObject({
      tickets: 2,
      late: 1,
    });
    const unanswered: Step[] = [open, ['03 22:30', 'closed'], ['03 23:00', 'reopened']];
    expect(await urgent([...unanswered, ['04 01:59', 'human-reply']])).toMatchObject({
      tickets: 2,
      late: 0,
    });
    expect(await urgent([...unanswered, ['04 02:59', 'human-reply']])).toMatchObject({
      tickets: 2,
      late: 1,
    });
  });

  it('that was paused when it was closed runs again once it is reopened', async () => {
    const steps: Step[] = [
      open,
      ['03 22:10', 'human-reply'],
      ['03 22:20', 'pause'],
      ['03 22:30', 'closed'],
      ['07 10:00', 'reopened'],
      ['07 15:00', 'human-reply'],
    ];
    expect(await urgent(steps)).toMatchObject({ tickets: 2, late: 1 });
  });
});

describe('a severity that changes', () => {
  it('starts the clock again where it is raised', async () => {
    const steps: Step[] = [
      ['05 09:00', 'opened', 'normal'],
      ['05 15:00', 'severity', 'urgent'],
    ];
    expect(await urgent([...steps, ['05 19:00', 'human-reply']])).toMatchObject({
      tickets: 1,
      late: 0,
    });
    expect(await urgent([...steps, ['05 19:00:01', 'human-reply']])).toMatchObject({
      tickets: 1,
      late: 1,
    });
    expect(await normal(steps)).toMatchObject({ tickets: 0, verdict: 'not-measured' });
  });

  it('keeps the clock where it is lowered', async () => {
    const steps: Step[] = [
      ['05 09:00', 'opened', 'urgent'],
      ['05 10:00', 'severity', 'normal'],
    ];
    expect(await normal([...steps, ['05 17:00', 'human-reply']])).toMatchObject({ late: 0 });
    expect(await normal([...steps, ['05 17:00:01', 'human-reply']])).toMatchObject({ late: 1 });
    expect(await urgent(steps)).toMatchObject({ tickets: 0 });
  });

  it('after the reply changes nothing', async () => {
    const steps: Step[] = [
      ['05 09:00', 'opened', 'normal'],
      ['05 10:00', 'human-reply'],
      ['06 10:00', 'severity', 'urgent'],
    ];
    expect(await normal(steps)).toMatchObject({ tickets: 1, late: 0, verdict: 'met' });
    expect(await urgent(steps)).toMatchObject({ tickets: 0 });
  });
});

describe('a month of tickets', () => {
  it('has those that were opened in it, answered in the next one or not', async () => {
    const last: Event[] = [
      {
        kind: 'ticket',
        id: 'T-9',
        event: 'opened',
        severity: 'urgent',
        at: '2026-09-30T23:00:00Z',
      },
      { kind: 'ticket', id: 'T-9', event: 'human-reply', at: '2026-10-01T03:00:01Z' },
    ];
    const of = async (month: string) =>
      parameterOf(await scored('hosting', month, last), 'ticket-urgent-response');
    expect(await of('2026-09')).toMatchObject({ tickets: 1, late: 1, verdict: 'breached' });
    expect(await of('2026-10')).toMatchObject({ tickets: 0, verdict: 'not-measured' });
  });

  it('that goes on leaves open what may still be answered in time', async () => {
    const steps: Step[] = [['05 09:00', 'opened', 'urgent']];
    const asOf = async (at: string) =>
      parameterOf(
        await scored('hosting', '2026-10', ticket(steps), '--as-of', at),
        'ticket-urgent-response',
      );
    expect(await asOf('2026-10-05T13:00:00Z')).toMatchObject({
      pending: 1,
      verdict: 'undetermined',
    });
    expect(await asOf('2026-10-05T13:00:01Z')).toMatchObject({ late: 1, verdict: 'breached' });
  });

  it('is scored though this machine believes that it lies ahead', async () => {
    const ahead: Event[] = [
      {
        kind: 'ticket',
        id: 'T-1',
        event: 'opened',
        severity: 'urgent',
        at: '2091-03-05T09:00:00Z',
      },
      { kind: 'ticket', id: 'T-1', event: 'human-reply', at: '2091-03-05T09:30:00Z' },
    ];
    const score = await scored('hosting', '2091-03', ahead);
    expect(parameterOf(score, 'ticket-urgent-response')).toMatchObject({ tickets: 1, late: 0 });
  });
});
