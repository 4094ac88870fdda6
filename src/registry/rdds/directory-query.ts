/**
 * What people and programs type, as the register's keys: names in A-labels and lower case, whatever
 * form they come in (RFC 5890; RFC 9082 section 3.1.3 lets a domain be asked for in either), and
 * addresses in their one text form (RFC 5952).
 */
import { domainToASCII } from 'node:url';
import { formatIpAddress, parseIpAddress } from '#net/ip-address.ts';

const NAME_SIZE_MAX = 253;
const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;
/** Controls, blanks and what URLs give a meaning: no name has them. */
const IMPOSSIBLE = /[\p{Cc}\s/?#@\\%:[\]]/u;

/** The register's form of a domain or host name; `undefined`: the text is none. */
export function readName(text: string): string | undefined {
  const bare = text.replace(/\.$/, '');
  if (bare === '' || bare.length > NAME_SIZE_MAX || IMPOSSIBLE.test(bare)) return undefined;
  const name = isAscii(bare) ? bare.toLowerCase() : domainToASCII(bare.normalize('NFC'));
  const labels = name.split('.');
  if (name.length > NAME_SIZE_MAX || !labels.every((label) => LABEL.test(label))) return undefined;
  return name;
}

/** The register's form of an IP address; `undefined`: the text is none. */
export function readAddress(text: string): string | undefined {
  const octets = parseIpAddress(text);
  return octets && formatIpAddress(octets);
}

function isAscii(text: string): boolean {
  return Buffer.byteLength(text, 'utf8') === text.length;
}
