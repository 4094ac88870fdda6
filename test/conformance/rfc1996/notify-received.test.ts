// RFC 1996: NOTIFY as a secondary takes it, from its primary and from others.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { writeQuery } from '../../kit/dns-query.ts';
import { type Reply, readReply } from '../../kit/dns-reply.ts';
import {
  addressAnswer,
  encodeReply,
  nsAnswer,
  startScriptedPrimary,
  wholeZoneScript,
} from '../../kit/scripted-primary.ts';
import { makeServerFolder, ServerProcess } from '../../kit/server-process.ts';
import { buildFrame, openStreamClient } from '../../kit/stream-client.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const NOTIFY = 4;
const FORMERR = 1;
const SERVFAIL = 2;
const REFUSED = 5;
const NOTAUTH = 9;
const SOA = 6;
const A = 1;

async function ask(port: number, query: Uint8Array, from = '127.0.0.1'): Promise<Reply> {
  const socket = createSocket('udp4');
  try {
    socket.bind({ address: from, port: 0 });
    await once(socket, 'listening');
    socket.send(query, port, '127.0.0.1');
    const [reply] = await once(socket, 'message', { signal: AbortSignal.timeout(5000) });
    return readReply(reply as Buffer);
  } finally {
    socket.close();
  }
}

function notify(id: number, name = 'example.com.', type = SOA): Uint8Array {
  const octets = writeQuery({ id, name, type, opcode: NOTIFY });
  octets[2] |= 0x04;
  return octets;
}

it('a secondary believes the NOTIFY of its primary, and of nobody else', {
  timeout: 30_000,
}, async () => {
  const primary = await startScriptedPrimary((asked) => [
    encodeReply(asked, [], { rcode: REFUSED }),
  ]);
  const place = await makeServerFolder(await temporaryFolder());
  const { dnsPort: port } = place;
  await writeFile(
    place.config,
    `data: ./data
nameserver:
  role: secondary
  listen: ["127.0.0.1:${port}"]
  threads: 1
  primaries: [{ address: "127.0.0.1:${primary.port}", zones: [example.com.] }]
admin: { listen: ${place.apiUrl.slice('http://'.length)} }
`,
  );
  const server = await ServerProcess.start(place);
  const www = writeQuery({ id: 1, name: 'www.example.com.', type: A });
  expect(await ask(port, www)).toMatchObject({ rcode: SERVFAIL, answer: [] });
  expect((await server.api('GET', '/healthz')).status).toBe(503);

  primary.script = wholeZoneScript(7, [nsAnswer(), addressAnswer('www', '192.0.2.7')]);
  const taken = await ask(port, notify(4711));
  expect(taken).toMatchObject({ id: 4711, opcode: NOTIFY, rcode: 0, flags: ['qr', 'aa'] });
  expect(taken.answer.length + taken.authority.length + taken.additional.length).toBe(0);
  const addresses = async (): Promise<string[]> => (await ask(port, www)).answer;
  await expect.poll(addresses, { timeout: 8000 }).toEqual(['www.example.com. 300 A 192.0.2.7']);

  primary.asked.length = 0;
  primary.script = wholeZoneScript(8, [nsAnswer(), addressAnswer('www', '192.0.2.8')]);
  expect(await ask(port, notify(1), '127.0.0.9')).toMatchObject({ rcode: REFUSED, opcode: NOTIFY });
  expect(await ask(port, notify(2, 'example.org.'))).toMatchObject({ rcode: NOTAUTH });
  expect(await ask(port, notify(3, 'example.com.', A))).toMatchObject({ rcode: FORMERR });
  expect(primary.asked).toEqual([]);

  const stream = await openStreamClient(port);
  stream.write(buildFrame(notify(5)));
  await expect.poll(() => stream.frames.length).toBe(1);
  expect(readReply(stream.frames[0])).toMatchObject({ id: 5, rcode: 0, opcode: NOTIFY });
  await expect.poll(addresses, { timeout: 8000 }).toEqual(['www.example.com. 300 A 192.0.2.8']);
  expect(primary.asked.slice(0, 2)).toEqual(['udp SOA', 'stream IXFR']);
  expect((await server.api('GET', '/healthz')).status).toBe(200);

  const zone = await (
    await server.api('GET', '/api/v1/servers/localhost/zones/example.com.')
  ).json();
  expect(zone).toMatchObject({ kind: 'Slave', serial: 8 });
  const retrieve = '/api/v1/servers/localhost/zones/example.com./axfr-retrieve';
  primary.script = wholeZoneScript(3, [nsAnswer()]);
  expect((await server.api('PUT', retrieve)).status).toBe(200);
  await expect.poll(addresses, { timeout: 8000 }).toEqual([]);
});
