/** Adds to the configuration that `makeServerFolder` (server-process.ts) wrote. */
import { readFile, writeFile } from 'node:fs/promises';
import type { ServerFolder } from './server-process.ts';

/** @param keys lines of the section `nameserver`, without indentation */
export async function addNameserverKeys(
  place: ServerFolder,
  keys: readonly string[],
): Promise<void> {
  const text = await readFile(place.config, 'utf8');
  const lines = keys.map((key) => `  ${key}\n`).join('');
  await writeFile(place.config, text.replace('nameserver:\n', `nameserver:\n${lines}`));
}

/** A server that has no zones of its own. @param primaries the value of `nameserver.primaries` */
export async function makeSecondary(place: ServerFolder, primaries: string): Promise<void> {
  await addNameserverKeys(place, ['role: secondary', `primaries: ${primaries}`]);
  const text = await readFile(place.config, 'utf8');
  await writeFile(place.config, text.replace('  zones: ./zones\n', ''));
}

/** Replaces the addresses of `nameserver.listen`. */
export async function setListen(place: ServerFolder, addresses: string[]): Promise<void> {
  const text = await readFile(place.config, 'utf8');
  const listed = `  listen: ${JSON.stringify(addresses)}\n`;
  await writeFile(place.config, text.replace(/^ {2}listen: \[.*\]\n/m, listed));
}

export const SAMPLE_ZONE = `@ 3600 IN SOA ns1 hostmaster 2026112201 7200 1800 1209600 300
@ NS ns1
ns1 A 192.0.2.1
www A 192.0.2.80
www AAAA 2001:db8::80
*.wild TXT "any"
sub NS ns.sub
ns.sub A 192.0.2.53
alias CNAME www
`;
