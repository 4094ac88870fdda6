/**
 * A master file refused at its first line was answered at once and the connection closed with the
 * answer. A client that sends its whole body before it reads (Python's http.client is one) ran
 * into a reset and never saw which line was wrong.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { API_KEY, startAdmin } from '../../kit/admin/admin-fixture.ts';

const BODY_SIZE = 20 << 20;
const LINES = Buffer.alloc(64 << 10, 'host A none\n');
const NO_END = Buffer.alloc(64 << 10, 'a');

describe('an import that is refused early', () => {
  it.each([
    ['for its first lines', LINES],
    // Given up in the middle of the line, and at first nobody read on: the client never heard why.
    ['for a line without end', NO_END],
  ])('%s is told so to a client that sends everything before it reads', async (_why, piece) => {
    const admin = await startAdmin();
    const { port, hostname } = new URL(admin.url);
    const socket = connect(Number(port), hostname);
    socket.pause();
    socket.write(
      `POST /api/holdfast/v1/zones/example.org./import HTTP/1.1\r\nHost: a\r\n` +
        `X-API-Key: ${API_KEY}\r\nContent-Type: text/dns\r\nContent-Length: ${BODY_SIZE}\r\n\r\n`,
    );
    for (let sent = 0; sent < BODY_SIZE; sent += piece.length) {
      if (!socket.write(piece)) await once(socket, 'drain');
    }
    const [answer] = (await once(socket.resume(), 'data')) as [Buffer];
    expect(answer.toString('latin1')).toContain(' 422 ');
    socket.write(`GET /api HTTP/1.1\r\nHost: a\r\nX-API-Key: ${API_KEY}\r\n\r\n`);
    const [next] = (await once(socket, 'data')) as [Buffer];
    expect(next.toString('latin1')).toContain(' 200 ');
    socket.destroy();
  });
});
