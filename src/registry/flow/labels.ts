/**
 * Names that registrars send. A name is an A-label form (RFC 5890 section 2.3.2.1) in letters,
 * digits and hyphens; upper case is the same name. Unicode is refused: RFC 5731 and 5732 carry host
 * names, and which U-label was meant is for the registrar to settle with the holder.
 *
 *     name to register = one label + '.' + TLD     the longest TLD of this register that fits
 *     host             = two labels or more        anywhere
 *
 * An `xn--` label must be what its U-label gives (IDNA2008: RFC 5891 section 5.4, contextual rules
 * of RFC 5892, right-to-left rules of RFC 5893), in the scripts that the TLD allows and in one
 * script at a time, so that no label is a look-alike made of two.
 */
import idnHostname from 'idn-hostname';
import { errorMessage } from '#base/coded-error.ts';
import type { RegisterReader } from '#registry/model/register.ts';
import { RESULT, RegistryError, type ResultCode } from '#registry/model/result.ts';
import type { Tld } from '#registry/model/tld.ts';

const NAME_SIZE_MAX = 253;
const LABEL_SIZE_MAX = 63;
const ACE_PREFIX = 'xn--';

/** Scripts that people write within one word (UTS 39 section 5.2, highly restrictive). */
const SCRIPTS_TOGETHER: readonly ReadonlySet<string>[] = [
  new Set(['Latin', 'Han', 'Hiragana', 'Katakana']),
  new Set(['Latin', 'Han', 'Bopomofo']),
  new Set(['Latin', 'Han', 'Hangul']),
];

/** A name that may be registered, as far as its form says. */
export interface ParsedDomainName {
  /** Lower case, without a final dot. */
  name: string;
  tld: Tld;
  /** The one label in front of the TLD. */
  label: string;
  /** Unicode form of the whole name, where the label is an A-label. */
  unicodeName?: string;
}

/**
 * A name to register, or to ask after whether it can be.
 * @throws RegistryError 2005 when it is no host name, 2306 when it lies in no TLD of this register,
 *   or the TLD's rules do not allow it
 */
export function parseDomainName(text: string, tlds: readonly Tld[]): ParsedDomainName {
  const refuse = refusalOf('domain:name', text);
  if (tlds.some((tld) => tld.name === text.toLowerCase())) {
    throw refuse(RESULT.policy, 'this is a registry itself, whose name cannot be registered');
  }
  const name = parseNameText(text, 'domain:name');
  const tld = findTld(name, tlds);
  if (tld === undefined) {
    throw refuse(RESULT.policy, `this register has no zone that ${name} lies in`);
  }
  const label = name.slice(0, -tld.name.length - 1);
  if (label.includes('.')) {
    throw refuse(RESULT.policy, `register exactly one label below ${tld.name}, not ${name}`);
  }
  if (label.length < tld.labelMin) {
    throw refuse(RESULT.policy, `a label below ${tld.name} has ${tld.labelMin} or more characters`);
  }
  if (!label.startsWith(ACE_PREFIX)) return { name, tld, label };
  return { name, tld, label, unicodeName: parseInternational(name, label, tld, refuse) };
}

/**
 * The name of an object that is there or not: lower case, nothing but its form is judged.
 * @param element that the refusal names, as `host:name`
 * @throws RegistryError 2005
 */
export function parseNameText(text: string, element: string): string {
  const refuse = refusalOf(element, text);
  // Before anything else is looked at: what comes is of any length.
  if (text.length > NAME_SIZE_MAX) {
    throw refuse(RESULT.parameterSyntax, `a name has at most ${NAME_SIZE_MAX} characters`);
  }
  if (/[^\x21-\x7e]/.test(text)) {
    const why = 'a name is in ASCII without blanks: send the A-label (xn--…) of an IDN';
    throw refuse(RESULT.parameterSyntax, why);
  }
  const name = text.toLowerCase();
  const labels = name.split('.');
  if (labels.length < 2) {
    throw refuse(RESULT.parameterSyntax, 'a name has two labels or more');
  }
  for (const label of labels) {
    const fault = faultOfLabel(label);
    if (fault !== undefined) throw refuse(RESULT.parameterSyntax, fault);
  }
  return name;
}

