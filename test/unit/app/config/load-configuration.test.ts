// The configuration: defaults, paths, and every error with its place.
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { readEnvironment } from '#app/config/environment.ts';
import { loadConfiguration, parseConfiguration } from '#app/config/load-configuration.ts';
import { requireSection } from '#app/config/require-section.ts';
import { configurationErrors } from '../../../kit/configuration-errors.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';

describe('a configuration', () => {
  it('fills in defaults that follow from other keys', () => {
    const text = 'data: d\nnameserver: {}\nprobe: {}\nsla: {}\nadmin: {listen: "127.0.0.1:9000"}';
    const parsed = parseConfiguration('/etc/holdfast/h.yaml', text);
    expect(parsed.file).toBe('/etc/holdfast/h.yaml');
    expect(parsed.data).toBe('/etc/holdfast/d');
    expect(parsed.admin.apiKeyFile).toBe('/etc/holdfast/d/admin.key');
    expect(parsed.sla?.ledger).toBe('/etc/holdfast/ledger');
    expect(parsed.sla?.scrape).toEqual([
      'http://127.0.0.1:9000/metrics',
      'http://127.0.0.1:8084/metrics',
    ]);
    expect(parsed.backup).toEqual({
      schedule: '0 */6 * * *',
      incremental: '30 * * * *',
      drill: '0 3 * * *',
      locations: [],
      keep: 28,
      daily: 0,
      weekly: 4,
      monthly: 3,
    });
    expect(Object.keys(parsed.probe?.nameservers ?? {})).toEqual(['ns1.']);
  });

  it('reads addresses of both families, and marks those that the machine may lack', () => {
    const text = 'nameserver: {listen: ["127.0.0.1:53", {address: "[::1]:53", optional: true}]}';
    expect(parseConfiguration('h.yaml', text).nameserver?.listen).toEqual([
      { address: '127.0.0.1', port: 53, family: 4, optional: false },
      { address: '::1', port: 53, family: 6, optional: true },
    ]);
  });

  it('brings domain names into their canonical form', () => {
    const text = 'probe: {zone: Example.COM., update: {zone: "probe.Example."}}';
    const { probe } = parseConfiguration('h.yaml', text);
    expect(probe?.zone).toBe('example.com.');
    expect(probe?.update).toMatchObject({ zone: 'probe.example.', api: 'http://127.0.0.1:8081' });
  });
});

