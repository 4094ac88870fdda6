/**
 * Programs that write safely, against `holdfast serve`: two that read, decide and write without
 * losing each other's work (`If-Match`), and one that sends everything again until it has an answer,
 * while the server is killed under it (`Idempotency-Key`).
 */
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { makeServerFolder, ServerProcess } from '../../kit/server-process.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const ZONES = '/api/v1/servers/localhost/zones';
const ZONE = `${ZONES}/example.com.`;
const OWN = '/api/holdfast/v1';

interface Answer {
  status: number;
  code: string | undefined;
  receipt: string | null;
  isReplayed: boolean;
}

async function startServer(): Promise<ServerProcess> {
  const server = await ServerProcess.start(await makeServerFolder(await temporaryFolder()));
  const zone = { name: 'example.com.', kind: 'Native', nameservers: ['ns1.example.net.'] };
  expect((await server.api('POST', ZONES, zone)).status).toBe(201);
  return server;
}

async function send(
  { place, key }: ServerProcess,
  method: string,
  path: string,
  body: unknown,
  headers: Record<string, string>,
): Promise<Answer> {
  const response = await fetch(`${place.apiUrl}${path}`, {
    method,
    headers: { 'X-API-Key': key, 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  const { code } = (text === '' ? {} : JSON.parse(text)) as { code?: string };
  return {
    status: response.status,
    code,
    receipt: response.headers.get('holdfast-receipt'),
    isReplayed: response.headers.has('idempotency-replayed'),
  };
}

/** Adds a number to the list in a TXT record, as a program does that knows of no EXTEND. */
async function addToList(server: ServerProcess, value: string): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const path = `${ZONE}?rrset_name=list.example.com.&rrset_type=TXT`;
    const response = await server.api('GET', path);
    const etag = response.headers.get('etag') ?? '';
    const { rrsets } = (await response.json()) as { rrsets: { records: { content: string }[] }[] };
    const held = rrsets[0]?.records.map(({ content }) => ({ content })) ?? [];
    const records = [...held, { content: `"${value}"` }];
    const rrset = { name: 'list.example.com.', type: 'TXT', ttl: 60, changetype: 'REPLACE' };
    const body = { rrsets: [{ ...rrset, records }] };
    const { status } = await send(server, 'PATCH', ZONE, body, { 'If-Match': etag });
    if (status === 204) return attempt;
    expect(status).toBe(412);
  }
}

describe('two programs that write the same RRset', () => {
  it('lose nothing of each other, with If-Match', { timeout: 60_000 }, async () => {
    const server = await startServer();
    const write = async (writer: string): Promise<number> => {
      let attempts = 0;
      for (let round = 0; round < 25; round++) {
        attempts += await addToList(server, `${writer}${round}`);
      }
      return attempts;
    };
    const attempts = await Promise.all([write('a'), write('b')]);
    expect(attempts[0] + attempts[1], 'they were in each other’s way').toBeGreaterThan(50);
    const response = await server.api(
      'GET',
      `${OWN}/zones/example.com./rrsets?name=list.example.com.`,
    );
    const { rrsets } = (await response.json()) as { rrsets: { records: unknown[] }[] };
    expect(rrsets[0]?.records).toHaveLength(50);
  });
});

describe('a program that sends again what was not answered', () => {
  it('has everything done once, however often the server is killed', {
    timeout: 90_000,
  }, async () => {
    let server = await startServer();
    const open = new Set(Array.from({ length: 120 }, (_, at) => at));
    const receipts = new Map<number, Set<string>>();
    const codes = new Set<string>();
    const sendOne = async (at: number): Promise<void> => {
      const edit = {
        change: 'REPLACE',
        name: `n${at % 10}.example.com.`,
        type: 'TXT',
        ttl: 60,
        records: [{ content: `"${at}"` }],
      };
      const body = { zones: [{ zone: 'example.com.', edits: [edit] }] };
      const headers = { 'Idempotency-Key': `"write-${at}"` };
      try {
        const answer = await send(server, 'POST', `${OWN}/changes`, body, headers);
        codes.add(`${answer.status} ${answer.isReplayed ? 'again' : (answer.code ?? 'first')}`);
        const isDone = answer.status === 200 || answer.code === 'API_ANSWER_LOST';
        if (!isDone) return;
        receipts.set(at, (receipts.get(at) ?? new Set()).add(answer.receipt ?? ''));
        // Every third answer gets lost on its way, and is asked for once more.
        if (at % 3 !== 0 || receipts.get(at)?.has('asked')) open.delete(at);
        else receipts.get(at)?.add('asked');
      } catch {
        // The server was killed: it is sent again.
      }
    };
    for (let round = 0; open.size > 0; round++) {
      const sending = Promise.all([...open].map(sendOne));
      if (round < 2) {
        await delay(20 + round * 25);
        await server.kill();
        await sending;
        server = await ServerProcess.start(server.place);
      } else await sending;
      expect(round).toBeLessThan(30);
    }
    for (const [at, given] of receipts) {
      given.delete('asked');
      expect([at, [...given]]).toEqual([at, [expect.stringMatching(/^r-\d+$/)]]);
    }
    expect(codes).toContain('200 again');
    const history = await server.api('GET', `${OWN}/zones/example.com./history?limit=1000`);
    const { versions } = (await history.json()) as { versions: { kind: string }[] };
    expect(versions.filter(({ kind }) => kind === 'change')).toHaveLength(120);
  });
});
