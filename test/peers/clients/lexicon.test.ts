/**
 * Lexicon lists, creates, updates and deletes records: over the PowerDNS API, and with its provider
 * `ddns` (dnspython), which knows no port but 53, by signed UPDATE over TCP.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { peersMissing } from '../../kit/peers.ts';
import { longOptions, printedBy, runProgram } from '../../kit/run-program.ts';
import { addNameserverKeys, SAMPLE_ZONE, setListen } from '../../kit/server-configuration.ts';
import { makeServerFolder, ServerProcess } from '../../kit/server-process.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const SECRET = 'c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0';
const ZONES = '/api/v1/servers/localhost/zones';
/** Of this machine alone, so that nothing else has its port 53. */
const PORT_53_ADDRESS = '127.53.136.53';
const IS_ROOT = process.getuid?.() === 0;

interface ListedRecord {
  type: string;
  name: string;
  ttl: number;
  content: string;
  id: string;
}

/** Whole: this provider adds no zone to a name. */
const NEW = 'new.example.net';

const isMissing = peersMissing('lexicon');
const ends: (() => Promise<void>)[] = [];
let server: ServerProcess;

beforeAll(async () => {
  if (isMissing) return;
  const folder = await temporaryFolder((end) => ends.push(end));
  const place = await makeServerFolder(
    folder,
    'tsigKeys: [{ name: lexicon, secretFile: tsig.key }]\n',
  );
  if (IS_ROOT) await setListen(place, [`127.0.0.1:${place.dnsPort}`, `${PORT_53_ADDRESS}:53`]);
  await addNameserverKeys(place, [
    'update: { allow: ["key:lexicon"] }',
    'transfer: { allow: ["key:lexicon"] }',
  ]);
  await writeFile(join(folder, 'tsig.key'), `${SECRET}\n`, { mode: 0o600 });
  for (const zone of ['example.com', 'example.net']) {
    await writeFile(join(place.zones, `${zone}.zone`), SAMPLE_ZONE);
  }
  server = await ServerProcess.start(place, (end) => ends.push(end));
  // So that the client asks for NOTIFY after each change.
  const { status } = await server.api('PUT', `${ZONES}/example.com.`, { kind: 'Master' });
  if (status !== 204) throw new Error(`making the zone Master was answered ${status}`);
});

afterAll(async () => {
  for (const end of ends.toReversed()) await end();
});

/** Does an action (list, create, …) with a type and options; what it printed. */
type Lexicon = (action: string, type: string, options: Record<string, string>) => Promise<string>;

function lexiconWith(
  provider: string,
  zone: string,
  settings: () => Record<string, string>,
): Lexicon {
  return async (action, type, options) => {
    const all = longOptions({ ...settings(), output: 'JSON', ...options });
    return printedBy(await runProgram('lexicon', [provider, action, zone, type, ...all]));
  };
}

const powerdns = lexiconWith('powerdns', 'example.com', () => ({
  'pdns-server': server.place.apiUrl,
  'auth-token': server.key,
}));

const ddns = lexiconWith('ddns', 'example.net', () => ({
  'ddns-server': PORT_53_ADDRESS,
  'auth-token': `hmac-sha256:lexicon:${SECRET}`,
}));

/** What the client lists of a type; its own messages stand before the JSON. */
async function list(
  lexicon: Lexicon,
  type: string,
  options: Record<string, string> = {},
): Promise<ListedRecord[]> {
  const printed = await lexicon('list', type, options);
  return JSON.parse(printed.slice(printed.lastIndexOf('\n[') + 1)) as ListedRecord[];
}

function contentsOf(records: ListedRecord[]): string[] {
  return records.map(({ name, ttl, content }) => `${name} ${ttl} ${content}`).sort();
}

describe.skipIf(isMissing)('lexicon over the PowerDNS API', { timeout: 60_000 }, () => {
  it('lists, creates, updates and deletes records', async () => {
    expect(contentsOf(await list(powerdns, 'AAAA'))).toEqual(['www.example.com 3600 2001:db8::80']);
    await powerdns('create', 'A', { name: 'new', content: '192.0.2.1', ttl: '60' });
    await powerdns('create', 'A', { name: 'new', content: '192.0.2.2' });
    const listed = await list(powerdns, 'A', { name: 'new' });
    expect(contentsOf(listed)).toEqual([
      'new.example.com 60 192.0.2.1',
      'new.example.com 60 192.0.2.2',
    ]);
    const { id = '' } = listed.find(({ content }) => content === '192.0.2.2') ?? {};
    await powerdns('update', 'A', { identifier: id, name: 'new', content: '192.0.2.3' });
    expect(contentsOf(await list(powerdns, 'A', { name: 'new' }))).toEqual([
      'new.example.com 60 192.0.2.1',
      'new.example.com 60 192.0.2.3',
    ]);
    await powerdns('delete', 'A', { name: 'new', content: '192.0.2.1' });
    await powerdns('delete', 'A', { name: 'new' });
    expect(await list(powerdns, 'A', { name: 'new' })).toEqual([]);
  });

  it('writes TXT and CNAME records as it means them', async () => {
    await powerdns('create', 'TXT', { name: 'text', content: 'v=spf1 -all' });
    await powerdns('create', 'CNAME', { name: 'short', content: 'www.example.com' });
    expect(contentsOf(await list(powerdns, 'TXT', { name: 'text' }))).toEqual([
      'text.example.com 3600 v=spf1 -all',
    ]);
    expect(contentsOf(await list(powerdns, 'CNAME', { name: 'short' }))).toEqual([
      'short.example.com 3600 www.example.com',
    ]);
  });
});

describe.skipIf(isMissing || !IS_ROOT)('lexicon by UPDATE', { timeout: 60_000 }, () => {
  it('creates, updates and deletes records, signed', async () => {
    await ddns('create', 'A', { name: NEW, content: '192.0.2.1', ttl: '60' });
    const listed = await list(ddns, 'A', { name: NEW });
    expect(contentsOf(listed)).toEqual([`${NEW} 60 192.0.2.1`]);
    await ddns('update', 'A', { name: NEW, content: '192.0.2.3', ttl: '60' });
    expect(contentsOf(await list(ddns, 'A', { name: NEW }))).toEqual([`${NEW} 60 192.0.2.3`]);
    await ddns('delete', 'A', { name: NEW });
    expect(await list(ddns, 'A', { name: NEW })).toEqual([]);
  });
});
