// Results on disk until the sidecar has them, and how they get there.
import { readdir, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import { type Log, silentLog } from '#base/log.ts';
import { HandOver } from '#sla/probe/hand-over.ts';
import { type Result, Spool } from '#sla/probe/spool.ts';
import { listenHttp } from '../../../kit/http-listener.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';

const clock = openClock({ kind: 'system' });

function result(cycle: number): Result {
  return {
    kind: 'test',
    cycle,
    service: 'dns',
    probe: 'p01',
    nameserver: 'ns1.example.',
    address: '192.0.2.1',
    transport: 'udp',
    outcome: 'answered',
    rttUs: 1234,
  };
}

const seqsOf = (batch: { text: string } | undefined): number[] =>
  (batch?.text.trim().split('\n') ?? []).map((line) => (JSON.parse(line) as { seq: number }).seq);

const SIDECAR_BEHIND_MS = 3_600_000;

/** A sidecar that answers with the statuses it is given, then with 200, and keeps what it took. */
async function sidecar(statuses: number[], taken: string[]): Promise<string> {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request);
    const status = request.headers.authorization === 'Bearer secret' ? statuses.shift() : 401;
    if (status === undefined) taken.push(...body.trim().split('\n'));
    const headers = { 'holdfast-time': new Date(Date.now() - SIDECAR_BEHIND_MS).toISOString() };
    response.writeHead(status ?? 200, headers).end();
  };
  return listenHttp((request, response) => void answer(request, response));
}

const handOver = (spool: Spool, url: string): HandOver =>
  new HandOver({ spool, sidecar: url, readToken: async () => 'secret', clock, log: silentLog() });

describe('the spool', () => {
  it('numbers results without a gap and never twice, also after a restart', async () => {
    const folder = await temporaryFolder();
    const first = await Spool.open(folder, 1000);
    await Promise.all([first.add([result(60), result(60)]), first.add([result(120)])]);
    const again = await Spool.open(folder, 1000);
    await again.add([result(180)]);
    const seqs = seqsOf(await again.oldest());
    expect(seqs.slice(0, 3)).toEqual([1000, 1001, 1002]);
    expect(seqs[3]).toBeGreaterThan(1002);
  });

  it('starts beyond all earlier numbers when its files are lost', async () => {
    const folder = await temporaryFolder();
    const first = await Spool.open(folder, 1000);
    await first.add([result(60)]);
    await rm(folder, { recursive: true });
    const again = await Spool.open(folder, 9000);
    await again.add([result(60)]);
    expect(seqsOf(await again.oldest())).toEqual([9000]);
  });

  it('gives up the oldest batch, and counts it, when too many wait', async () => {
    const spool = await Spool.open(await temporaryFolder(), 0, 2);
    for (const cycle of [60, 120, 180]) await spool.add([result(cycle)]);
    expect(spool.size).toBe(2);
    expect(spool.dropped).toBe(1);
    expect((await spool.oldest())?.text).not.toContain('"cycle":60,');
  });

  it('refuses a folder that it cannot write with a coded error', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'file'), '');
    await expect(Spool.open(join(folder, 'file'), 0)).rejects.toMatchObject({
      code: 'PROBE_DATA_FAILED',
    });
  });
});

describe('handing over', () => {
  it('keeps everything while the sidecar is away, and sends it oldest first when it is back', async () => {
    const spool = await Spool.open(await temporaryFolder(), 1);
    const taken: string[] = [];
    const url = await sidecar([503, 401], taken);
    await spool.add([result(60)]);
    const sender = handOver(spool, url);
    expect([await sender.sendOldest(), await sender.sendOldest()]).toEqual([false, false]);
    await spool.add([result(120)]);
    expect(await sender.sendOldest()).toBe(true);
    expect(taken.map((line) => (JSON.parse(line) as { cycle: number }).cycle)).toEqual([60, 120]);
    expect(spool.size).toBe(0);
  });

  it('waits where nobody listens', async () => {
    const spool = await Spool.open(await temporaryFolder(), 1);
    await spool.add([result(60)]);
    expect(await handOver(spool, 'http://127.0.0.1:1').sendOldest()).toBe(false);
    expect(spool.size).toBe(1);
  });

  it('says that the sidecar is away once, and not of one that starts with the probe', async () => {
    const spool = await Spool.open(await temporaryFolder(), 1);
    await spool.add([result(60)]);
    const url = await sidecar([503, 503, 503], []);
    const cell = makeClockCell(0);
    const said: string[] = [];
    const log = {
      ...silentLog(),
      warn: (_fields: object, line: string) => said.push(line),
      info: (line: string) => said.push(line),
    } as unknown as Log;
    const parts = { spool, sidecar: url, readToken: async () => 'secret', log };
    const sender = new HandOver({ ...parts, clock: openClock({ kind: 'cell', cell }) });
    await sender.sendOldest();
    setClockCell(cell, 9_999);
    await sender.sendOldest();
    expect(said).toEqual([]);
    setClockCell(cell, 10_000);
    await sender.sendOldest();
    expect(said).toEqual(['the sidecar does not take results; they wait on disk']);
    await sender.sendOldest();
    expect(said.slice(1)).toEqual(['the sidecar takes results again']);
  });

  it('sets aside one batch that is refused and sends the others', async () => {
    const folder = await temporaryFolder();
    const spool = await Spool.open(folder, 1);
    const taken: string[] = [];
    const url = await sidecar([422, 422], taken);
    for (const cycle of [60, 120]) await spool.add([result(cycle)]);
    const sender = handOver(spool, url);
    expect([await sender.sendOldest(), await sender.sendOldest()]).toEqual([true, true]);
    expect(taken.map((line) => (JSON.parse(line) as { cycle: number }).cycle)).toEqual([120]);
    expect(await readdir(join(folder, 'refused'))).toHaveLength(1);
  });

  it('learns from a refusal too how far its clock is off', async () => {
    const spool = await Spool.open(await temporaryFolder(), 1);
    await spool.add([result(60)]);
    const sender = handOver(spool, await sidecar([422, 422], []));
    await sender.sendOldest();
    expect(sender.clockOffsetMs).toBeGreaterThan(SIDECAR_BEHIND_MS - 5000);
    expect(sender.clockOffsetMs).toBeLessThan(SIDECAR_BEHIND_MS + 5000);
  });
});
