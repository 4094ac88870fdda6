// Exit statuses and lines: usage errors, files with errors, and commands over the admin API.
import { createReadStream, existsSync, globSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { describeRows } from '#app/describe-rows.ts';
import { backupFixture, runBackup } from '../../../kit/backup-fixture.ts';
import { holdfast } from '../../../kit/command-line.ts';
import { freePort } from '../../../kit/free-port.ts';
import { listenHttp } from '../../../kit/http-listener.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';

/** Options that lead to a server that answers so. */
async function admin(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string[]> {
  const keyFile = join(await temporaryFolder(), 'admin.key');
  await writeFile(keyFile, 'a-key-of-enough-octets-for-anyone\n', { mode: 0o600 });
  return ['--api', await listenHttp(answer), '--key-file', keyFile];
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

describe('wrong usage', () => {
  it.each([
    ['an unknown command', ['frob']],
    ['an unknown option', ['up', '--frob']],
    ['a missing argument', ['zone', 'export']],
    ['a name that is none', ['zone', 'delete', 'a..b']],
    ['a server that is no URL', ['zone', 'list', '--api', 'localhost']],
    ['no whole milliseconds', ['check', 'answer', '--name', 'a.', '--timeout', 'soon']],
    ['a server that is no address', ['check', 'answer', '--name', 'a.', '--server', 'here']],
  ])('%s is status 2 and one line', async (_, args) => {
    const { exitCode, stdout, stderr } = await holdfast(...args);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^holdfast: [^\n]+\n$/);
  });

  it('that the parser finds points to the help', async () => {
    const { stderr } = await holdfast('zone', 'frob');
    expect(stderr).toBe("holdfast: unknown command 'frob'; --help shows what there is\n");
  });

  it('asking for the version by an option is not wrong', async () => {
    const { exitCode, stdout } = await holdfast('--version');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^holdfast \d/);
  });

  it('asking for help is not wrong', async () => {
    const { exitCode, stdout } = await holdfast('zone', '--help');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('import');
  });
});

describe('check config', () => {
  it('prints a line per error as FILE:LINE:COLUMN and ends with 1', async () => {
    const file = join(await temporaryFolder(), 'h.yaml');
    await writeFile(file, 'admin: 5\nfrob: 1\n');
    const { exitCode, stderr } = await holdfast('check', 'config', file);
    expect(exitCode).toBe(1);
    expect(stderr.split('\n').map((line) => line.replace(file, 'F').slice(0, 7))).toEqual([
      'F:1:8: ',
      'F:2:1: ',
      '',
    ]);
  });

  it('and up say every error of the files of further servers, before anything runs', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'h.yaml');
    await writeFile(file, 'nameserver: {}\nservers: [ns2.yaml, ns3.yaml]\n');
    await writeFile(join(folder, 'ns2.yaml'), 'nameserver: {}\nfrob: 1\n');
    await writeFile(join(folder, 'ns3.yaml'), 'admin: {}\n');
    for (const command of [
      ['check', 'config', file],
      ['up', '--config', file],
    ]) {
      const { exitCode, stdout, stderr } = await holdfast(...command);
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
      const [second, third, ...rest] = stderr.split('\n');
      expect(second).toContain(`${folder}/ns2.yaml:2:1: frob: unknown key`);
      expect(third).toContain(`${folder}/ns3.yaml:1:1: nameserver: missing`);
      expect(rest).toEqual(['']);
    }
    await writeFile(file, 'nameserver: {}\nservers: [gone.yaml]\n');
    const { exitCode, stderr } = await holdfast('check', 'config', file);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`${folder}/gone.yaml: no such file`);
  });

  it('says ok for a file without one', async () => {
    const { exitCode, stdout } = await holdfast('check', 'config', 'config/holdfast.yaml');
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'config/holdfast.yaml: ok\n' });
  });
});

describe('check zone', () => {
  it('says ok for each demo zone', async () => {
    for (const file of globSync('zones/*.zone')) {
      const origin = basename(file, '.zone');
      const { exitCode, stderr } = await holdfast('check', 'zone', file, '--origin', origin);
      expect({ file, exitCode, stderr }).toEqual({ file, exitCode: 0, stderr: '' });
    }
  });

  it('prints a line per error as FILE:LINE:COLUMN and ends with 1', async () => {
    const file = join(await temporaryFolder(), 'a.zone');
    await writeFile(file, '@ 60 IN SOA a. b. 1 2 3 4 5\n@ 60 IN NS a.\nx 60 IN A 1.2.3\n');
    const { exitCode, stderr } = await holdfast('check', 'zone', file, '--origin', 'a.example');
    expect(exitCode).toBe(1);
    expect(stderr.replace(file, 'F')).toMatch(/^F:3:11: [^\n]+\n$/);
  });
});

