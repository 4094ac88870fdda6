/** Ports that nobody listens on, so that suites can run beside each other. */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/** A port that is free over TCP and UDP on the address, at the time of asking. */
export async function freePort(address = '127.0.0.1'): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const port = await freeTcpPort(address);
    if (await isUdpFree(address, port)) return port;
  }
  throw new Error(`no free port on ${address} after 50 attempts`);
}

async function freeTcpPort(address: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = createServer();
  server.once('error', reject);
  server.listen({ host: address, port: 0 }, () => {
    const bound = server.address();
    server.close(() => resolve(typeof bound === 'object' && bound !== null ? bound.port : 0));
  });
  return promise;
}

async function isUdpFree(address: string, port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.once('error', () => resolve(false));
  socket.bind({ address, port, exclusive: true }, () => socket.close(() => resolve(true)));
  return promise;
}
