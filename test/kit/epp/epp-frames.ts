/** One right frame of every command, as a registrar's client writes it, by what it is. */
import { commandOf, uriOf } from './epp-client.ts';

function object(prefix: string, verb: string, body: string): string {
  return `<${prefix}:${verb} xmlns:${prefix}="${uriOf(`${prefix}-1.0`)}">${body}</${prefix}:${verb}>`;
}

/** `<domain:create>` and so on within its verb. */
export function objectCommand(
  prefix: 'domain' | 'host' | 'contact',
  verb: string,
  body: string,
  extension = '',
  clTrid?: string,
): string {
  return commandOf(`<${verb}>${object(prefix, verb, body)}</${verb}>`, clTrid, extension);
}

export function transferCommand(
  prefix: 'domain' | 'contact',
  operation: string,
  body: string,
  extension = '',
): string {
  const inside = object(prefix, 'transfer', body);
  return commandOf(`<transfer op="${operation}">${inside}</transfer>`, undefined, extension);
}

export function secDns(verb: string, body: string, attributes = ''): string {
  return `<secDNS:${verb} xmlns:secDNS="${uriOf('secDNS-1.1')}"${attributes}>${body}</secDNS:${verb}>`;
}

export function fee(verb: string, body: string): string {
  return `<fee:${verb} xmlns:fee="${uriOf('epp:fee-1.0')}">${body}</fee:${verb}>`;
}

export function rgp(body: string): string {
  return `<rgp:update xmlns:rgp="${uriOf('rgp-1.0')}">${body}</rgp:update>`;
}

export const DS_XML =
  '<secDNS:dsData><secDNS:keyTag>12345</secDNS:keyTag><secDNS:alg>13</secDNS:alg>' +
  '<secDNS:digestType>2</secDNS:digestType><secDNS:digest>49fd46e6c4b45c55d4ac</secDNS:digest>' +
  '</secDNS:dsData>';

export const KEY_XML =
  '<secDNS:keyData><secDNS:flags>257</secDNS:flags><secDNS:protocol>3</secDNS:protocol>' +
  '<secDNS:alg>13</secDNS:alg><secDNS:pubKey>AQPJ</secDNS:pubKey></secDNS:keyData>';

export const POSTAL_XML =
  '<contact:postalInfo type="int"><contact:name>Jane Doe</contact:name>' +
  '<contact:org>Example Ltd</contact:org><contact:addr><contact:street>1 Main St</contact:street>' +
  '<contact:street>Suite 2</contact:street><contact:city>Dulles</contact:city>' +
  '<contact:sp>VA</contact:sp><contact:pc>20166</contact:pc><contact:cc>US</contact:cc>' +
  '</contact:addr></contact:postalInfo>';

const AUTH = '<domain:authInfo><domain:pw>2fooBAR!xyz</domain:pw></domain:authInfo>';
const CONTACT_AUTH = '<contact:authInfo><contact:pw>2fooBAR!xyz</contact:pw></contact:authInfo>';
const NAME = '<domain:name>example.tld</domain:name>';

export const REPORT_XML =
  '<rgp:restore op="report"><rgp:report><rgp:preData>before</rgp:preData>' +
  '<rgp:postData>after</rgp:postData><rgp:delTime>2026-07-10T22:00:00.0Z</rgp:delTime>' +
  '<rgp:resTime>2026-07-20T22:00:00.0Z</rgp:resTime><rgp:resReason>by mistake</rgp:resReason>' +
  '<rgp:statement>one</rgp:statement><rgp:statement>two</rgp:statement></rgp:report></rgp:restore>';

