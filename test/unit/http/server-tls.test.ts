// The same server over TLS, whose certificate changes while it runs.
import { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import { expect, it, onTestFinished } from 'vitest';
import { openClock } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { systemRandom } from '#base/random.ts';
import { openHttpServer } from '#http/server.ts';
import { makeSelfSigned } from '#net/self-signed-certificate.ts';

const clock = openClock({ kind: 'system' });
const random = systemRandom();

function credentialsOf(name: string) {
  return makeSelfSigned({ name, addresses: ['127.0.0.1'], nowMs: clock.nowMs(), random });
}

/** Common name of the certificate, and the first line of the answer. */
async function ask(port: number, maxVersion?: 'TLSv1.1'): Promise<[string, string]> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect({
    host: '127.0.0.1',
    port,
    rejectUnauthorized: false,
    ...(maxVersion && { maxVersion, minVersion: maxVersion }),
  });
  let subject = '';
  socket.once('secureConnect', () => {
    subject = new X509Certificate(socket.getPeerCertificate(true).raw).subject;
  });
  socket.on('error', reject).once('data', (chunk: Buffer) => resolve(chunk.toString()));
  socket.write('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
  const reply = await promise.finally(() => socket.destroy());
  return [subject, reply.split('\r\n', 1)[0] ?? ''];
}

it('answers over TLS 1.2 and later, with the newest certificate for each new connection', async () => {
  const server = await openHttpServer({
    listen: { host: '127.0.0.1', port: 0 },
    log: silentLog(),
    clock,
    random,
    tls: credentialsOf('first'),
  });
  onTestFinished(() => server.close());
  server.app.get('/', async () => 'well');
  const { port } = await server.listen();
  expect(await ask(port)).toEqual(['CN=first', 'HTTP/1.1 200 OK']);
  server.replaceCertificate(credentialsOf('second'));
  expect(await ask(port)).toEqual(['CN=second', 'HTTP/1.1 200 OK']);
  await expect(ask(port, 'TLSv1.1')).rejects.toThrow(/protocol|version/i);
});
