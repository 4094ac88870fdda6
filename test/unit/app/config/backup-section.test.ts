import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '#app/config/load-configuration.ts';

const S3 = '{endpoint: "https://s3.example.net/", bucket: zones, accessKeyFile: k, secretFile: s}';
const SFTP = '{host: h, user: u, keyFile: k, hostKey: "SHA256:abc", directory: /b/}';

function locations(text: string) {
  return parseConfiguration('/etc/h.yaml', `backup: {locations: [${text}]}`).backup.locations;
}

describe('the section backup', () => {
  it('reads the three kinds of locations, each with its own retention if it says so', () => {
    const read = locations(
      `{name: a, directory: b}, {name: c, s3: ${S3}, keep: 3}, {name: d, sftp: ${SFTP}}`,
    );
    expect(read).toEqual([
      { name: 'a', directory: '/etc/b' },
      {
        name: 'c',
        keep: 3,
        s3: {
          endpoint: 'https://s3.example.net',
          bucket: 'zones',
          region: 'us-east-1',
          accessKeyFile: '/etc/k',
          secretFile: '/etc/s',
          pathStyle: true,
        },
      },
      {
        name: 'd',
        sftp: {
          host: 'h',
          port: 22,
          user: 'u',
          keyFile: '/etc/k',
          hostKey: 'SHA256:abc',
          directory: '/b',
        },
      },
    ]);
  });

  it.each([
    ['two kinds in one', `{name: a, directory: b, s3: ${S3}}`, 'one of directory, s3 and sftp'],
    ['none', '{name: a}', 'one of directory, s3 and sftp'],
    [
      'a key and a password',
      `{name: a, sftp: ${SFTP.replace('user: u', 'user: u, passwordFile: p')}}`,
      'one of keyFile and passwordFile',
    ],
    [
      'an SFTP server without its key',
      `{name: a, sftp: ${SFTP.replace('SHA256:abc', '?')}}`,
      'SHA256',
    ],
    ['a path as bucket', `{name: a, s3: ${S3.replace('zones', 'a/b')}}`, 'name of a bucket'],
  ])('refuses %s', (_, text, said) => {
    expect(() => locations(text)).toThrow(said);
  });

  it('lets schedules be left out, and reads recipients', () => {
    const key = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p';
    const { backup } = parseConfiguration(
      '/etc/h.yaml',
      `backup: {incremental: never, drill: never, age: {recipients: [${key}]}}`,
    );
    expect(backup).toMatchObject({ incremental: 'never', drill: 'never' });
    expect(backup.age).toEqual({ recipients: [key] });
    const secret = 'backup: {age: {recipients: [AGE-SECRET-KEY-1QQ]}}';
    expect(() => parseConfiguration('/etc/h.yaml', secret)).toThrow('public key');
  });
});
