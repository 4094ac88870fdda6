// `holdfast zone history|diff|restore|edit` against a real admin server, with editors that are scripts.
import { existsSync } from 'node:fs';
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type AdminFixture,
  API_KEY,
  createExampleZone,
  optionsOf,
  startAdmin,
  ZONES,
} from '../../../kit/admin/admin-fixture.ts';
import { FIRST_SERIAL, NOW } from '../../../kit/admin/admin-parts.ts';
import { holdfast, holdfastAt } from '../../../kit/command-line.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';

const ZONE = 'example.org';

interface Fixture {
  admin: AdminFixture;
  folder: string;
  options: string[];
}

/** Versions: 1 made, 2 and 3 set the address. */
async function openAdmin(): Promise<Fixture> {
  const admin = await startAdmin();
  const folder = await temporaryFolder();
  await createExampleZone(admin);
  await setAddress(admin, [{ content: '192.0.2.2' }]);
  await setAddress(admin, [{ content: '192.0.2.3' }, { content: '192.0.2.9', disabled: true }]);
  return { admin, folder, options: await optionsOf(admin) };
}

async function setAddress(
  admin: AdminFixture,
  records: { content: string; disabled?: boolean }[],
): Promise<void> {
  const rrset = { name: 'www.example.org.', type: 'A', ttl: 300, changetype: 'REPLACE', records };
  await admin.call('PATCH', `${ZONES}/example.org.`, { rrsets: [rrset] });
}

/** The served records but for the SOA. */
async function recordsOf(admin: AdminFixture): Promise<string[]> {
  const view = await admin.zones.open('example.org.');
  let text = '';
  for await (const part of view?.masterFile() ?? []) text += part;
  await view?.close();
  return text.split('\n').filter((line) => line !== '' && !line.includes('\tSOA\t'));
}

