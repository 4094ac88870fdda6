// A whole probe process: from its configuration to what it hands in, of DNS, RDDS and EPP.

import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { parseConfiguration } from '#app/config/load-configuration.ts';
import { startProbe } from '#app/probe-process.ts';
import { openClock } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { seededRandom } from '#base/random.ts';
import { formatListenAddress } from '#net/listen-address.ts';
import { type Measurement, measurementSchema } from '#sla/measurement/measurement.ts';
import { makeAuthority, makeClientCertificate } from '../../kit/client-certificate.ts';
import { freePort } from '../../kit/free-port.ts';
import { listenHttp } from '../../kit/http-listener.ts';
import { scriptedDns } from '../../kit/scripted-dns.ts';
import { scriptedEpp } from '../../kit/scripted-epp.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const STALL_LIMIT_MS = 10_000;

/** Gives the measurements that it has taken so far. */
async function openSidecar(): Promise<{ url: string; taken: Measurement[] }> {
  const taken: Measurement[] = [];
  const url = await listenHttp((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    request.on('end', () => {
      for (const line of text.split('\n')) {
        if (line !== '') taken.push(measurementSchema.parse(JSON.parse(line)));
      }
      response.setHeader('holdfast-time', new Date().toISOString()).end('{}');
    });
  });
  return { url, taken };
}

async function openWhois(): Promise<number> {
  const port = await freePort();
  const server = createServer((socket) => {
    socket
      .on('error', () => undefined)
      .on('data', () => {
        socket.end('Domain Name: PROBE.EXAMPLE\r\nRegistrar: One\r\n');
      });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return port;
}

it('a probe tests all that it is configured for, and hands it in', async () => {
  const folder = await temporaryFolder();
  const authority = await makeAuthority(folder, 'authority');
  const own = await makeClientCertificate(folder, authority, 'epp.test');
  const epp = await scriptedEpp(own, authority);
  const dns = await scriptedDns();
  const web = await listenHttp((request, response) => {
    const object = { objectClassName: 'domain', ldhName: 'probe.example', by: 'One' };
    const isRdap = request.url === '/rdap/domain/probe.example';
    response.end(isRdap ? JSON.stringify(object) : `by One at ${request.url}`);
  });
  const { url, taken } = await openSidecar();
  await writeFile(join(folder, 'token'), 'token\n');
  await writeFile(join(folder, 'password'), 'secret&more\n');
  const webAddress = new URL(web).host;
  const text = `data: ./data
probe:
  names: [p01, p02, p03]
  listen: 127.0.0.1:${await freePort()}
  sidecar: ${url}
  tokenFile: token
  contract: biz-2013-lab
  loopStallMs: ${STALL_LIMIT_MS}
  zone: example.com.
  nameservers: { ns1.example.com.: ["${formatListenAddress(dns.server)}"] }
  rdds:
    objects: [{ name: probe.example., expect: [One] }]
    whois: { addresses: ["127.0.0.1:${await openWhois()}"] }
    web: { addresses: ["${webAddress}"], host: whois.test, path: "/?q={name}" }
    rdap: { addresses: ["${webAddress}"], host: rdap.test, path: "/rdap/domain/{name}" }
  epp:
    addresses: ["${formatListenAddress(epp.server)}"]
    tls:
      name: epp.test
      ca: ${authority.files.certificate}
      certificate: ${own.files.certificate}
      key: ${own.files.key}
    id: probe
    passwordFile: password
    domain: probe.example.
`;
  const configuration = parseConfiguration(join(folder, 'probe.yaml'), text);
  const parts = {
    log: silentLog(),
    clock: openClock({ kind: 'system' }),
    random: seededRandom(1),
  };
  const probe = await startProbe({ configuration }, parts);
  const tests = (): string[] =>
    taken.flatMap((each) => {
      if (each.kind !== 'test') return [];
      const asked = each.service === 'rdds' ? each.interface : each.service;
      return [`${each.probe} ${asked} ${each.outcome} ${each.error ?? ''}`];
    });
  for (let turn = 0; turn < 200 && new Set(tests()).size < 15; turn++) await sleep(50);
  await probe.close();
  const expected = ['p01', 'p02', 'p03'].flatMap((name) =>
    ['dns', 'epp', 'rdap', 'web', 'whois'].map((asked) => `${name} ${asked} answered `),
  );
  expect([...new Set(tests())].sort()).toEqual(expected);
  const groups = taken.flatMap((each) =>
    each.kind === 'test' && each.service === 'epp' ? [each.class] : [],
  );
  expect([...groups].every((group) => ['session', 'query', 'transform'].includes(group))).toBe(
    true,
  );
});