describe('restore', () => {
  it.each([
    ['a location that is not there', ['--from', '/nonexistent']],
    ['a time without a zone', ['--from', '.', '--at', '2026-11-22T12:00:00']],
    ['both an id and a time', ['--from', '.', '--id', 'x', '--at', '2026-11-22T12:00:00Z']],
  ])('with %s is status 2', async (_, args) => {
    const { exitCode, stderr } = await holdfast('restore', '--into', 'nowhere', ...args);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^holdfast: --[^\n]+\n$/);
  });

  it('of a folder without backups fails and makes nothing', async () => {
    const folder = await temporaryFolder();
    const into = join(folder, 'data');
    const { exitCode, stderr } = await holdfast('restore', '--from', folder, '--into', into);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('(BACKUP_NOT_FOUND)');
    expect(existsSync(into)).toBe(false);
  });
});

it('restore says that the newest backup is from a time that is still to come', async () => {
  const { options, folder, setNow } = await backupFixture();
  const made = { ...options, describe: describeRows };
  const restored = async (name: string): Promise<string> => {
    const into = join(folder, name);
    return (await holdfast('restore', '--from', join(folder, 'a'), '--into', into)).stdout;
  };
  await runBackup(made);
  expect(await restored('first')).not.toContain('still to come');
  setNow('2126-11-22T12:00:00Z');
  await runBackup(made);
  expect(await restored('second')).toContain('from a time that is still to come');
});

