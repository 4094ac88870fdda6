// `nameserver.primaries` and `role: secondary`.
import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '#app/config/load-configuration.ts';
import { errorMessage } from '#base/coded-error.ts';

function read(primary: string) {
  const text = `nameserver: {role: secondary, primaries: [${primary}]}`;
  return parseConfiguration('/etc/h.yaml', text).nameserver?.primaries[0];
}

function errorOf(text: string): string {
  try {
    parseConfiguration('h.yaml', text);
    return 'none';
  } catch (error) {
    return errorMessage(error);
  }
}

describe('the primaries of a configuration', () => {
  it('are reached at port 53, over TLS at 853, or where they say', () => {
    expect(read('{address: 192.0.2.1}')?.address).toEqual({ address: '192.0.2.1', port: 53 });
    expect(read('{address: "2001:db8::1"}')?.address.port).toBe(53);
    expect(read('{address: "[2001:db8::1]:5300"}')?.address).toEqual({
      address: '2001:db8::1',
      port: 5300,
    });
    const tls = read('{address: 192.0.2.1, tls: {name: NS1.example., ca: ca.pem}}');
    expect(tls?.address.port).toBe(853);
    expect(tls?.tls).toEqual({ name: 'ns1.example.', ca: '/etc/ca.pem', pins: [] });
  });

  it('name keys, zones and catalogs in their canonical form', () => {
    const entry = read('{address: 192.0.2.1, key: Xfer, zones: [A.example.], catalog: C.example.}');
    expect(entry).toMatchObject({ key: 'xfer.', zones: ['a.example.'], catalog: 'c.example.' });
  });

  it.each([
    ['{address: here}', /primaries\.0\.address: .*ADDRESS:PORT/],
    ['{zones: [a.]}', /primaries\.0\.address: write ADDRESS:PORT/],
    ['{address: 192.0.2.1, source: here}', /source: 'here' is not an IP address/],
    ['{address: 192.0.2.1, tls: {}}', /tls: give name or pins/],
    ['{address: 192.0.2.1, tls: {pins: [x]}}', /pins\.0: write the SHA-256/],
    ['{address: 192.0.2.1, tls: {name: a., key: k}}', /certificate and key go together/],
    ['{address: 192.0.2.1, zones: [a., A.]}', /zones\.1: "a\." is there twice/],
    ['{address: 192.0.2.1, port: 53}', /primaries\.0\.port: unknown key/],
  ])('are refused as %s', (primary, message) => {
    expect(errorOf(`nameserver: {primaries: [${primary}]}`)).toMatch(message);
  });

  it('are what a secondary has, instead of master files', () => {
    expect(errorOf('nameserver: {role: secondary}')).toMatch(/role: a secondary needs primaries/);
    const both = 'nameserver: {role: secondary, zones: z, primaries: [{address: 192.0.2.1}]}';
    expect(errorOf(both)).toMatch(/zones: a secondary has no master files/);
    expect(errorOf('nameserver: {role: third}')).toMatch(/role: write primary or secondary/);
  });
});
