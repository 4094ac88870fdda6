/** The commands that a registrar needs to have a name served, for tests and measurements. */
import { type EppTestClient, resultOf } from './epp-client.ts';
import { objectCommand } from './epp-frames.ts';

export function contactCreate(id: string, clTrid?: string): string {
  const body =
    `<contact:id>${id}</contact:id><contact:postalInfo type="int"><contact:name>Jo Doe` +
    '</contact:name><contact:addr><contact:city>Delft</contact:city><contact:cc>NL</contact:cc>' +
    '</contact:addr></contact:postalInfo><contact:email>jo@example.com</contact:email>' +
    '<contact:authInfo><contact:pw>a-Secret-2026-xyz</contact:pw></contact:authInfo>';
  return objectCommand('contact', 'create', body, '', clTrid);
}

export function hostCreate(name: string, addresses: readonly string[] = []): string {
  const given = addresses.map((address) => {
    const version = address.includes(':') ? 'v6' : 'v4';
    return `<host:addr ip="${version}">${address}</host:addr>`;
  });
  const body = `<host:name>${name}</host:name>${given.join('')}`;
  return objectCommand('host', 'create', body);
}

/** With one contact in all roles. */
export function domainCreate(
  name: string,
  { contact, nameservers }: { contact: string; nameservers: readonly string[] },
  clTrid?: string,
): string {
  const hosts = nameservers.map((host) => `<domain:hostObj>${host}</domain:hostObj>`).join('');
  const delegation = hosts === '' ? '' : `<domain:ns>${hosts}</domain:ns>`;
  const contacts = ['admin', 'tech', 'billing'].map(
    (role) => `<domain:contact type="${role}">${contact}</domain:contact>`,
  );
  const body =
    `<domain:name>${name}</domain:name><domain:period unit="y">1</domain:period>` +
    `${delegation}<domain:registrant>${contact}</domain:registrant>${contacts.join('')}` +
    '<domain:authInfo><domain:pw>a-Secret-2026-xyz</domain:pw></domain:authInfo>';
  return objectCommand('domain', 'create', body, '', clTrid);
}

export function domainCheck(names: readonly string[], clTrid?: string): string {
  const body = names.map((name) => `<domain:name>${name}</domain:name>`).join('');
  return objectCommand('domain', 'check', body, '', clTrid);
}

/** Sends a command that must be done. @returns the answer */
export async function done(client: EppTestClient, xml: string): Promise<string> {
  const answer = await client.ask(xml);
  if (resultOf(answer) < 2000) return answer;
  throw new Error(`${xml}\nwas answered\n${answer}`);
}