/** A script that gets the file as its argument. */
async function makeEditor({ folder }: Fixture, script: string): Promise<string> {
  const path = join(folder, 'editor.sh');
  await writeFile(path, `#!/bin/sh\nset -e\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

/** The file that a failed edit left, which is removed with the test. */
function keptFile(stderr: string): string {
  const file = /your file is (\S+)/.exec(stderr)?.[1] ?? '';
  onTestFinished(() => rm(dirname(file), { recursive: true, force: true }));
  return file;
}

function www(address: string): string {
  return `www.example.org.\t300\tIN\tA\t${address}`;
}

describe('holdfast zone history', () => {
  it('lists the versions for people, and as JSON for scripts', async () => {
    const { options } = await openAdmin();
    const { stdout } = await holdfast('zone', 'history', ZONE, '--limit', '2', ...options);
    const [head, newest, ...rest] = stdout.trimEnd().split('\n');
    expect(head?.split(/ {2,}/)).toEqual([
      'version',
      'at',
      'what',
      'serial',
      'RRsets',
      'who',
      'door',
      'from',
      'receipt',
    ]);
    const serials = `${FIRST_SERIAL + 1} -> ${FIRST_SERIAL + 2}`;
    expect(newest?.split(/ {2,}/)).toEqual([
      '3',
      NOW,
      'change',
      serials,
      '2',
      'admin-key',
      'api',
      '127.0.0.1',
      'r-3',
    ]);
    expect(rest).toHaveLength(1);
    const older = await holdfast('zone', 'history', ZONE, '--before', '2', '--json', ...options);
    expect(JSON.parse(older.stdout)).toMatchObject([{ version: 1, kind: 'create' }]);
    const wrong = await holdfast('zone', 'history', ZONE, '--limit', 'x', ...options);
    expect(wrong).toMatchObject({ exitCode: 2, stdout: '' });
    const none = await holdfast('zone', 'history', 'none.org', ...options);
    expect(none).toMatchObject({ exitCode: 1, stderr: /none\.org/ });
  });
});

describe('holdfast zone diff', () => {
  it('shows the last change, one between versions, and against a file', async () => {
    const fixture = await openAdmin();
    const { options, folder } = fixture;
    const { stdout: last } = await holdfast('zone', 'diff', ZONE, ...options);
    const lines = last.split('\n');
    expect(lines).toContain(`-${www('192.0.2.2')}`);
    expect(lines).toContain(`+${www('192.0.2.3')}`);
    expect(lines).toContain(`+${www('192.0.2.9')}\t; disabled`);
    const { stdout: first } = await holdfast('zone', 'diff', ZONE, '1', '2', ...options);
    expect(first).toContain(`-${www('192.0.2.1')}\n`);

    const { stdout: exported } = await holdfast('zone', 'export', ZONE, ...options);
    const file = join(folder, 'example.zone');
    await writeFile(file, exported.replace('192.0.2.3', '192.0.2.4'));
    const against = await holdfast('zone', 'diff', ZONE, file, ...options);
    expect(against.stdout).toBe(`-${www('192.0.2.3')}\n+${www('192.0.2.4')}\n`);
    const json = await holdfast('zone', 'diff', ZONE, file, '--json', ...options);
    expect(JSON.parse(json.stdout)).toEqual({
      removed: [www('192.0.2.3')],
      added: [www('192.0.2.4')],
      omitted: 0,
    });
  });

  it('says what is wrong with a file or a version', async () => {
    const { options, folder } = await openAdmin();
    const file = join(folder, 'broken.zone');
    await writeFile(file, '@ 60 SOA ns1 host 1 2 3 4 5\n@ NS\n');
    const broken = await holdfast('zone', 'diff', ZONE, file, ...options);
    expect(broken).toMatchObject({ exitCode: 1, stdout: '' });
    expect(broken.stderr).toContain(`${file}:2:`);
    const gone = await holdfast('zone', 'diff', ZONE, '0', '2', ...options);
    expect(gone.exitCode).toBe(1);
    expect((await holdfast('zone', 'diff', ZONE, file, '2', ...options)).exitCode).toBe(2);
  });
});

describe('holdfast zone restore', () => {
  it('shows what it would do, does it, and says when there is nothing to do', async () => {
    const { admin, options } = await openAdmin();
    const tried = await holdfast('zone', 'restore', ZONE, '2', '--dry-run', ...options);
    const serial = `serial ${FIRST_SERIAL + 2} -> ${FIRST_SERIAL + 3}`;
    expect(tried.stdout).toContain(`+${www('192.0.2.2')}\n`);
    expect(tried.stdout).toContain(`example.org.: would be restored to version 2, ${serial}\n`);
    expect(await recordsOf(admin)).toContain(www('192.0.2.3'));
    const done = await holdfast('zone', 'restore', ZONE, '2', ...options);
    expect(done.stdout).toContain(`example.org.: restored to version 2, ${serial} (r-4)\n`);
    expect(await recordsOf(admin)).toContain(www('192.0.2.2'));
    const again = await holdfast('zone', 'restore', ZONE, '2', ...options);
    expect(again).toMatchObject({ exitCode: 0, stdout: 'example.org.: is as version 2 already\n' });
    const gone = await holdfast('zone', 'restore', ZONE, '99', ...options);
    expect(gone).toMatchObject({ exitCode: 1, stderr: /no version 99/ });
  });
});

describe('holdfast zone edit', () => {
  it('shows the difference, asks, and applies it; disabled records stay', async () => {
    const fixture = await openAdmin();
    const { admin, options, folder } = fixture;
    const editor = await makeEditor(
      fixture,
      `cp "$1" ${folder}/seen\nsed -i 's/192.0.2.3/192.0.2.7/; /ns2/d' "$1"\necho 'new 60 TXT "x"' >> "$1"`,
    );
    const terminal = { editor, answers: ['y'] };
    const edited = await holdfastAt(terminal, 'zone', 'edit', ZONE, ...options);
    expect(edited).toEqual({
      exitCode: 0,
      stderr: '',
      stdout:
        `-example.org.\t3600\tIN\tNS\tns2.example.org.\n-${www('192.0.2.3')}\n+new.example.org.\t60\tIN\tTXT\t"x"\n+${www('192.0.2.7')}\n` +
        `example.org.: changed, serial ${FIRST_SERIAL + 2} -> ${FIRST_SERIAL + 3} (r-4)\n`,
    });
    const seen = await readFile(join(folder, 'seen'), 'utf8');
    expect(seen).toContain(`; Zone example.org., serial ${FIRST_SERIAL + 2}.`);
    expect(seen).toContain(`; ${www('192.0.2.9')}\n`);
    expect(await recordsOf(admin)).toEqual([
      'example.org.\t3600\tIN\tNS\tns1.example.org.',
      'new.example.org.\t60\tIN\tTXT\t"x"',
      www('192.0.2.7'),
    ]);
    const view = await admin.call('GET', `${ZONES}/example.org.?rrset_name=www.example.org.`);
    expect(await view.json()).toMatchObject({
      rrsets: [{ records: [{ content: '192.0.2.7' }, { content: '192.0.2.9', disabled: true }] }],
    });
  });

  it('changes nothing when nothing was changed, or when told not to', async () => {
    const fixture = await openAdmin();
    const { admin, options } = fixture;
    const untouched = await holdfastAt({ editor: 'true' }, 'zone', 'edit', ZONE, ...options);
    expect(untouched).toEqual({
      exitCode: 0,
      stdout: 'example.org.: nothing changed\n',
      stderr: '',
    });
    const editor = await makeEditor(fixture, `sed -i 's/192.0.2.3/192.0.2.7/' "$1"`);
    for (const answers of [['n'], []]) {
      const left = await holdfastAt({ editor, answers }, 'zone', 'edit', ZONE, ...options);
      expect(left.exitCode).toBe(1);
      expect(await readFile(keptFile(left.stderr), 'utf8')).toContain('192.0.2.7');
    }
    expect(await recordsOf(admin)).toContain(www('192.0.2.3'));
    const failing = await holdfastAt({ editor: 'false' }, 'zone', 'edit', ZONE, ...options);
    expect(failing).toMatchObject({ exitCode: 1, stderr: /editor 'false' ended with status 1/ });
    keptFile(failing.stderr);
  });

  it('keeps the file when somebody else was quicker', async () => {
    const fixture = await openAdmin();
    const { admin, options, folder } = fixture;
    const body = JSON.stringify({ account: 'quick' });
    await writeFile(join(folder, 'body'), body);
    const url = `${admin.url}${ZONES}/example.org.`;
    const put = `curl -sf -X PUT -H 'X-API-Key: ${API_KEY}' --data @${folder}/body ${url}`;
    const editor = await makeEditor(fixture, `sed -i 's/192.0.2.3/192.0.2.7/' "$1"\n${put}`);
    const late = await holdfastAt({ editor }, 'zone', 'edit', ZONE, '--yes', ...options);
    expect(late.exitCode).toBe(1);
    expect(late.stderr).toContain('somebody else changed example.org. meanwhile');
    expect(await readFile(keptFile(late.stderr), 'utf8')).toContain('192.0.2.7');
    expect(await recordsOf(admin)).toContain(www('192.0.2.3'));
  });

  it('opens the editor again over mistakes, of the file and of the server', async () => {
    const fixture = await openAdmin();
    const { admin, options, folder } = fixture;
    const steps = join(folder, 'step');
    const editor = await makeEditor(
      fixture,
      `case "$(cat ${steps} 2>/dev/null)" in
       '') echo 'bad A nowhere' >> "$1"; echo 1 > ${steps} ;;
       1) sed -i '/nowhere/d' "$1"; echo 'www 60 CNAME x.' >> "$1"; echo 2 > ${steps} ;;
       2) sed -i '/CNAME/d' "$1"; echo 'good 60 A 192.0.2.8' >> "$1"; echo 3 > ${steps} ;;
       esac`,
    );
    const terminal = { editor, answers: ['y', 'y', 'y', 'y'] };
    const edited = await holdfastAt(terminal, 'zone', 'edit', ZONE, ...options);
    expect(edited.exitCode).toBe(0);
    expect(edited.stderr).toMatch(/example\.org\.zone:\d+:\d+: .*nowhere/);
    expect(edited.stderr).toMatch(/RRset www\.example\.org\. IN CNAME: /);
    expect(await readFile(steps, 'utf8')).toBe('3\n');
    expect(await recordsOf(admin)).toContain('good.example.org.\t60\tIN\tA\t192.0.2.8');
    const broken = await makeEditor(fixture, `echo 'bad A nowhere' >> "$1"`);
    const alone = await holdfastAt({ editor: broken }, 'zone', 'edit', ZONE, ...options);
    expect(alone.exitCode).toBe(1);
    expect(existsSync(keptFile(alone.stderr))).toBe(true);
  });
});
