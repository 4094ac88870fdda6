// RFC 7314: how long a zone may still be kept, said to who asks with the EXPIRE option, so that a
// secondary behind a secondary does not begin to count anew. Transfers say it too (rfc1995).
import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { writeQuery } from '../../kit/dns-query.ts';
import { type Reply, readReply } from '../../kit/dns-reply.ts';
import { useServer } from '../../kit/network-server.ts';
import {
  encodeReply,
  nsAnswer,
  type PrimaryScript,
  soaAnswer,
  startScriptedPrimary,
} from '../../kit/scripted-primary.ts';
import { makeServerFolder, ServerProcess } from '../../kit/server-process.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { openUdpClient } from '../../kit/udp-client.ts';

const SOA = 6;
const EXPIRE = 9;
const ASKING = { payloadSize: 1232, options: [{ code: EXPIRE, data: new Uint8Array() }] };

function expireOf({ edns }: Reply): number | undefined {
  const option = edns?.options.find(({ code }) => code === EXPIRE);
  return option && Buffer.from(option.data).readUInt32BE();
}

describe('RFC 7314 section 3.1, the primary of a zone', () => {
  const server = useServer({
    zones: {
      'example.test.': `$TTL 3600
@ SOA ns hostmaster 1 7200 1800 1209600 300
@ NS ns
ns A 192.0.2.1
`,
    },
  });

  it.each(['udp', 'tcp'] as const)('says EXPIRE of its SOA over %s', async (transport) => {
    const reply = await server.ask('example.test.', 'SOA', { transport, edns: ASKING });
    expect(reply.answer).toHaveLength(1);
    expect(expireOf(reply)).toBe(1_209_600);
  });

  it('does not say it to who did not ask', async () => {
    const reply = await server.ask('example.test.', 'SOA', { edns: { payloadSize: 1232 } });
    expect(reply.edns?.options).toEqual([]);
  });

  it('does not say it of a zone that it has not (section 3.3)', async () => {
    const reply = await server.ask('elsewhere.invalid.', 'SOA', { edns: ASKING });
    expect(expireOf(reply)).toBeUndefined();
  });
});

it('RFC 7314 section 3.2: a secondary says what its primary said, less what has passed', async () => {
  const place = await makeServerFolder(await temporaryFolder());
  const primary = await startScriptedPrimary(sayingExpire(400));
  await writeFile(
    place.config,
    `data: ./data
nameserver:
  role: secondary
  listen: ["127.0.0.1:${place.dnsPort}"]
  threads: 1
  primaries: [{ address: "127.0.0.1:${primary.port}", zones: [example.com.] }]
admin:
  listen: ${place.apiUrl.slice('http://'.length)}
`,
  );
  await ServerProcess.start(place);
  const udp = await openUdpClient();
  let id = 0;
  const ask = async (): Promise<number | undefined> => {
    const query = writeQuery({ id: ++id, name: 'example.com.', type: SOA, edns: ASKING });
    return expireOf(readReply((await udp.ask(query, place.dnsPort, '127.0.0.1')).message));
  };
  await expect.poll(ask, { timeout: 10_000 }).toBeGreaterThan(380);
  const first = (await ask()) ?? 0;
  expect(first).toBeLessThanOrEqual(400);
  await expect.poll(ask, { timeout: 5000 }).toBeLessThan(first);
}, 30_000);

/** A primary with serial 7 that says in every reply how long it may keep the zone itself. */
function sayingExpire(seconds: number): PrimaryScript {
  const data = Buffer.alloc(4);
  data.writeUInt32BE(seconds);
  const options = [{ code: EXPIRE, data }];
  return function* answers(asked) {
    const whole = [soaAnswer(7), nsAnswer(), soaAnswer(7)];
    yield encodeReply(asked, asked.type === 'SOA' ? [soaAnswer(7)] : whole, { options });
  };
}