describe('DNS over TLS and the user of a configuration', () => {
  it('has its own certificate at loopback, and needs files elsewhere', () => {
    const { nameserver } = parseConfiguration('h.yaml', 'nameserver: {tls: {}}');
    expect(nameserver?.tls?.listen.map(({ port }) => port)).toEqual([8853]);
    expect(
      configurationErrors('nameserver: {tls: {listen: ["127.9.9.9:853", "[::1]:853"]}}'),
    ).toEqual([]);
    for (const address of ['192.0.2.1:853', '0.0.0.0:853', '[::]:853', '[2001:db8::1]:853']) {
      const at = `nameserver: {tls: {listen: ["${address}"`;
      expect(configurationErrors(`${at}]}}`).join()).toMatch(
        /is not loopback: it needs certificate and key/,
      );
      expect(configurationErrors(`${at}], certificate: c.pem, key: k.pem}}`)).toEqual([]);
    }
    expect(configurationErrors('nameserver: {tls: {key: k.pem}}').join()).toMatch(
      /give both, or neither/,
    );
  });

  it('cannot share a TCP address with another part', () => {
    const shared = 'nameserver: {listen: ["127.0.0.1:853"], tls: {listen: ["127.0.0.1:853"]}}';
    expect(configurationErrors(shared).join()).toMatch(
      /127\.0\.0\.1:853 is nameserver\.listen's already/,
    );
    const admin = 'nameserver: {tls: {listen: ["127.0.0.1:8081"]}}';
    expect(configurationErrors(admin).join()).toMatch(/is nameserver\.tls\.listen's already/);
  });

  it('refuses a low port for the admin API with a user, and a group without one', () => {
    const low = 'admin: {listen: "127.0.0.1:80"}';
    expect(configurationErrors(`nameserver: {}\n${low}`)).toEqual([]);
    expect(configurationErrors(`nameserver: {user: nobody}\n${low}`).join()).toMatch(
      /port from 1024/,
    );
    expect(configurationErrors('nameserver: {group: nogroup}').join()).toMatch(
      /add user or remove group/,
    );
  });
});

describe('the environment', () => {
  it('hands over sockets to the process that it names only', () => {
    const LISTEN_FDS = '2';
    expect(readEnvironment({ LISTEN_FDS, LISTEN_PID: `${process.pid}` }).inheritedCount).toBe(2);
    expect(readEnvironment({ LISTEN_FDS, LISTEN_PID: '1' }).inheritedCount).toBe(0);
    expect(readEnvironment({ LISTEN_FDS }).inheritedCount).toBe(0);
    const odd = { LISTEN_FDS: 'x', LISTEN_PID: `${process.pid}` };
    expect(readEnvironment(odd).inheritedCount).toBe(0);
  });
});

describe('a wrong configuration', () => {
  it('is refused with all its errors at once, in the order of the file', () => {
    const errors = configurationErrors(
      [
        'nameserver:',
        '  listen: ["127.0.0.1"]',
        '  threds: 1',
        'admin: 5',
        'backup:',
        '  schedule: hourly',
        '  locations:',
        '    - name: a',
      ].join('\n'),
    );
    expect(errors.map((line) => line.split(': ').slice(0, 2).join(': '))).toEqual([
      'h.yaml:2:12: nameserver.listen.0',
      'h.yaml:3:3: nameserver.threds',
      'h.yaml:4:8: admin',
      'h.yaml:6:13: backup.schedule',
      'h.yaml:8:7: backup.locations.0',
    ]);
  });

  it.each([
    ['a key twice', 'data: a\ndata: b', 'h.yaml:2:1: '],
    ['broken YAML', 'data: [', 'h.yaml:1:8: '],
    ['an unknown tag', 'data: !path a', 'h.yaml:1:7: '],
    ['two documents', 'data: a\n---\ndata: b', 'h.yaml:2:1: '],
    ['no mapping', '- a', 'h.yaml:1:1: '],
    ['nothing', '', 'h.yaml:1:1: '],
    ['a listen address twice', 'nameserver: {listen: ["[::1]:53", "[::1]:53"]}', 'there twice'],
    [
      'a location twice',
      'backup: {locations: [{name: a, directory: b}, {name: a, directory: c}]}',
      'there twice',
    ],
    [
      'one address for two parts',
      'nameserver: {listen: ["127.0.0.1:8081"]}',
      "is nameserver.listen's already",
    ],
    ['a port out of range', 'admin: {listen: "127.0.0.1:65536"}', '65535'],
    ['a host name', 'admin: {listen: "localhost:80"}', 'IPv4 address'],
    ['threads that are no number', 'nameserver: {threads: many}', 'whole number'],
    ['no threads at all', 'nameserver: {threads: 0}', 'nameserver.threads'],
    [
      'an access list with a host name',
      'nameserver: {transfer: {allow: [ns2.example.com]}}',
      'is no entry of an access list',
    ],
    [
      'a certificate that nobody asks for',
      'nameserver: {tls: {}, transfer: {allow: ["127.0.0.1", "cert:ns2.example"]}}',
      'transfer.allow.1: certificates are asked for with nameserver.tls.clientCa',
    ],
    ['nobody at a time', 'nameserver: {transfer: {concurrent: 0}}', 'transfer.concurrent'],
    ['a schedule with seconds', 'backup: {schedule: "0 0 * * * *"}', 'five cron fields'],
  ])('is refused with its place: %s', (_, text, expected) => {
    const errors = configurationErrors(text);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(expected);
    expect(errors[0]).toMatch(/^h\.yaml:\d+:\d+: /);
  });

  it('is refused, not expanded, when it is a bomb of aliases', () => {
    const levels = Array.from({ length: 9 }, (_, i) => {
      const inner = i === 0 ? 'x' : `*a${i - 1}`;
      return `a${i}: &a${i} [${Array.from({ length: 9 }, () => inner).join(', ')}]`;
    });
    expect(configurationErrors(levels.join('\n'))).toEqual([
      expect.stringMatching(/^h\.yaml:1:1: .*alias/),
    ]);
  });
});

describe('a configuration file', () => {
  it('that is missing, a folder or not text is refused by name', async () => {
    const folder = await temporaryFolder();
    const missing = join(folder, 'missing.yaml');
    await expect(loadConfiguration(missing)).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' });
    await expect(loadConfiguration(missing)).rejects.toThrow(`${missing}: no such file`);
    await expect(loadConfiguration(folder)).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' });
    const binary = join(folder, 'binary.yaml');
    await writeFile(binary, Uint8Array.of(0xff, 0xfe, 0x00));
    await expect(loadConfiguration(binary)).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' });
  });

  it.skipIf(process.getuid?.() === 0)('that may not be read is refused by name', async () => {
    const file = join(await temporaryFolder(), 'secret.yaml');
    await writeFile(file, 'data: a');
    await chmod(file, 0);
    await expect(loadConfiguration(file)).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' });
  });

  it('without the section of a process is refused by that process', () => {
    const parsed = parseConfiguration('/h.yaml', 'admin: {}');
    expect(() => requireSection(parsed, 'sla')).toThrow('/h.yaml:1:1: sla: missing');
    expect(requireSection(parseConfiguration('/h.yaml', 'sla: {}'), 'sla').contracts).toEqual([
      'biz-2013-lab',
    ]);
  });
});
