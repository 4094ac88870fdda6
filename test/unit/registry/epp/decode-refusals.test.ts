import { describe, expect, it } from 'vitest';
import { RegistryError } from '#registry/model/result.ts';
import { commandOf, loginCommand, uriOf } from '../../../kit/epp/epp-client.ts';
import {
  DS_XML,
  fee,
  KEY_XML,
  objectCommand,
  REPORT_XML,
  rgp,
  secDns,
  transferCommand,
} from '../../../kit/epp/epp-frames.ts';
import { useSchemas } from '../../../kit/epp/own-schemas.ts';

const { decode } = useSchemas();

function refusalOf(xml: string): { result: number; reason: string; element: string | undefined } {
  const { request } = decode(xml);
  if (!(request instanceof RegistryError)) throw new Error(`not refused: ${request.type}`);
  return { result: request.result, reason: request.reason, element: request.offender?.element };
}

const NAME = '<domain:name>a.tld</domain:name>';
const AUTH = '<domain:authInfo><domain:pw>2fooBAR</domain:pw></domain:authInfo>';
const LONG = 'a'.repeat(65);

describe('a frame is refused', () => {
  it.each([
    // What is not XML, or more than EPP has use for.
    ['that is empty', '', 2001],
    ['that is no XML', 'GET / HTTP/1.1', 2001],
    ['that is not well-formed', '<epp><command></epp>', 2001],
    ['of another root', '<foo xmlns="urn:ietf:params:xml:ns:epp-1.0"/>', 2001],
    ['without the namespace', '<epp><hello/></epp>', 2001],
    ['with a document type', `<!DOCTYPE epp [<!ENTITY x "y">]>${commandOf('<logout/>')}`, 2001],
    ['with an entity that is not defined', commandOf('<logout>&xxe;</logout>'), 2001],
    ['with a processing instruction', commandOf('<logout/><?php 1?>'), 2001],
    ['in another encoding', '<?xml version="1.0" encoding="UTF-16"?><a/>', 2001],
    ['of 300 levels', '<a>'.repeat(300) + '</a>'.repeat(300), 2001],
    ['of 5000 elements', `<epp>${'<a/>'.repeat(5000)}</epp>`, 2001],
    ['with NULs', commandOf('<logout/>\u0000'), 2001],
    // Commands.
    ['of a command that EPP has not', commandOf('<destroy/>'), 2000],
    ['with no command', commandOf(''), 2000],
    [
      'of what a server sends',
      '<epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><response/></epp>',
      2000,
    ],
    [
      'of an extended protocol',
      '<epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><extension/></epp>',
      2103,
    ],
    ['of a verb without its object', commandOf('<check/>'), 2001],
    ['of an object of nobody', commandOf('<check><x:check xmlns:x="urn:x"/></check>'), 2307],
    [
      'of a verb that hosts have not',
      transferCommand('domain', 'query', '').replaceAll('domain', 'host'),
      2101,
    ],
    [
      'of a renewal of a contact',
      objectCommand('contact', 'renew', '<contact:id>abc</contact:id>'),
      2101,
    ],
    [
      'whose verbs differ',
      commandOf(`<check><domain:info xmlns:domain="${uriOf('domain-1.0')}"/></check>`),
      2001,
    ],
    // Extensions.
    [
      'with an extension of nobody',
      objectCommand('domain', 'delete', NAME, '<x:y xmlns:x="urn:x"/>'),
      2103,
    ],
    [
      'with an extension that is not of this command',
      objectCommand('domain', 'delete', NAME, secDns('create', DS_XML)),
      2103,
    ],
    [
      'with an extension of another verb',
      objectCommand('domain', 'create', NAME + AUTH, secDns('update', '')),
      2103,
    ],
    [
      'with an extension twice',
      objectCommand('domain', 'create', NAME + AUTH, secDns('create', DS_XML).repeat(2)),
      2001,
    ],
    [
      'with fees of a host',
      objectCommand(
        'host',
        'create',
        '<host:name>a</host:name>',
        fee('create', '<fee:fee>1</fee:fee>'),
      ),
      2103,
    ],
    // The schema.
    ['with an id that is too short', commandOf('<logout/>', 'ab'), 2001],
    ['with an id that is too long', commandOf('<logout/>', LONG), 2001],
    ['with a name that is empty', objectCommand('domain', 'check', '<domain:name/>'), 2001],
    [
      'with a name that is too long',
      objectCommand('domain', 'check', `<domain:name>${'a'.repeat(256)}</domain:name>`),
      2001,
    ],
    ['without authorisation information', objectCommand('domain', 'create', NAME), 2001],
    ['with elements in another order', objectCommand('domain', 'create', AUTH + NAME), 2001],
    [
      'with a period of 100',
      objectCommand(
        'domain',
        'create',
        `${NAME}<domain:period unit="y">100</domain:period>${AUTH}`,
      ),
      2001,
    ],
    [
      'with a period of 0',
      objectCommand('domain', 'create', `${NAME}<domain:period unit="y">0</domain:period>${AUTH}`),
      2001,
    ],
    [
      'with a status that is none',
      objectCommand(
        'domain',
        'update',
        `${NAME}<domain:add><domain:status s="gone"/></domain:add>`,
      ),
      2001,
    ],
    [
      'with a date that is none',
      objectCommand('domain', 'renew', `${NAME}<domain:curExpDate>soon</domain:curExpDate>`),
      2001,
    ],
    [
      'with a transfer of an operation that is none',
      transferCommand('domain', 'steal', NAME),
      2001,
    ],
    [
      'with a key tag beyond 16 bits',
      objectCommand(
        'domain',
        'create',
        NAME + AUTH,
        secDns('create', DS_XML.replace('12345', '65536')),
      ),
      2001,
    ],
    [
      'with a digest that is not hex',
      objectCommand(
        'domain',
        'create',
        NAME + AUTH,
        secDns('create', DS_XML.replace('49fd', 'zzzz')),
      ),
      2001,
    ],
    ['with a password that is too short', loginCommand({ id: 'ClientX', password: 'five5' }), 2001],
    [
      'with a password that is too long',
      loginCommand({ id: 'ClientX', password: 'a'.repeat(17) }),
      2001,
    ],
    // What the schema cannot say.
    [
      'of name servers as attributes',
      objectCommand(
        'domain',
        'create',
        `${NAME}<domain:ns><domain:hostAttr><domain:hostName>ns.a.tld</domain:hostName></domain:hostAttr></domain:ns>${AUTH}`,
      ),
      2306,
    ],
    ['with keys', objectCommand('domain', 'create', NAME + AUTH, secDns('create', KEY_XML)), 2306],
    [
      'with a key beside a digest',
      objectCommand(
        'domain',
        'create',
        NAME + AUTH,
        secDns('create', DS_XML.replace('</secDNS:dsData>', `${KEY_XML}</secDNS:dsData>`)),
      ),
      2306,
    ],
    [
      'that removes keys',
      objectCommand(
        'domain',
        'update',
        NAME,
        secDns('update', `<secDNS:rem>${KEY_XML}</secDNS:rem>`),
      ),
      2306,
    ],
    [
      'that removes not all',
      objectCommand(
        'domain',
        'update',
        NAME,
        secDns('update', '<secDNS:rem><secDNS:all>0</secDNS:all></secDNS:rem>'),
      ),
      2306,
    ],
    [
      'with a life of signatures',
      objectCommand(
        'domain',
        'create',
        NAME + AUTH,
        secDns('create', `<secDNS:maxSigLife>604800</secDNS:maxSigLife>${DS_XML}`),
      ),
      2102,
    ],
    [
      'that changes the life of signatures',
      objectCommand(
        'domain',
        'update',
        NAME,
        secDns('update', '<secDNS:chg><secDNS:maxSigLife>604800</secDNS:maxSigLife></secDNS:chg>'),
      ),
      2102,
    ],
    [
      'that is urgent',
      objectCommand(
        'domain',
        'update',
        NAME,
        secDns('update', `<secDNS:add>${DS_XML}</secDNS:add>`, ' urgent="true"'),
      ),
      2102,
    ],
    [
      'of 13 months',
      objectCommand('domain', 'create', `${NAME}<domain:period unit="m">13</domain:period>${AUTH}`),
      2306,
    ],
    [
      'that sets ok',
      objectCommand('domain', 'update', `${NAME}<domain:add><domain:status s="ok"/></domain:add>`),
      2306,
    ],
    [
      'that removes linked',
      objectCommand(
        'host',
        'update',
        '<host:name>a.tld</host:name><host:rem><host:status s="linked"/></host:rem>',
      ),
      2306,
    ],
    [
      'with a contact of no type',
      objectCommand('domain', 'create', `${NAME}<domain:contact>abc</domain:contact>${AUTH}`),
      2003,
    ],
    [
      'with authorisation information of another kind',
      objectCommand(
        'domain',
        'create',
        `${NAME}<domain:authInfo><domain:ext><a xmlns="urn:ietf:params:xml:ns:rgp-1.0"/></domain:ext></domain:authInfo>`,
      ),
      2001,
    ],
    ['that acknowledges nothing', commandOf('<poll op="ack"/>'), 2003],
    [
      'with thousandths of money',
      objectCommand('domain', 'create', NAME + AUTH, fee('create', '<fee:fee>1.001</fee:fee>')),
      2004,
    ],
    [
      'with a fee below zero',
      objectCommand('domain', 'create', NAME + AUTH, fee('create', '<fee:fee>-1</fee:fee>')),
      2001,
    ],
    [
      'that asks for a launch phase',
      objectCommand(
        'domain',
        'check',
        NAME,
        fee('check', '<fee:command name="create" phase="sunrise"/>'),
      ),
      2102,
    ],
    [
      'that asks for a command of its own',
      objectCommand('domain', 'check', NAME, fee('check', '<fee:command name="custom"/>')),
      2102,
    ],
    [
      'of a report without one',
      objectCommand('domain', 'update', NAME, rgp('<rgp:restore op="report"/>')),
      2003,
    ],
    [
      'of a request with a report',
      objectCommand(
        'domain',
        'update',
        NAME,
        rgp(REPORT_XML.replace('op="report"', 'op="request"')),
      ),
      2306,
    ],
    [
      'of another version',
      loginCommand({ id: 'ClientX', password: 'foo-BAR2', version: '1.1' }),
      2100,
    ],
    [
      'of another language',
      loginCommand({ id: 'ClientX', password: 'foo-BAR2', language: 'de' }),
      2102,
    ],
    [
      'whose password is said to be elsewhere',
      loginCommand({ id: 'ClientX', password: '[LOGIN-SECURITY]' }),
      2003,
    ],
  ])('%s', (_what, xml, result) => {
    const refusal = refusalOf(xml);
    expect(refusal).toMatchObject({ result });
    expect(refusal.reason).not.toBe('');
  });

  it('with the element and the line where the schema found it', () => {
    const xml = objectCommand(
      'domain',
      'create',
      `\n${NAME}\n<domain:period unit="y">0</domain:period>${AUTH}`,
    );
    const { reason, element } = refusalOf(xml);
    expect(element).toBe('domain:period');
    expect(reason).toMatch(/^line 3: /);
  });

  it('with the id of the command, as soon as it can be read', () => {
    expect(decode(commandOf('<destroy/>', 'MY-ID')).clTrid).toBe('MY-ID');
    expect(decode(commandOf('<check/>', 'MY-ID')).clTrid).toBe('MY-ID');
    expect(decode(commandOf('<check/>', LONG)).clTrid).toBeUndefined();
    expect(decode('<epp>').clTrid).toBeUndefined();
  });

  it('whose octets are not UTF-8', () => {
    const octets = Uint8Array.of(0x3c, 0x61, 0x3e, 0xff, 0xfe);
    expect(decode(octets).request).toMatchObject({ result: 2001 });
    const wide = new Uint8Array(Buffer.from(`\ufeff${commandOf('<logout/>')}`, 'utf16le'));
    expect(decode(wide).request).toMatchObject({ result: 2001 });
  });

  it('but not for a byte order mark of UTF-8', () => {
    const xml = `\ufeff${commandOf('<logout/>')}`;
    expect(decode(xml).request).toEqual({ type: 'logout' });
  });
});

it('repeats nothing of a document that is not well-formed, as it may be a password', () => {
  for (const text of ['s3<cr3t', 's3&cr3t;', 's3</cr3t>', '<cr3t:s3/>', '<a cr3t="" cr3t=""/>']) {
    const { result, reason } = refusalOf(commandOf(`<login><pw>${text}</pw></login>`));
    expect(result).toBe(2001);
    expect(reason).toMatch(/^not well-formed XML in line \d+, column \d+$/);
  }
});
