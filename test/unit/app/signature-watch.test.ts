import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { SignatureWatch } from '#app/signature-watch.ts';
import { makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import { nameKey, parseName } from '#dns/wire/name.ts';
import type { ZoneState } from '#dns/zonedb/zone-list.ts';

const DAY_S = 86_400;
const NOW_S = 1_800_000_000;
const WARN = 40;
const ERROR = 50;

/** Zones by name, with the days after NOW_S at which their signatures end. */
function openWatch(zones: Record<string, number | undefined>) {
  const lines: { level: number; zone?: string; zones?: number }[] = [];
  const log = pino({}, { write: (line) => void lines.push(JSON.parse(line)) });
  const cell = makeClockCell(NOW_S * 1000);
  const listed = {
    names: () => Object.keys(zones).map((zone) => parseName(zone)),
    find: (apex: Uint8Array) => {
      const name = Object.keys(zones).find((zone) => nameKey(parseName(zone)) === nameKey(apex));
      const days = name === undefined ? undefined : zones[name];
      const signaturesExpireAt = days === undefined ? undefined : NOW_S + days * DAY_S;
      return { row: { signaturesExpireAt } } as ZoneState;
    },
  };
  const watch = new SignatureWatch(listed, { clock: openClock({ kind: 'cell', cell }), log });
  const look = (atDay: number): [number, string | undefined][] => {
    setClockCell(cell, (NOW_S + atDay * DAY_S) * 1000);
    watch.look();
    return lines.splice(0).map(({ level, zone }) => [level, zone]);
  };
  return { look };
}

describe('signatures that end', () => {
  it('are spoken of once with a week left and once when they are over', () => {
    const { look } = openWatch({ 'signed.': 10, 'plain.': undefined, 'long.': 100 });
    expect(look(0)).toEqual([]);
    expect(look(3)).toEqual([[WARN, 'signed.']]);
    expect(look(9)).toEqual([]);
    expect(look(10)).toEqual([[ERROR, 'signed.']]);
    expect(look(11)).toEqual([]);
  });

  it('are spoken of again when a zone that was signed anew comes to that', () => {
    const zones = { 'signed.': 1 };
    const { look } = openWatch(zones);
    expect(look(0)).toEqual([[WARN, 'signed.']]);
    zones['signed.'] = 30;
    expect(look(1)).toEqual([]);
    expect(look(24)).toEqual([[WARN, 'signed.']]);
  });

  it('are named for so many zones a look, and counted for the rest', () => {
    const zones = Array.from({ length: 30 }, (_, index) => [`z${index}.`, 1]);
    const { look } = openWatch(Object.fromEntries(zones) as Record<string, number>);
    const said = look(0);
    expect(said).toHaveLength(21);
    expect(said[20]).toEqual([WARN, undefined]);
    expect(look(0.5)).toEqual([]);
  });
});
