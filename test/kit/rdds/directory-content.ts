/** What the register of the directory's tests holds: one of each object, and a contact of each kind. */

import { type Caller, OPERATOR } from '#registry/model/caller.ts';
import type { Contact } from '#registry/model/contact.ts';
import type { Domain } from '#registry/model/domain.ts';
import type { Host } from '#registry/model/host.ts';
import type { RegisterDraft } from '#registry/model/register.ts';
import type { Registrar } from '#registry/model/registrar.ts';

export const CREATED_MS = Date.parse('2026-01-02T03:04:05.678Z');
const UPDATED_MS = Date.parse('2026-02-03T04:05:06.000Z');
const EXPIRES_MS = Date.parse('2027-01-02T03:04:05.000Z');

const MADE = { sponsor: 'alpha', createdBy: 'alpha', createdAtMs: CREATED_MS };

export const REGISTRAR: Registrar = {
  id: 'alpha',
  name: 'Example Registrar, Inc.',
  ianaId: 9999,
  url: 'https://registrar.example',
  whoisServer: 'whois.registrar.example',
  email: 'hello@registrar.example',
  voice: '+1.5551230000',
  abuseEmail: 'abuse@registrar.example',
  abuseVoice: '+1.5551234567',
  passwordHash: 'a secret hash',
  certificates: ['aa'.repeat(32)],
  networks: ['192.0.2.7'],
  tlds: [],
  state: 'active',
  testing: false,
  balance: { USD: 123_456_789 },
  credit: {},
};

export function contactOf(id: string, changes: Partial<Contact> = {}): Contact {
  return {
    id,
    roid: `C${id}-TEST`,
    postal: [
      {
        type: 'int',
        name: 'Jan Novak',
        organisation: 'Novak Ltd',
        street: ['Dlouha 1', 'Floor 2'],
        city: 'Praha',
        province: 'Prague',
        postalCode: '11000',
        country: 'CZ',
      },
    ],
    voice: { number: '+420.123456789', extension: '12' },
    email: 'jan@example.org',
    statuses: [],
    authInfo: { sha256: 'ff'.repeat(32) },
    ...MADE,
    ...changes,
  };
}

export function hostOf(name: string, addresses: string[] = [], changes: Partial<Host> = {}): Host {
  return { roid: `H${name}-TEST`, name, addresses, statuses: [], ...MADE, ...changes };
}

export function domainOf(name: string, changes: Partial<Domain> = {}): Domain {
  return {
    roid: `D${name}-TEST`,
    name,
    tld: 'tld',
    contacts: [],
    nameservers: [],
    ds: [],
    statuses: [],
    periods: [],
    expiresAtMs: EXPIRES_MS,
    authInfo: { sha256: 'ee'.repeat(32) },
    ...MADE,
    ...changes,
  };
}

/** `example.tld` with everything, `bare.tld` with nothing, an IDN, and who belongs to them. */
export function putContent(draft: RegisterDraft): void {
  draft.putRegistrar(REGISTRAR);
  draft.putContact(contactOf('R1'));
  draft.putContact(
    contactOf('T1', {
      disclosure: { show: true, fields: ['name:int', 'addr:int', 'voice', 'email'] },
    }),
  );
  draft.putHost(hostOf('ns1.example.tld', ['192.0.2.1', '2001:db8::1']));
  draft.putHost(hostOf('ns.other.example'));
  draft.putDomain(
    domainOf('example.tld', {
      registrant: 'R1',
      contacts: [
        { role: 'tech', id: 'T1' },
        { role: 'admin', id: 'R1' },
      ],
      nameservers: ['ns.other.example', 'ns1.example.tld'],
      ds: [{ keyTag: 12345, algorithm: 13, digestType: 2, digest: 'AB'.repeat(32) }],
      statuses: [{ status: 'clientTransferProhibited', remark: 'a secret remark', language: 'en' }],
      updatedBy: 'alpha',
      updatedAtMs: UPDATED_MS,
    }),
  );
  draft.putDomain(domainOf('bare.tld'));
  draft.putDomain(domainOf('xn--bcher-kva.tld', { unicodeName: 'bücher.tld' }));
}

/** The one who puts it there. */
export function operatorCaller(svTrid: string): Caller {
  return { registrar: OPERATOR, svTrid, receivedAtMs: CREATED_MS };
}
