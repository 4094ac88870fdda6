import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import { REFUSALS_LOGGED_MAX, RefusalLog } from '#dns/transfer/refusal-log.ts';
import { parseName } from '#dns/wire/name.ts';
import { transferRequest } from '../../../kit/transfer-request.ts';

describe('the log of refusals', () => {
  it('names who asked for what and why not, so many times a minute', () => {
    const lines: Record<string, unknown>[] = [];
    const log = pino({}, { write: (line) => void lines.push(JSON.parse(line)) });
    const cell = makeClockCell(1_000_000);
    const refusals = new RefusalLog(log, openClock({ kind: 'cell', cell }));
    const zone = parseName('example.com.');
    const request = transferRequest({ zone: 'example.com.', key: 'k.', address: '192.0.2.1' });
    const refuse = () => refusals.refused('transfer', zone, request, 'not on the list');
    for (let count = 0; count < REFUSALS_LOGGED_MAX + 7; count++) refuse();
    expect(lines).toHaveLength(REFUSALS_LOGGED_MAX);
    expect(lines[0]).toMatchObject({
      msg: 'transfer refused',
      zone: 'example.com.',
      peer: '192.0.2.1',
      key: 'k.',
      transport: 'tcp',
      reason: 'not on the list',
    });
    setClockCell(cell, 1_060_000);
    refuse();
    expect(lines.slice(REFUSALS_LOGGED_MAX)).toMatchObject([
      { msg: 'more were refused: transfer', count: 7 },
      { msg: 'transfer refused' },
    ]);
  });
});
