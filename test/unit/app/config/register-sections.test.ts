// The sections of the register: what follows from other keys, and what is refused with its place.
import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '#app/config/load-configuration.ts';
import { configurationErrors } from '../../../kit/configuration-errors.ts';

const SERVER = 'nameserver: {}\n';
const FILES = 'tls: {certificate: a.pem, key: b.pem, clientCa: c.pem}';

const urlOf = (text: string) => parseConfiguration('/etc/h.yaml', `rdds: ${text}`).rdds?.url;
const feedOf = (text: string) => parseConfiguration('/etc/h.yaml', text).sla?.replicaFeed;

describe('the section epp', () => {
  it('reads names and paths, and listens at a free port of loopback', () => {
    const text = `${SERVER}epp: {${FILES}, tlds: [TLD., co.Example.]}`;
    expect(parseConfiguration('/etc/h.yaml', text).epp).toEqual({
      listen: { address: '127.0.0.1', port: 7000, family: 4, optional: false },
      tls: { certificate: '/etc/a.pem', key: '/etc/b.pem', clientCa: '/etc/c.pem' },
      tlds: ['tld.', 'co.example.'],
      replicaKeyFile: '/etc/data/rdds.key',
    });
  });

  it.each([
    ['no zones', 'epp: {tlds: []}', 'h.yaml:2:13: epp.tlds'],
    ['a zone twice', 'epp: {tlds: [tld., TLD.]}', 'h.yaml:2:20: epp.tlds.1'],
    ['a zone without its dot', 'epp: {tlds: [tld]}', 'h.yaml:2:14: epp.tlds.0'],
    ['half of the files', 'epp: {tlds: [tld.], tls: {key: k}}', 'h.yaml:2:26: epp.tls.'],
    ['the world without files', 'epp: {tlds: [a.], listen: "192.0.2.1:700"}', 'h.yaml:2:27: epp.l'],
    [
      'a registrar for trying where tls is for real',
      `epp: {tlds: [a.], ${FILES}, demoRegistrar: demo}`,
      'h.yaml:2:90: epp.demoRegistrar',
    ],
    ['an id that EPP does not have', 'epp: {tlds: [a.], demoRegistrar: a}', 'h.yaml:2:34: '],
    ['the port of another part', 'epp: {tlds: [a.], listen: "127.0.0.1:8081"}', 'h.yaml:2:27: '],
    ['an unknown key', 'epp: {tlds: [a.], port: 700}', 'h.yaml:2:19: epp.port'],
  ])('is refused with %s', (_, text, place) => {
    const errors = configurationErrors(SERVER + text);
    expect(errors).not.toEqual([]);
    expect(errors[0]).toContain(place);
  });

  it('needs a name server in the same file, and a free port once root is given up', () => {
    expect(configurationErrors('epp: {tlds: [tld.]}')[0]).toContain(
      'the register lives in a name server',
    );
    const text = 'nameserver: {user: nobody}\nepp: {tlds: [tld.], listen: "127.0.0.1:700"}';
    expect(configurationErrors(text)[0]).toContain('choose a port from 1024');
  });
});

describe('the section rdds', () => {
  it('asks the server of its own file, unless it names another', () => {
    const { rdds } = parseConfiguration('/etc/h.yaml', 'data: d\nrdds: {}');
    expect(rdds).toMatchObject({
      primary: 'http://127.0.0.1:8081',
      keyFile: '/etc/d/rdds.key',
      listen: { whois: { port: 4343 }, http: { port: 8083 } },
    });
    const other = 'rdds: {primary: "https://a.example:1/", keyFile: k}';
    const primary = { primary: 'https://a.example:1', keyFile: '/etc/k' };
    expect(parseConfiguration('/etc/h.yaml', other).rdds).toMatchObject(primary);
  });

  it('is reached under its own address, unless the world knows it by another', () => {
    expect(urlOf('{}')).toBe('http://127.0.0.1:8083');
    expect(urlOf('{listen: {https: "127.0.0.1:8443"}}')).toBe('https://127.0.0.1:8443');
    expect(urlOf('{url: "https://rdap.example/"}')).toBe('https://rdap.example');
  });

  it('has a sidecar of the same file read its feed, unless that names another', () => {
    expect(feedOf('rdds: {}\nsla: {}')).toBe('http://127.0.0.1:8083');
    expect(feedOf('sla: {replicaFeed: "http://rdds.example:1"}')).toBe('http://rdds.example:1');
    expect(feedOf('sla: {}')).toBeUndefined();
  });

  it('needs a certificate for the world', () => {
    const [error] = configurationErrors('rdds: {listen: {https: "192.0.2.1:443"}}');
    expect(error).toContain('rdds.listen.https: 192.0.2.1:443 is not loopback: it needs tls');
  });

  it('cannot have two services at one address', () => {
    const text = 'rdds: {listen: {whois: "127.0.0.1:43", http: "127.0.0.1:43"}}';
    expect(configurationErrors(text)[0]).toContain(
      'h.yaml:1:46: rdds.listen.http: 127.0.0.1:43 is rdds.list',
    );
  });
});