/** Each has the command that it becomes in decode-frame.test.ts. */
export const COMMAND_FRAMES: Readonly<Record<string, string>> = {
  'domain:check': objectCommand('domain', 'check', `${NAME}<domain:name>b.tld</domain:name>`),
  'domain:check with fees': objectCommand(
    'domain',
    'check',
    NAME,
    fee(
      'check',
      '<fee:currency>USD</fee:currency><fee:command name="create"><fee:period unit="y">2' +
        '</fee:period></fee:command><fee:command name="restore"/>',
    ),
  ),
  'domain:info': objectCommand(
    'domain',
    'info',
    `<domain:name hosts="sub">example.tld</domain:name>${AUTH}`,
  ),
  'domain:create': objectCommand(
    'domain',
    'create',
    `${NAME}<domain:period unit="y">2</domain:period><domain:ns><domain:hostObj>ns1.example.net` +
      '</domain:hostObj><domain:hostObj>ns2.example.net</domain:hostObj></domain:ns>' +
      '<domain:registrant>JD1234</domain:registrant><domain:contact type="admin">SH8013' +
      `</domain:contact><domain:contact type="tech">SH8013</domain:contact>${AUTH}`,
    secDns('create', DS_XML) +
      fee('create', '<fee:currency>USD</fee:currency><fee:fee>20.00</fee:fee>'),
  ),
  'domain:update': objectCommand(
    'domain',
    'update',
    `${NAME}<domain:add><domain:ns><domain:hostObj>ns3.example.net</domain:hostObj></domain:ns>` +
      '<domain:contact type="tech">MAK21</domain:contact><domain:status s="clientHold" lang="fr">' +
      'Impayé</domain:status></domain:add><domain:rem><domain:ns><domain:hostObj>ns1.example.net' +
      '</domain:hostObj></domain:ns><domain:contact type="tech">SH8013</domain:contact>' +
      '<domain:status s="clientUpdateProhibited"/></domain:rem><domain:chg><domain:registrant/>' +
      '<domain:authInfo><domain:null/></domain:authInfo></domain:chg>',
    secDns(
      'update',
      `<secDNS:rem><secDNS:all>true</secDNS:all></secDNS:rem><secDNS:add>${DS_XML}</secDNS:add>`,
    ),
  ),
  'domain:update of a restore': objectCommand(
    'domain',
    'update',
    `${NAME}<domain:chg/>`,
    rgp('<rgp:restore op="request"/>') + fee('update', '<fee:fee>50.0</fee:fee>'),
  ),
  'domain:update of a report': objectCommand('domain', 'update', NAME, rgp(REPORT_XML)),
  'domain:delete': objectCommand('domain', 'delete', NAME),
  'domain:renew': objectCommand(
    'domain',
    'renew',
    `${NAME}<domain:curExpDate>2027-04-03</domain:curExpDate>` +
      '<domain:period unit="m">24</domain:period>',
    fee('renew', '<fee:fee>9</fee:fee><fee:fee>1.5</fee:fee><fee:credit>-0.50</fee:credit>'),
  ),
  'domain:transfer': transferCommand(
    'domain',
    'request',
    `${NAME}<domain:period unit="y">1</domain:period><domain:authInfo>` +
      '<domain:pw roid="JD1234-REP">2fooBAR</domain:pw></domain:authInfo>',
  ),
  'host:check': objectCommand('host', 'check', '<host:name>ns1.example.tld</host:name>'),
  'host:info': objectCommand('host', 'info', '<host:name>ns1.example.tld</host:name>'),
  'host:create': objectCommand(
    'host',
    'create',
    '<host:name>ns1.example.tld</host:name><host:addr>192.0.2.2</host:addr>' +
      '<host:addr ip="v6">1080:0:0:0:8:800:200C:417A</host:addr>',
  ),
  'host:update': objectCommand(
    'host',
    'update',
    '<host:name>ns1.example.tld</host:name><host:add><host:addr ip="v4">192.0.2.22</host:addr>' +
      '<host:status s="clientUpdateProhibited"/></host:add><host:rem><host:addr ip="v6">2001:db8::1' +
      '</host:addr></host:rem><host:chg><host:name>ns2.example.tld</host:name></host:chg>',
  ),
  'host:delete': objectCommand('host', 'delete', '<host:name>ns1.example.tld</host:name>'),
  'contact:check': objectCommand('contact', 'check', '<contact:id>sh8013</contact:id>'),
  'contact:info': objectCommand(
    'contact',
    'info',
    `<contact:id>sh8013</contact:id>${CONTACT_AUTH}`,
  ),
  'contact:create': objectCommand(
    'contact',
    'create',
    `<contact:id>sh8013</contact:id>${POSTAL_XML}<contact:voice x="1234">+1.7035555555` +
      '</contact:voice><contact:fax>+1.7035555556</contact:fax><contact:email>jdoe@example.com' +
      `</contact:email>${CONTACT_AUTH}<contact:disclose flag="0"><contact:name type="int"/>` +
      '<contact:voice/><contact:email/></contact:disclose>',
  ),
  'contact:update': objectCommand(
    'contact',
    'update',
    '<contact:id>sh8013</contact:id><contact:add><contact:status s="clientDeleteProhibited"/>' +
      '</contact:add><contact:chg><contact:postalInfo type="int"><contact:org/><contact:addr>' +
      '<contact:city>Dulles</contact:city><contact:cc>US</contact:cc></contact:addr>' +
      '</contact:postalInfo><contact:voice>+1.7034444444</contact:voice><contact:fax/>' +
      '<contact:authInfo><contact:pw/></contact:authInfo></contact:chg>',
  ),
  'contact:delete': objectCommand('contact', 'delete', '<contact:id>sh8013</contact:id>'),
  'contact:transfer': transferCommand(
    'contact',
    'query',
    `<contact:id>sh8013</contact:id>${CONTACT_AUTH}`,
  ),
  'poll:req': commandOf('<poll op="req"/>'),
  'poll:ack': commandOf('<poll op="ack" msgID="12345"/>'),
};
