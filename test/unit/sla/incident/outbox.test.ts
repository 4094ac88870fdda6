/** The outbox on disk: what it holds after a restart, a torn write, damage and overflow. */
import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '#base/log.ts';
import type { Message } from '#sla/incident/notice.ts';
import { Outbox, WAITING_MAX } from '#sla/incident/outbox.ts';
import type { ToldPatch } from '#sla/incident/told.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';

const AT = '2026-10-05T10:00:00Z';
const NOW_MS = Date.parse(AT);

function messageOf(id: string): Message {
  const incident = { service: 'dns' as const, start: AT, end: null, downSeconds: 180 };
  const head = { id: `n-${id}`, at: AT, contract: 'biz-2013', contractual: true };
  const notice = { ...head, kind: 'incident-opened' as const, incident, isLast: false };
  return { id, contact: 'noc', at: AT, notices: [notice] };
}

const share = (percent: number): ToldPatch =>
  new Map([['share c dns', { kind: 'share', percent }]]);

let folder = '';
let file = '';
beforeEach(async () => {
  folder = await temporaryFolder();
  file = join(folder, 'outbox.ndjson');
});

const open = () => Outbox.open(file, silentLog(), NOW_MS);
const ids = (outbox: Outbox) => outbox.waiting().map(({ message }) => message.id);

describe('an outbox', () => {
  it('holds after a restart what was told, what waits and what became of the rest', async () => {
    const first = await open();
    await first.take(share(10), [messageOf('a'), messageOf('b'), messageOf('c')]);
    await first.attempted('a', 'delivered', '', NOW_MS);
    await first.attempted('b', 'failed', 'status 500', NOW_MS);
    await first.take(new Map([['share c dns', null]]), []);
    await first.close();
    for (let restart = 0; restart < 2; restart++) {
      const again = await open();
      expect([...again.told]).toEqual([]);
      expect(again.waiting()).toMatchObject([
        { message: { id: 'b' }, attempts: 1, detail: 'status 500' },
        { message: { id: 'c' }, attempts: 0 },
      ]);
      expect(again.finished()).toMatchObject([{ message: { id: 'a' }, state: 'delivered' }]);
      await again.close();
    }
  });

  it('takes a message once, and a review whole or not at all', async () => {
    const first = await open();
    await first.take(share(10), [messageOf('z'), messageOf('a')]);
    await first.attempted('z', 'delivered', '', NOW_MS);
    await first.take(new Map(), [messageOf('z')]);
    await first.take(share(25), [messageOf('a'), messageOf('b')]);
    await first.close();
    const text = await readFile(file, 'utf8');
    // The last review was being written when the power went.
    await writeFile(file, text.slice(0, -20));
    const again = await open();
    expect(ids(again)).toEqual(['a']);
    expect(again.told.get('share c dns')).toEqual({ kind: 'share', percent: 10 });
    await again.take(share(25), [messageOf('b')]);
    expect(ids(again)).toEqual(['a', 'b']);
    await again.close();
  });

  it.each([
    ['a line that is no JSON', '{"schema":1,\n'],
    ['a line of another schema', '{"schema":2,"kind":"review","told":{},"messages":[]}\n'],
  ])('with %s is set aside, and begins anew', async (_case, line) => {
    const first = await open();
    await first.take(share(10), [messageOf('a')]);
    await first.close();
    await appendFile(file, line);
    const again = await open();
    expect([ids(again), [...again.told]]).toEqual([[], []]);
    await again.close();
    expect(await readdir(folder)).toContain(`outbox.ndjson.damaged-${NOW_MS}`);
  });

  it('gives up at once what is beyond the messages that may wait, and says so', async () => {
    const outbox = await open();
    const many = Array.from({ length: WAITING_MAX + 3 }, (_each, at) => messageOf(`m${at}`));
    await outbox.take(new Map(), many);
    expect(outbox.waiting()).toHaveLength(WAITING_MAX);
    expect(outbox.finished()).toHaveLength(3);
    expect(outbox.finished()[0]).toMatchObject({ state: 'dead', attempts: 0 });
    await outbox.close();
  });

  it('stays small, however often is tried', async () => {
    const outbox = await open();
    await outbox.take(new Map(), [messageOf('a')]);
    for (let attempt = 0; attempt < 600; attempt++) {
      await outbox.attempted('a', 'failed', 'status 500', NOW_MS);
    }
    await outbox.close();
    expect((await readFile(file, 'utf8')).split('\n').length).toBeLessThan(200);
    const again = await open();
    expect(again.waiting()).toMatchObject([{ attempts: 600 }]);
    await again.close();
  }, 20_000);
});
