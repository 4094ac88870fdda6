/**
 * Names as this API writes them. In a body a name is canonical: it ends in a dot and holds
 * letters, digits, `_`, `/`, `-`, or any octet in RFC 1035 escapes. The id of a zone in a path
 * is lenient: with or without the final dot, in any case, with every octet outside
 * `[A-Za-z0-9.-]` written `=XX`.
 */
import { invalidRequest, zoneIdInvalid } from './api-error.ts';

const LABEL_SIZE_MAX = 63;
const NAME_SIZE_MAX = 255;

/** One octet of a name's text: an escape, or a character that needs none. */
const OCTET = /\\[0-9]{3}|\\[^0-9]|[^\\]/g;

/** `=2E` for the root, `example.com.` as it is. */
export function zoneIdOfName(name: string): string {
  if (name === '.') return '=2E';
  return name.replaceAll(
    /[^A-Za-z0-9.-]/g,
    (octet) => `=${octet.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

/** The name that a path means; whether there is such a zone is another question. */
export function zoneNameOfId(id: string): string {
  if (/=(?![0-9A-Fa-f]{2})/.test(id)) throw zoneIdInvalid(id);
  const text = id.replaceAll(/=([0-9A-Fa-f]{2})/g, (_escape, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return withFinalDot(text.toLowerCase());
}

/** The same name, absolute. */
export function withFinalDot(name: string): string {
  return endsInDot(name) ? name : `${name}.`;
}

/** The same name as people write it: without the final dot. The root is an empty text. */
export function withoutFinalDot(name: string): string {
  return endsInDot(name) ? name.slice(0, -1) : name;
}

/** A final dot that is not itself escaped. */
function endsInDot(name: string): boolean {
  return /(?:^|[^\\])(?:\\\\)*\.$/.test(name);
}

/** The name of a zone as given in a body or a parameter, in lower case. */
export function canonicalZoneName(text: string): string {
  return canonicalName(text, text);
}

/** The owner of an RRset: as a zone's name, and `*.` may stand in front. */
export function canonicalOwnerName(text: string): string {
  return canonicalName(text, text.startsWith('*.') ? text.slice(2) : text);
}

/** True when the text ends in a dot and could be a name; for host names, which are not changed. */
export function isCanonical(text: string): boolean {
  return endsInDot(text) && hasValidLabels(text);
}

function canonicalName(text: string, checked: string): string {
  if (!endsInDot(text)) throw invalidRequest(`DNS Name '${text}' is not canonical`);
  if (!/^(?:\\[0-9]{3}|\\[\x21-\x7e]|[A-Za-z0-9_/.-])*$/.test(checked)) {
    throw invalidRequest(`Name '${text}' contains unsupported characters`);
  }
  if (!hasValidLabels(text)) throw invalidRequest(`Unable to parse DNS Name '${text}'`);
  return text.toLowerCase();
}

/** Labels of 1 to 63 octets, 255 octets in all (RFC 1035 section 3.1). */
function hasValidLabels(name: string): boolean {
  if (name === '.') return true;
  let nameSize = 1;
  let labelSize = 0;
  for (const [octet] of name.matchAll(OCTET)) {
    if (octet !== '.') {
      labelSize += 1;
      continue;
    }
    if (labelSize === 0 || labelSize > LABEL_SIZE_MAX) return false;
    nameSize += labelSize + 1;
    labelSize = 0;
  }
  return labelSize === 0 && nameSize <= NAME_SIZE_MAX;
}
