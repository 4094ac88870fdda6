/**
 * What a server says when it cannot start: one clear line on standard error, exit status 1, and
 * the data as it was.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freePort } from '../../kit/free-port.ts';
import { makeServerFolder, type ServerFolder, ServerProcess } from '../../kit/server-process.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { askUdp } from '../../kit/udp-query.ts';

const GOOD_ZONE = `$TTL 60
@ IN SOA ns1.example.net. hostmaster.example.net. 1 7200 900 1209600 300
@ IN NS ns1.example.net.
www IN A 192.0.2.1
`;

async function makePlace(zone = GOOD_ZONE): Promise<ServerFolder> {
  const place = await makeServerFolder(await temporaryFolder());
  await writeFile(join(place.zones, 'example.com.zone'), zone);
  return place;
}

async function expectRefusal(place: ServerFolder, ...texts: (string | RegExp)[]): Promise<void> {
  const { status, stderr } = await ServerProcess.fail(place);
  expect(status).toBe(1);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).not.toMatch(/^\s+at /m);
  for (const text of texts) expect(stderr).toMatch(text);
}

async function askWww(place: ServerFolder): Promise<string> {
  const { answers } = await askUdp({ port: place.dnsPort, name: 'www.example.com', type: 'A' });
  const [first] = answers ?? [];
  return first?.type === 'A' ? first.data : '';
}

describe('a start is refused in one line', () => {
  it('where another program holds the UDP port', async () => {
    const place = await makePlace();
    const socket = createSocket('udp4').bind(place.dnsPort, '127.0.0.1');
    onTestFinished(() => void socket.close());
    await once(socket, 'listening');
    await expectRefusal(place, `127.0.0.1:${place.dnsPort}`, /cannot listen on UDP/);
  });

  it('where another server of the same user shares the UDP port by SO_REUSEPORT', async () => {
    const place = await makePlace();
    const socket = createSocket({ type: 'udp4', reusePort: true });
    socket.bind(place.dnsPort, '127.0.0.1');
    onTestFinished(() => void socket.close());
    await once(socket, 'listening');
    await expectRefusal(place, `127.0.0.1:${place.dnsPort}`);
  });

  it('where another program holds the TCP port', async () => {
    const place = await makePlace();
    const server = createServer().listen(place.dnsPort, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    await expectRefusal(place, `127.0.0.1:${place.dnsPort}`);
  });

  it('where another program holds the port of the admin API', async () => {
    const place = await makePlace();
    const server = createServer().listen(Number(new URL(place.apiUrl).port), '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    await expectRefusal(place, new URL(place.apiUrl).host);
  });

  it('where the machine lacks the address', async () => {
    const place = await makePlace();
    const text = await readFile(place.config, 'utf8');
    await writeFile(place.config, text.replace('127.0.0.1:', '192.0.2.53:'));
    await expectRefusal(place, /192\.0\.2\.53/);
  });

  it('where a zone file that the store does not know has an error, with its place', async () => {
    const place = await makePlace(`${GOOD_ZONE}bad IN A 192.0.2.256\n`);
    await expectRefusal(place, /^\/.*\/example\.com\.zone:5:10: expected an IPv4 address, found/);
  });

  it('where a zone file lacks what every zone has, with the file', async () => {
    const place = await makePlace('$TTL 300\n@ IN NS ns.example.net.\n');
    await expectRefusal(place, /^\/.*\/example\.com\.zone:1:1: .*SOA/);
  });

  it('where the configuration has an unknown key, with its place', async () => {
    const place = await makePlace();
    await writeFile(place.config, `${await readFile(place.config, 'utf8')}nameservers: {}\n`);
    await expectRefusal(place, /holdfast\.yaml:8:1: .*nameservers/);
  });

  it('where names would be registered in a zone that is not served', async () => {
    const epp = `epp: { listen: "127.0.0.1:${await freePort()}", tlds: [tld.] }\n`;
    const place = await makeServerFolder(await temporaryFolder(), epp);
    await expectRefusal(place, /epp\.tlds: there is no zone tld\. here/);
  });

  it('where the key file holds no key', async () => {
    const place = await makePlace();
    await mkdir(place.data);
    await writeFile(join(place.data, 'admin.key'), '\n\n', { mode: 0o600 });
    await expectRefusal(place, /admin\.key/);
  });

  it('where another server has the same data open, and that one goes on', async () => {
    const place = await makePlace();
    const first = await ServerProcess.start(place);
    const rival = await makeServerFolder(await temporaryFolder());
    const text = await readFile(rival.config, 'utf8');
    await writeFile(rival.config, text.replace('data: ./data', `data: ${place.data}`));
    await expectRefusal(rival, /store.* (locked|in use|open)/i);
    expect(await askWww(place)).toBe('192.0.2.1');
    expect(await first.stop()).toBe(0);
  });
});

describe('a zone file', () => {
  it('with an error leaves the version that the store has being served', async () => {
    const place = await makePlace();
    await (await ServerProcess.start(place)).stop();
    await writeFile(join(place.zones, 'example.com.zone'), `${GOOD_ZONE}bad IN A 1.2.3\n`);
    const server = await ServerProcess.start(place);
    expect(await askWww(place)).toBe('192.0.2.1');
    const said = server.lines.map(({ msg }) => String(msg));
    expect(said.some((line) => /example\.com\.zone:5:10: /.test(line))).toBe(true);
  });

  it('that changed is imported at the next start, and on SIGHUP', async () => {
    const place = await makePlace();
    const file = join(place.zones, 'example.com.zone');
    await (await ServerProcess.start(place)).stop();
    await writeFile(
      file,
      GOOD_ZONE.replace('192.0.2.1', '192.0.2.2').replace(' 1 7200', ' 2 7200'),
    );
    const server = await ServerProcess.start(place);
    expect(await askWww(place)).toBe('192.0.2.2');
    await writeFile(
      file,
      GOOD_ZONE.replace('192.0.2.1', '192.0.2.3').replace(' 1 7200', ' 3 7200'),
    );
    server.child.kill('SIGHUP');
    await expect.poll(() => askWww(place), { timeout: 5000 }).toBe('192.0.2.3');
  });

  it('does not overwrite or bring back what was changed or deleted through the API', async () => {
    const place = await makePlace();
    const file = join(place.zones, 'example.com.zone');
    const zone = '/api/v1/servers/localhost/zones/example.com.';
    const first = await ServerProcess.start(place);
    const record = { content: '192.0.2.50', disabled: false };
    const rrset = { name: 'www.example.com.', type: 'A', ttl: 60, records: [record] };
    const rrsets = [{ ...rrset, changetype: 'REPLACE' }];
    expect((await first.api('PATCH', zone, { rrsets })).status).toBe(204);
    await first.stop();
    await writeFile(file, GOOD_ZONE.replace(' 1 7200', ' 9 7200'));
    const second = await ServerProcess.start(place);
    expect(await askWww(place)).toBe('192.0.2.50');
    expect(second.lines.some(({ msg }) => String(msg).includes('was changed since'))).toBe(true);
    expect((await second.api('DELETE', zone)).status).toBe(204);
    await second.stop();
    const third = await ServerProcess.start(place);
    expect((await third.api('GET', zone)).status).toBe(404);
    expect(third.lines.some(({ msg }) => String(msg).includes('deleted'))).toBe(true);
  });
});
