/**
 * A body that was too large was refused at its head and the connection closed with the answer. A
 * client that sends its whole body before it reads ran into a reset and never saw the 413.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { API_KEY, startAdmin, ZONES } from '../../kit/admin/admin-fixture.ts';

const PIECE = Buffer.alloc(64 << 10, ' ');

describe('a body that is too large', () => {
  it.each([
    [`POST ${ZONES}`, 100_000_000],
    ['POST /api/holdfast/v1/changes', 20_000_000],
  ])('of %s is said to be to a client that sends all of it first', async (line, size) => {
    const admin = await startAdmin();
    const { port, hostname } = new URL(admin.url);
    const socket = connect(Number(port), hostname);
    socket.pause();
    const fields = `Host: a\r\nX-API-Key: ${API_KEY}\r\nContent-Type: application/json\r\n`;
    socket.write(`${line} HTTP/1.1\r\n${fields}Content-Length: ${size}\r\n\r\n`);
    for (let sent = 0; sent < size; sent += PIECE.length) {
      if (!socket.write(PIECE)) await once(socket, 'drain');
    }
    const [answer] = (await once(socket.resume(), 'data')) as [Buffer];
    expect(answer.toString('latin1')).toContain(' 413 ');
    socket.destroy();
  });
});