describe('commands over the admin API', () => {
  it('list zones as a table, and as JSON for scripts', async () => {
    const zones = [{ name: 'example.com.', serial: 7, kind: 'Native', id: 'x' }];
    const options = await admin((request, response) => {
      expect(request.headers['x-api-key']).toBe('a-key-of-enough-octets-for-anyone');
      sendJson(response, 200, zones);
    });
    const table = await holdfast('zone', 'list', ...options);
    expect(table.stdout).toBe('zone          serial  kind\nexample.com.  7       Native\n');
    const script = await holdfast('zone', 'list', '--json', ...options);
    expect(JSON.parse(script.stdout)).toEqual([
      { name: 'example.com.', serial: 7, kind: 'Native' },
    ]);
  });

  it('export a zone as the text that the server sent', async () => {
    const options = await admin((request, response) => {
      expect(request.url).toBe('/api/v1/servers/localhost/zones/example.com./export');
      response.end('example.com.\t60\tIN\tTXT\t"é"\n');
    });
    const { stdout } = await holdfast('zone', 'export', 'Example.com', ...options);
    expect(stdout).toBe('example.com.\t60\tIN\tTXT\t"é"\n');
  });

  it('import a file of many chunks whole, and say how many records there were', async () => {
    const file = join(await temporaryFolder(), 'big.zone');
    await writeFile(file, 'x'.repeat(3_000_000));
    let size = 0;
    const options = await admin((request, response) => {
      expect(request.url).toBe('/api/holdfast/v1/zones/example.com./import?force=true');
      expect(request.headers['content-type']).toBe('text/dns');
      request.on('data', (chunk: Buffer) => (size += chunk.length));
      const warnings = [{ line: 4, column: 1, code: 'ZONE_GLUE_MISSING', message: 'no glue' }];
      request.on('end', () => sendJson(response, 200, { records: 12, warnings }));
    });
    const command = ['zone', 'import', 'example.com', file, '--force', ...options];
    const { stdout, stderr } = await holdfast(...command);
    expect(stdout).toBe('example.com.: imported, 12 records\n');
    expect(stderr).toBe(`${file}:4:1: warning: no glue\n`);
    expect(size).toBe(3_000_000);
  });

  it('print the errors of an imported file with their places in it', async () => {
    const file = join(await temporaryFolder(), 'bad.zone');
    await writeFile(file, 'bad\n');
    const errors = [
      { line: 3, column: 5, code: 'ZONEFILE_SYNTAX', message: 'expected a type, found "X"' },
      { line: 0, column: 0, code: 'ZONE_NO_NS', message: 'no NS at the apex' },
    ];
    const options = await admin((request, response) => {
      request.resume().on('end', () => sendJson(response, 422, { detail: 'refused', errors }));
    });
    const { exitCode, stderr } = await holdfast('zone', 'import', 'a.', file, ...options);
    expect(exitCode).toBe(1);
    expect(stderr).toBe(
      `${file}:3:5: expected a type, found "X"\n${file}:1:1: no NS at the apex\n`,
    );
  });

  it('believe a refusal that comes before the upload is over', async () => {
    const file = join(await temporaryFolder(), 'big.zone');
    await writeFile(file, 'x'.repeat(8_000_000));
    const options = await admin((_, response) =>
      sendJson(response, 401, { error: 'Unauthorized' }),
    );
    const { exitCode, stderr } = await holdfast('zone', 'import', 'a.', file, ...options);
    expect(exitCode).toBe(1);
    expect(stderr).toBe(
      'holdfast: POST /api/holdfast/v1/zones/a./import: ' +
        'Unauthorized; check --key-file (ADMIN_REFUSED)\n',
    );
  });

  it('say which file cannot be read before they ask the server anything', async () => {
    const options = await admin(() => expect.unreachable());
    const { exitCode, stderr } = await holdfast('zone', 'import', 'a.', '/nonexistent', ...options);
    expect(exitCode).toBe(1);
    expect(stderr).toBe(
      'holdfast: /nonexistent: there is no such file or folder; name a readable master file ' +
        '(IMPORT_UNREADABLE)\n',
    );
  });

  it('say where to look for the names of zones when one is not there', async () => {
    const options = await admin((_, response) => sendJson(response, 404, { error: 'Not Found' }));
    for (const command of ['delete', 'export']) {
      const { exitCode, stderr } = await holdfast('zone', command, 'a.', ...options);
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/zones\/a\..*: Not Found; "holdfast zone list" shows/);
    }
  });

  it('say where they looked when nobody listens there', async () => {
    const [, , ...key] = await admin(() => undefined);
    const api = `http://127.0.0.1:${await freePort()}`;
    const { exitCode, stderr } = await holdfast('zone', 'list', '--api', api, ...key);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      new RegExp(`^holdfast: ${api}: .*ECONNREFUSED.*\\(ADMIN_UNREACHABLE\\)`),
    );
  });

  it('fail when one location of a backup has no good copy, and show all of them', async () => {
    const locations = [
      { location: 'disk-1', stored: true, verified: true, kind: 'full', message: null },
      { location: 'disk-2', stored: false, verified: false, kind: null, message: 'disk full' },
    ];
    const leftOut = [{ path: '/etc/h.key', reason: 'permission denied' }];
    const run = { id: 'b-1', locations, leftOut };
    const options = await admin((_, response) => sendJson(response, 200, run));
    const { exitCode, stdout, stderr } = await holdfast('backup', 'now', ...options);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^disk-1 +full +verified/m);
    expect(stdout).toMatch(/^disk-2 +failed +disk full$/m);
    expect(stderr).toContain('/etc/h.key is not in the backup: permission denied\n');
    expect(stderr).toContain('no good copy in disk-2');
  });

  it('ask for the copy that was named when they verify', async () => {
    let asked: unknown;
    const options = await admin((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        asked = JSON.parse(Buffer.concat(chunks).toString());
        sendJson(response, 200, { backups: [{ id: 'b-1', location: 'd', good: true }] });
      });
    });
    const { exitCode } = await holdfast('backup', 'verify', '--id', 'b-1', ...options);
    expect(exitCode).toBe(0);
    expect(asked).toEqual({ id: 'b-1' });
  });

  it('take URL and key from the configuration where neither is given', async () => {
    const folder = await temporaryFolder();
    const url = await listenHttp((request, response) => {
      sendJson(response, 200, [{ name: request.headers['x-api-key'], serial: 1, kind: 'Native' }]);
    });
    await writeFile(join(folder, 'k'), 'key-of-the-configuration-file-here\n', { mode: 0o600 });
    const config = join(folder, 'h.yaml');
    await writeFile(config, `admin: {listen: "${url.slice('http://'.length)}", apiKeyFile: k}\n`);
    const { stdout } = await holdfast('zone', 'list', '--config', config);
    expect(stdout).toContain('key-of-the-configuration-file-here');
  });
});

describe('version', () => {
  it('is the one of package.json', async () => {
    const manifest = JSON.parse(await text(createReadStream('package.json'))) as {
      version: string;
    };
    expect((await holdfast('version')).stdout).toContain(`holdfast ${manifest.version} `);
  });
});