/** The TLD that a name lies under or is; the longest, where one lies in another. */
export function findTld(name: string, tlds: readonly Tld[]): Tld | undefined {
  let found: Tld | undefined;
  for (const tld of tlds) {
    if (tld.name.length > (found?.name.length ?? 0) && isUnder(name, tld.name)) found = tld;
  }
  return found;
}

/** Whether `name` is `above` or lies below it. */
export function isUnder(name: string, above: string): boolean {
  return name === above || name.endsWith(`.${above}`);
}

/**
 * Why a registrar may not have a label, or `undefined`. An operator's allow list opens it.
 * @param registrar id of whoever asks
 */
export function findReservation(
  reader: RegisterReader,
  { tld, label }: ParsedDomainName,
  registrar: string,
): string | undefined {
  const reserved = reader.reserved(tld.name, label);
  if (reserved === undefined || reserved.allow.includes(registrar)) return undefined;
  return reserved.reason;
}

function faultOfLabel(label: string): string | undefined {
  if (label === '') return 'a name has no empty label and no final dot';
  if (label.length > LABEL_SIZE_MAX) return `a label has at most ${LABEL_SIZE_MAX} characters`;
  if (!/^[a-z0-9-]+$/.test(label)) return 'a label has letters, digits and hyphens only';
  if (/^-|-$/.test(label)) return 'a label neither begins nor ends with a hyphen';
  if (label.slice(2, 4) !== '--') return undefined;
  if (!label.startsWith(ACE_PREFIX)) {
    return 'hyphens in the third and fourth place are for IDNs (xn--), RFC 5891 section 4.2.3.1';
  }
  return isAce(label) ? undefined : `${label} is no A-label: it is not what any U-label gives`;
}

/** Whether it is Punycode (RFC 3492) of something, and the only one. */
function isAce(label: string): boolean {
  const { punycode } = idnHostname;
  try {
    const unicode = punycode.decode(label.slice(ACE_PREFIX.length));
    return /[^\p{ASCII}]/u.test(unicode) && punycode.encode(unicode) === label.slice(4);
  } catch {
    return false;
  }
}

type Refuse = (result: ResultCode, reason: string) => RegistryError;

function refusalOf(element: string, text: string): Refuse {
  const shown = text.length > NAME_SIZE_MAX ? `${text.slice(0, NAME_SIZE_MAX)}…` : text;
  return (result, reason) => new RegistryError(result, reason, { element, text: shown });
}

/** The Unicode form of the name. */
function parseInternational(name: string, label: string, tld: Tld, refuse: Refuse): string {
  if (tld.scripts.length === 0) {
    throw refuse(RESULT.policy, `${tld.name} has no internationalised names`);
  }
  const { punycode, isIdnHostname } = idnHostname;
  try {
    isIdnHostname(name);
  } catch (error) {
    throw refuse(RESULT.parameterSyntax, `not a name of IDNA2008: ${errorMessage(error)}`);
  }
  const unicode = punycode.decode(label.slice(ACE_PREFIX.length));
  const fault = faultOfScripts(unicode, tld.scripts);
  if (fault !== undefined) throw refuse(RESULT.policy, fault);
  return punycode.toUnicode(name);
}

function faultOfScripts(label: string, allowed: readonly string[]): string | undefined {
  // What belongs to no script of its own (digits, hyphen, combining marks) goes with any.
  const own = Array.from(label).filter(
    (letter) => !/^[\p{sc=Common}\p{sc=Inherited}]$/u.test(letter),
  );
  const used = new Set<string>();
  for (const letter of own) {
    const script = allowed.find((each) => isOfScript(letter, each));
    if (script === undefined) return `'${letter}' is of no script that may be used here`;
    used.add(script);
  }
  const isOne = used.size <= 1 || SCRIPTS_TOGETHER.some((set) => used.isSubsetOf(set));
  return isOne ? undefined : `a label is of one script, not of ${[...used].join(' and ')}`;
}

/** @throws SyntaxError where there is no such script */
export function isOfScript(letter: string, script: string): boolean {
  return new RegExp(`^\\p{sc=${script}}$`, 'u').test(letter);
}
