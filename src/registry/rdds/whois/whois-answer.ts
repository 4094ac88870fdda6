/**
 * The text that answers a line of WHOIS: fields, then as of when they are so. Lines end in CRLF
 * (RFC 3912 section 2). Values are made of printable characters alone: what a registrar wrote into
 * a contact can neither end a line nor begin another field.
 */
import type { Directory, Found } from '../directory.ts';
import { shownInstant } from '../shown-instant.ts';
import { type WhoisObject, whoisFields } from './whois-fields.ts';
import { readWhoisQuery, type WhoisQuery } from './whois-query.ts';

const LINE_END = '\r\n';
const STATUS_HELP =
  'For more information on Whois status codes, please visit https://icann.org/epp';

export interface WhoisAnswer {
  outcome: 'found' | 'missing' | 'refused';
  text: string;
}

/** What a query finds; a bare name is a domain, or else a name server. */
export async function lookUpWhois(
  directory: Directory,
  query: WhoisQuery,
): Promise<Found<WhoisObject>> {
  switch (query.kind) {
    case 'domain':
      return directory.findDomain(query.name);
    case 'name': {
      const found = await directory.findDomain(query.name);
      return found.objects.length > 0 ? found : directory.findHost(query.name);
    }
    case 'nameserver':
      return directory.findHost(query.name);
    case 'address':
      return directory.findHostsByAddress(query.address);
    default:
      return directory.findRegistrar(query.text);
  }
}

/** @param line without its line end */
export async function answerWhois(directory: Directory, line: string): Promise<WhoisAnswer> {
  const query = readWhoisQuery(line);
  if (query === undefined) {
    return { outcome: 'refused', text: whoisRefusal(`"${printable(line.trim())}" is no name`) };
  }
  const { objects, asOfMs } = await lookUpWhois(directory, query);
  const blocks =
    objects.length === 0
      ? [[`No match for "${printable(line.trim())}".`]]
      : objects.map((object) =>
          whoisFields(object).map(([label, value]) => `${label}: ${printable(value)}`),
        );
  const end = [`>>> Last update of WHOIS database: ${shownInstant(asOfMs)} <<<`];
  if (objects.some(({ kind }) => kind === 'domain')) end.push('', STATUS_HELP);
  const text = [...blocks.map((lines) => [...lines, '']).flat(), ...end]
    .map((each) => each + LINE_END)
    .join('');
  return { outcome: objects.length === 0 ? 'missing' : 'found', text };
}

/** One line that says why there is no answer. */
export function whoisRefusal(reason: string): string {
  return `Error: ${reason}.${LINE_END}`;
}

function printable(text: string): string {
  return text.replaceAll(/\p{C}/gu, ' ');
}
