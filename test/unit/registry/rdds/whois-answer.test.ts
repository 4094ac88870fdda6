// The text of WHOIS, whole: labels, their order, what is redacted, and as of when it is so.
import { describe, expect, it } from 'vitest';
import { answerWhois } from '#registry/rdds/whois/whois-answer.ts';
import { contactOf, domainOf } from '../../../kit/rdds/directory-content.ts';
import { followRegister } from '../../../kit/rdds/followed-register.ts';

const REFUSED_EMAIL =
  'Please query the RDDS service of the Registrar of Record identified in this output for ' +
  'information on how to contact the Registrant, Admin, or Tech contact of the queried domain name.';

const EXAMPLE = `Domain Name: example.tld
Registry Domain ID: Dexample.tld-TEST
Registrar WHOIS Server: whois.registrar.example
Registrar URL: https://registrar.example
Updated Date: 2026-02-03T04:05:06Z
Creation Date: 2026-01-02T03:04:05Z
Registry Expiry Date: 2027-01-02T03:04:05Z
Registrar: Example Registrar, Inc.
Registrar IANA ID: 9999
Registrar Abuse Contact Email: abuse@registrar.example
Registrar Abuse Contact Phone: +1.5551234567
Domain Status: clientTransferProhibited https://icann.org/epp#clientTransferProhibited
Registry Registrant ID: REDACTED FOR PRIVACY
Registrant Name: REDACTED FOR PRIVACY
Registrant Organization: Novak Ltd
Registrant Street: REDACTED FOR PRIVACY
Registrant City: REDACTED FOR PRIVACY
Registrant State/Province: Prague
Registrant Postal Code: REDACTED FOR PRIVACY
Registrant Country: CZ
Registrant Phone: REDACTED FOR PRIVACY
Registrant Phone Ext: REDACTED FOR PRIVACY
Registrant Email: ${REFUSED_EMAIL}
Registry Admin ID: REDACTED FOR PRIVACY
Admin Name: REDACTED FOR PRIVACY
Admin Organization: REDACTED FOR PRIVACY
Admin Street: REDACTED FOR PRIVACY
Admin City: REDACTED FOR PRIVACY
Admin State/Province: REDACTED FOR PRIVACY
Admin Postal Code: REDACTED FOR PRIVACY
Admin Country: REDACTED FOR PRIVACY
Admin Phone: REDACTED FOR PRIVACY
Admin Phone Ext: REDACTED FOR PRIVACY
Admin Email: ${REFUSED_EMAIL}
Registry Tech ID: CT1-TEST
Tech Name: Jan Novak
Tech Organization: REDACTED FOR PRIVACY
Tech Street: Dlouha 1
Tech Street: Floor 2
Tech City: Praha
Tech State/Province: Prague
Tech Postal Code: 11000
Tech Country: CZ
Tech Phone: +420.123456789
Tech Phone Ext: 12
Tech Email: jan@example.org
Name Server: ns.other.example
Name Server: ns1.example.tld
DNSSEC: signedDelegation
DNSSEC DS Data: 12345 13 2 ${'AB'.repeat(32)}
URL of the ICANN Whois Inaccuracy Complaint Form: https://www.icann.org/wicf/

>>> Last update of WHOIS database: 2026-11-22T00:00:00Z <<<

For more information on Whois status codes, please visit https://icann.org/epp
`;

const END = '\n>>> Last update of WHOIS database: 2026-11-22T00:00:00Z <<<\n';

const asLines = (text: string): string => text.replaceAll('\r\n', '\n');

describe('WHOIS', () => {
  it('shows a domain with ICANN’s labels in ICANN’s order, every line ended by CRLF', async () => {
    const { directory } = await followRegister();
    const { outcome, text } = await answerWhois(directory, 'EXAMPLE.tld.');
    expect(outcome).toBe('found');
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect(asLines(text)).toBe(EXAMPLE);
  });

  it('shows a domain without anything as active in name only', async () => {
    const { directory } = await followRegister();
    const { text } = await answerWhois(directory, 'domain bare.tld');
    const lines = text.split('\r\n');
    expect(lines).toContain('Domain Status: inactive https://icann.org/epp#inactive');
    expect(lines).toContain('DNSSEC: unsigned');
    expect(text).not.toMatch(/Registrant|Updated Date|Name Server/);
  });

  it('finds an IDN in either form and any case', async () => {
    const { directory } = await followRegister();
    for (const name of ['bücher.tld', 'BÜCHER.TLD', 'XN--bcher-kva.tld']) {
      const { text } = await answerWhois(directory, name);
      expect(text).toMatch(/^Domain Name: xn--bcher-kva\.tld\r\nInternationalized .*: bücher/);
    }
  });

  it('shows a name server by name or address, with the keyword or without', async () => {
    const { directory } = await followRegister();
    for (const query of [
      'nameserver ns1.example.tld',
      'NAMESERVER 2001:DB8:0::1',
      'nameserver (192.0.2.1)',
      '192.0.2.1',
      'ns1.example.tld',
    ]) {
      const { text } = await answerWhois(directory, query);
      expect(asLines(text)).toBe(`Server Name: ns1.example.tld
IP Address: 192.0.2.1
IP Address: 2001:db8::1
Registrar: Example Registrar, Inc.
Registrar WHOIS Server: whois.registrar.example
Registrar URL: https://registrar.example
${END}`);
    }
  });

  it('shows a registrar by its number or name', async () => {
    const { directory } = await followRegister();
    for (const query of ['registrar 9999', 'registrar example REGISTRAR, inc.']) {
      const { text } = await answerWhois(directory, query);
      expect(asLines(text)).toBe(`Registrar: Example Registrar, Inc.
Registrar IANA ID: 9999
Phone Number: +1.5551230000
Email: hello@registrar.example
Registrar WHOIS Server: whois.registrar.example
Registrar URL: https://registrar.example
Registrar Abuse Contact Email: abuse@registrar.example
Registrar Abuse Contact Phone: +1.5551234567
${END}`);
    }
  });

  it('says that there is no such name, and as of when', async () => {
    const { directory } = await followRegister();
    const { outcome, text } = await answerWhois(directory, 'nothing.tld');
    expect(outcome).toBe('missing');
    expect(asLines(text)).toBe(`No match for "nothing.tld".\n${END}`);
  });

  it('lets nobody write lines of their own into an answer', async () => {
    const { directory, commit, caughtUp } = await followRegister();
    const name = 'Eve\r\nDomain Status: ok\u2028>>> Last';
    const evil = contactOf('E1', {
      disclosure: { show: true, fields: ['name:int'] },
      postal: [{ type: 'int', name, street: [], city: 'X', country: 'CZ' }],
    });
    await commit((draft) => {
      draft.putContact(evil);
      draft.putDomain(domainOf('evil.tld', { registrant: 'E1' }));
    });
    await caughtUp();
    const { text } = await answerWhois(directory, 'evil.tld');
    expect(text).toContain('Registrant Name: Eve  Domain Status: ok');
    expect(text.split('\r\n').filter((line) => line.startsWith('Domain Status'))).toHaveLength(1);
  });
});
