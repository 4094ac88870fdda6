/**
 * What was owed at the end of a request was done when its answer had been sent, which never came
 * for a client that had hung up: its change was not in the audit log, and the room that its body
 * had taken was never given back. Four uploads that broke off closed the API to large bodies.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import {
  type AdminFixture,
  API_KEY,
  createExampleZone,
  startAdmin,
  ZONES,
} from '../../kit/admin/admin-fixture.ts';

const ZONE = `${ZONES}/example.org.`;
const BODY_SIZE = 64 * 1024 * 1024;

async function send(admin: AdminFixture, head: string, body: string): Promise<Socket> {
  const { port, hostname } = new URL(admin.url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  const fields = `Host: a\r\nX-API-Key: ${API_KEY}\r\nContent-Type: application/json\r\n`;
  socket.write(`PATCH ${ZONE} HTTP/1.1\r\n${fields}${head}\r\n\r\n${body}`);
  return socket;
}

describe('a client that hangs up', () => {
  it('before its answer comes has its change in the audit log', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    const body = JSON.stringify({
      rrsets: [{ name: 'www.example.org.', type: 'A', changetype: 'DELETE' }],
    });
    const head = `Prefer: wait=1\r\nContent-Length: ${body.length}`;
    const socket = await send(admin, head, body);
    await vi.waitFor(async () =>
      expect(await (await admin.call('GET', `${ZONE}?rrset_name=www.example.org.`)).json()).toEqual(
        expect.objectContaining({ rrsets: [] }),
      ),
    );
    socket.destroy();
    await vi.waitFor(
      async () => {
        const audit = await admin.call('GET', '/api/holdfast/v1/audit');
        const { entries } = (await audit.json()) as { entries: { action: string }[] };
        expect(entries.map(({ action }) => action.split(' ')[0])).toEqual(['POST', 'PATCH']);
      },
      { timeout: 4_000 },
    );
  });

  it('in its body gives back the room that it took', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    for (let count = 0; count < 5; count++) {
      const socket = await send(admin, `Content-Length: ${BODY_SIZE}\r\nExpect: 100-continue`, '');
      await once(socket, 'data');
      socket.destroy();
    }
    const body = `{"rrsets":[]}${' '.repeat(1_000_000)}`;
    await vi.waitFor(async () => expect((await admin.call('PATCH', ZONE, body)).status).toBe(204));
  });
});
