/** Measurements from a file: everything good is read, anything else is refused with its place. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  formatMeasurement,
  type PlacedMeasurement,
  parseMeasurement,
  readMeasurements,
} from '#sla/measurement/measurement-file.ts';

async function* pieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const octets = Buffer.from(text);
  for (let at = 0; at < octets.length; at += size) yield octets.subarray(at, at + size);
}

async function readAll(text: string, size = 1000): Promise<PlacedMeasurement[]> {
  const read: PlacedMeasurement[] = [];
  for await (const each of readMeasurements(pieces(text, size), 'm.ndjson')) read.push(each);
  return read;
}

const EXAMPLES = readFileSync(new URL('./examples.ndjson', import.meta.url), 'utf8');
const LAG = '{"kind":"replica-lag","at":"2026-10-01T00:00:00Z","lagMs":40}';

async function* bad(): AsyncGenerator<Uint8Array> {
  yield Buffer.concat([Buffer.from(`${LAG}\n`), Buffer.from([0xff, 0x0a])]);
}

describe('a measurements file', () => {
  it.each([1, 7, 100_000])('is read whole in pieces of %i octets', async (size) => {
    const read = await readAll(EXAMPLES, size);
    const lines = EXAMPLES.trimEnd().split('\n');
    expect(read.map(({ line }) => line)).toEqual(lines.map((_each, at) => at + 1));
    expect(read.map(({ measurement }) => measurement)).toEqual(
      lines.map((line) => JSON.parse(line)),
    );
  });

  it('gives the same measurement back from its own text', () => {
    for (const line of EXAMPLES.trimEnd().split('\n')) {
      const measurement = parseMeasurement(line);
      expect(parseMeasurement(formatMeasurement(measurement))).toEqual(measurement);
    }
  });

  it('may lack the last newline, and may be empty', async () => {
    expect(await readAll(LAG)).toHaveLength(1);
    expect(await readAll('')).toEqual([]);
  });

  it.each([
    ['a torn last line', '{"kind":"replica-lag","at":"2026-10-', /^m\.ndjson:2: not JSON/],
    ['an empty line', '\n', /^m\.ndjson:2: an empty line/],
    ['an unknown kind', '{"kind":"weather"}', /^m\.ndjson:2: /],
    ['no object', '[1]', /^m\.ndjson:2: /],
    ['an unknown field', LAG.replace('lagMs', 'lag'), /^m\.ndjson:2: .*lag/],
    ['an impossible day', LAG.replace('10-01', '13-01'), /^m\.ndjson:2: at: /],
    ['a time without its zone', LAG.replace('Z', ''), /^m\.ndjson:2: at: /],
    [
      'an answer without a time',
      '{"kind":"test","cycle":0,"service":"epp","class":"query","probe":"p","address":"192.0.2.1","outcome":"answered"}',
      /^m\.ndjson:2: rttUs: /,
    ],
    [
      'a span that ends before it begins',
      '{"kind":"monitor-down","from":"2026-10-07T00:45:00Z","to":"2026-10-07T00:00:00Z"}',
      /^m\.ndjson:2: to: /,
    ],
    [
      'a ticket opened without severity',
      '{"kind":"ticket","id":"T","event":"opened","at":"2026-10-07T00:45:00Z"}',
      /^m\.ndjson:2: severity: /,
    ],
  ])('with %s is refused with its place', async (_case, line, message) => {
    await expect(readAll(`${LAG}\n${line}`)).rejects.toMatchObject({
      code: 'MEASUREMENT_INVALID',
      message: expect.stringMatching(message),
      place: { file: 'm.ndjson', line: 2 },
    });
  });

  it('that is not UTF-8 is refused at the line where it is not', async () => {
    const lines = readMeasurements(bad(), 'm');
    expect(await lines.next()).toMatchObject({ value: { line: 1 } });
    await expect(lines.next()).rejects.toThrow(/^m:2: not UTF-8/);
  });
});
