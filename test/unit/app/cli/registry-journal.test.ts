// The register's journal for auditors: over HTTP, and by `holdfast registry journal`.
import { describe, expect, it } from 'vitest';
import { RegistryAdapter } from '#app/adapters/registry-port.ts';
import { type AdminFixture, optionsOf, startAdmin } from '../../../kit/admin/admin-fixture.ts';
import { holdfast } from '../../../kit/command-line.ts';
import {
  ALPHA,
  DAY_MS,
  openRegister,
  type RegisterFixture,
  registerDomain,
  START_MS,
} from '../../../kit/two-registrars.ts';

const OWN = '/api/holdfast/v1';
const EXPORT = `${OWN}/registry/journal/export`;
const JSON_TYPE = { 'content-type': 'application/json' };
const SECOND_DAY = '2026-11-23T00:00:00Z';
const THIRD_DAY = '2026-11-24T00:00:00Z';

interface Opened extends RegisterFixture {
  admin: AdminFixture;
}

interface Entry {
  sequence: number;
  at: string;
  command: string;
  who: string;
  actor: string;
}

/** A name is made on each of three days. */
async function openThreeDays(): Promise<Opened> {
  const fixture = await openRegister();
  const { context, register, runner } = fixture;
  const registry = new RegistryAdapter({ ...context, register }, runner);
  const opened = { ...fixture, admin: await startAdmin({ ports: { registry } }) };
  for (const [day, name] of ['one.tld', 'two.tld', 'three.tld'].entries()) {
    fixture.setTime(START_MS + day * DAY_MS);
    await registerDomain(opened, name);
  }
  return opened;
}

function parseLines(text: string): Entry[] {
  const lines = text.split('\n');
  expect(lines.pop()).toBe('');
  return lines.map((line) => JSON.parse(line) as Entry);
}

async function exported({ admin }: Opened, query = ''): Promise<Entry[]> {
  return parseLines(await (await admin.call('GET', `${EXPORT}${query}`)).text());
}

describe('the journal of the register', () => {
  it('is exported as NDJSON, the same entries as its pages have', async () => {
    const opened = await openThreeDays();
    const answer = await opened.admin.call('GET', EXPORT);
    expect(answer.headers.get('content-type')).toContain('application/x-ndjson');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const pages = await opened.admin.call('GET', `${OWN}/registry/journal`);
    const { entries } = (await pages.json()) as { entries: Entry[] };
    expect(entries.length).toBeGreaterThan(3);
    expect(parseLines(await answer.text())).toEqual(entries);
  });

  it('is cut to a span of time, its end left out, whatever the clock did', async () => {
    const opened = await openThreeDays();
    const all = await exported(opened);
    const second = await exported(opened, `?from=${SECOND_DAY}&to=${THIRD_DAY}`);
    expect(second).toMatchObject([{ at: '2026-11-23T00:00:00.000Z', command: 'domain:create' }]);
    expect(await exported(opened, `?to=${SECOND_DAY}`)).toEqual(all.slice(0, -2));
    expect(await exported(opened, `?from=${SECOND_DAY}`)).toEqual(all.slice(-2));
    const last = all.at(-2)?.sequence ?? 0;
    const rest = await exported(opened, `?from=${SECOND_DAY}&after=${last}`);
    expect(rest).toEqual(all.slice(-1));
    opened.setTime(START_MS + DAY_MS);
    await registerDomain(opened, 'four.tld');
    expect(await exported(opened, `?from=${SECOND_DAY}&to=${THIRD_DAY}`)).toHaveLength(2);
  });

  it('is passed on whole, however many entries are read at once', async () => {
    const opened = await openThreeDays();
    const before = (await exported(opened)).length;
    for (let at = 0; at < 600; at++) {
      await opened.register.run(
        { registrar: ALPHA, svTrid: `SV-${at}`, receivedAtMs: START_MS },
        'test',
        ['domain/one.tld'],
        async (draft) => {
          const domain = await draft.domain('one.tld');
          if (domain !== undefined) draft.putDomain({ ...domain, updatedAtMs: START_MS + at });
        },
      );
    }
    const sequences = (await exported(opened)).map(({ sequence }) => sequence);
    expect(sequences).toEqual(Array.from({ length: before + 600 }, (_, index) => index + 1));
  });

  it('names who asked as the journal of zones does, and tells registrars of the operator', async () => {
    const opened = await openThreeDays();
    const { admin, register } = opened;
    const scope = { write: true };
    const made = await admin.call('POST', `${OWN}/tokens`, { name: 'desk', scope }, JSON_TYPE);
    const { secret } = (await made.json()) as { secret: string };
    const locks = { locks: ['serverHold'], reason: 'court order 5' };
    const path = `${OWN}/registry/domains`;
    await admin.call('PUT', `${path}/one.tld/locks`, locks, JSON_TYPE);
    await admin.call('PUT', `${path}/two.tld/locks`, locks, { 'x-api-key': secret, ...JSON_TYPE });
    const entries = await exported(opened);
    expect(entries.slice(-3)).toMatchObject([
      { who: ALPHA, actor: ALPHA },
      { who: 'OPERATOR', actor: 'admin-key' },
      { who: 'OPERATOR', actor: 'token:desk' },
    ]);
    expect(entries[0]).toMatchObject({ who: 'REGISTER', actor: 'REGISTER' });
    expect((await register.nextMessage(ALPHA))?.message.data).toMatchObject({ who: 'OPERATOR' });
    expect(await register.domain('two.tld')).toMatchObject({ updatedBy: 'OPERATOR' });
    expect(JSON.stringify(await register.changesAfter(0, 100))).not.toContain('token:desk');
  });

  it('comes from the command line with the options of the journal of zones', async () => {
    const opened = await openThreeDays();
    const options = await optionsOf(opened.admin);
    const journal = (...args: string[]) => holdfast('registry', 'journal', ...args, ...options);
    const { stdout } = await journal('--from', SECOND_DAY, '--to', THIRD_DAY);
    expect(parseLines(stdout)).toEqual(
      await exported(opened, `?from=${SECOND_DAY}&to=${THIRD_DAY}`),
    );
    expect(parseLines(stdout)).toHaveLength(1);
    const wrong = await journal('--from', 'yesterday');
    expect(wrong).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--from') });
    const gone = await journal('--after', '999999');
    expect(gone).toMatchObject({ exitCode: 1, stdout: '' });
    expect(gone.stderr).toContain('999999');
  });
});
