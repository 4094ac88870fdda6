// Which files a configuration brings into its server's backups.
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { parseConfiguration } from '#app/config/load-configuration.ts';
import { FILE_KEY, findBackupFiles } from '#app/named-files.ts';

const CONFIGURATION = `
nameserver:
  zones: zones
  tls: { certificate: tls/chain.pem, key: tls/key.pem, clientCa: tls/clients.pem }
  cookies: { secretFile: cookies.secret }
  primaries: [{ address: "192.0.2.1:853", tls: { name: p.example., ca: p.pem }, zones: [example.com.] }]
tsigKeys: [{ name: transfer., secretFile: transfer.secret }]
admin: { apiKeyFile: admin.key }
backup:
  age: { recipients: [RECIPIENT], identityFile: identity.txt }
  locations: [{ name: away, sftp: { host: h, user: u, keyFile: sftp.key, hostKey: "SHA256:x", directory: d } }]
epp: { tls: { certificate: epp.pem, key: epp.key, clientCa: epp-ca.pem }, tlds: [com.] }
servers: [second.yaml]
sla: { contracts: [contracts/own.yaml, icann-base-2023] }
probe: { contract: icann-base-2023 }
`;

it('finds every file that a configuration names, and not the key to the backups', () => {
  const recipient = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p';
  const text = CONFIGURATION.replace('RECIPIENT', recipient);
  const { paths, folders, kept, data } = findBackupFiles(parseConfiguration('/etc/h.yaml', text));
  expect(data).toBe('/etc/data');
  expect(paths).toEqual([
    '/etc/admin.key',
    '/etc/contracts/own.yaml',
    '/etc/cookies.secret',
    '/etc/data/operator.token',
    '/etc/data/probe.token',
    '/etc/data/rdds.key',
    '/etc/epp-ca.pem',
    '/etc/epp.key',
    '/etc/epp.pem',
    '/etc/h.yaml',
    '/etc/p.pem',
    '/etc/second.yaml',
    '/etc/sftp.key',
    '/etc/tls/chain.pem',
    '/etc/tls/clients.pem',
    '/etc/tls/key.pem',
    '/etc/transfer.secret',
  ]);
  expect(folders).toEqual(['/etc/data/epp']);
  expect(kept.map(({ path }) => path)).toEqual(['/etc/identity.txt', '/etc/zones']);
});

it('knows by its name every key that the reference calls a file', async () => {
  const page = await readFile('docs/reference/configuration.md', 'utf8');
  const rows = [...page.matchAll(/^\| `([^`]+)` \|[^|]*\| (?:PEM file|File) (?:of|with) /gm)];
  expect(rows.length).toBeGreaterThan(25);
  const odd = rows
    .map(([, key]) => key.split('.').at(-1) ?? '')
    .filter((key) => !FILE_KEY.test(key));
  expect(odd).toEqual([]);
});
