import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openLibc } from '#net/libc.ts';
import { parseListenAddress } from '#net/listen-address.ts';
import { openTcpListener, openUdpGroup } from '#net/listen-sockets.ts';
import { probeUdpPort } from '#net/udp-plain.ts';
import { freePort } from '../../kit/free-port.ts';

const libc = openLibc();

/** Both ways to take a UDP port, as the server would. */
const OPENERS: [string, (text: string) => Promise<void>][] = [
  ['plain', (text) => probeUdpPort(parseListenAddress(text))],
];
if (libc !== undefined) {
  OPENERS.push([
    'batched',
    async (text) => {
      for (const fd of openUdpGroup(libc, parseListenAddress(text), 2).fds) libc.close(fd);
    },
  ]);
}

async function holdUdp(address: string, port: number, reusePort: boolean): Promise<void> {
  const socket = createSocket({ type: 'udp4', reusePort });
  socket.bind({ address, port, exclusive: true });
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
}

describe.each(OPENERS)('a UDP port, opened %s', (_, open) => {
  it.each([
    ['exclusively', '127.0.0.1', false],
    ['shared, by another server of the same user', '127.0.0.1', true],
    ['by a wildcard', '0.0.0.0', false],
    ['by a shared wildcard', '0.0.0.0', true],
  ])('is an error when it is held %s', async (_how, address, isShared) => {
    const port = await freePort();
    await holdUdp(address, port, isShared);
    await expect(open(`127.0.0.1:${port}`)).rejects.toMatchObject({
      code: 'NET_ADDRESS_IN_USE',
      message: expect.stringContaining(`127.0.0.1:${port}`),
    });
  });

  it('is an error on an address that the machine lacks', async () => {
    await expect(open('192.0.2.77:5300')).rejects.toMatchObject({ code: 'NET_ADDRESS_MISSING' });
  });

  it('is free again after a failure', async () => {
    const port = await freePort();
    await open(`127.0.0.1:${port}`);
    await expect(open(`127.0.0.1:${port}`)).resolves.toBeUndefined();
  });
});

describe.skipIf(libc === undefined)('sockets opened through libc', () => {
  it('belong to one group, which shares the load', async () => {
    if (libc === undefined) return;
    const port = await freePort();
    const { fds } = openUdpGroup(libc, parseListenAddress(`127.0.0.1:${port}`), 3);
    onTestFinished(() => {
      for (const fd of fds) libc.close(fd);
    });
    expect(new Set(fds).size).toBe(3);
    await expect(holdUdp('127.0.0.1', port, false)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('are an error for a TCP port that is taken', async () => {
    if (libc === undefined) return;
    const port = await freePort();
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    expect(() => openTcpListener(libc, parseListenAddress(`127.0.0.1:${port}`))).toThrow(
      expect.objectContaining({ code: 'NET_ADDRESS_IN_USE' }),
    );
  });
});
