// A signed zone that nobody signed again: it is served as before, and metric and log say it in time.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DnsExchange } from '../../kit/dns-exchange.ts';
import { writeQuery } from '../../kit/dns-query.ts';
import { readReply } from '../../kit/dns-reply.ts';
import { makeServerFolder, ServerProcess } from '../../kit/server-process.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const A = 1;
const ENDED = '20200102030405';
const ENDED_AT = Date.UTC(2020, 0, 2, 3, 4, 5) / 1000;

function signature(type: string, until = '20380101000000'): string {
  return `RRSIG ${type} 13 2 60 ${until} 20190101000000 1 example.test. AAAA`;
}

it('a zone whose signatures are over is served with them, and said to be so', async () => {
  const place = await makeServerFolder(await temporaryFolder());
  await writeFile(
    join(place.zones, 'example.test.zone'),
    `$TTL 60
@ SOA ns h 1 2 3 4 5
@ ${signature('SOA')}
@ NS ns
@ ${signature('NS')}
ns A 192.0.2.1
ns ${signature('A', ENDED)}
`,
  );
  const server = await ServerProcess.start(place);
  const exchange = await DnsExchange.open(place.dnsPort);
  const edns = { payloadSize: 1232, dnssecOk: true };
  const query = writeQuery({ id: 1, name: 'ns.example.test.', type: A, edns });
  const reply = readReply((await exchange.askUdp(query)) ?? new Uint8Array());
  exchange.close();
  expect(reply.rcode).toBe(0);
  expect(reply.answer.map((record) => record.split(' ')[2])).toEqual(['A', 'RRSIG']);
  const metrics = await (await server.api('GET', '/metrics')).text();
  expect(metrics).toContain(
    `holdfast_dnssec_earliest_expiry_timestamp_seconds{zone="example.test."} ${ENDED_AT}\n`,
  );
  const said = server.lines.filter(({ level }) => Number(level) >= 50);
  expect(said).toMatchObject([{ zone: 'example.test.', endsAt: '2020-01-02T03:04:05.000Z' }]);
  expect(await server.stop()).toBe(0);
}, 30_000);
