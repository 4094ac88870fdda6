/**
 * Responses (RFC 5730 section 2.6). What a client did not choose at login stands nowhere that it
 * must read: an extension is left out of the response to its own command (RFC 9038 section 5), and
 * in a poll message it goes, as does an object's data, into an `<extValue>` (section 6), so that no
 * message loses what it tells, whatever the session chose that fetches it.
 */
import { formatInstant } from '#base/clock.ts';
import type { CommandOutcome, RegistryData } from '#registry/model/command.ts';
import { type Offender, type RegistryError, type ResultCode } from '#registry/model/result.ts';
import { encodeContactData } from './encode-contact.ts';
import { encodeDomainData } from './encode-domain.ts';
import { encodeHostData } from './encode-host.ts';
import type { Extended } from './encode-object.ts';
import { encodePollData } from './encode-poll.ts';
import { NAMESPACE, namespaceOf } from './namespaces.ts';
import { type Xml, type XmlContent, xml, xmlDocument } from './xml-writer.ts';

export interface TransactionIds {
  clTrid?: string | undefined;
  svTrid: string;
}

/** What a session chose at login; before it nothing. */
export interface ChosenServices {
  objects: ReadonlySet<string>;
  extensions: ReadonlySet<string>;
}

/** RFC 5730 section 3. */
const MESSAGES: Readonly<Record<ResultCode, string>> = {
  1000: 'Command completed successfully',
  1001: 'Command completed successfully; action pending',
  1300: 'Command completed successfully; no messages',
  1301: 'Command completed successfully; ack to dequeue',
  1500: 'Command completed successfully; ending session',
  2000: 'Unknown command',
  2001: 'Command syntax error',
  2002: 'Command use error',
  2003: 'Required parameter missing',
  2004: 'Parameter value range error',
  2005: 'Parameter value syntax error',
  2100: 'Unimplemented protocol version',
  2101: 'Unimplemented command',
  2102: 'Unimplemented option',
  2103: 'Unimplemented extension',
  2104: 'Billing failure',
  2105: 'Object is not eligible for renewal',
  2106: 'Object is not eligible for transfer',
  2200: 'Authentication error',
  2201: 'Authorization error',
  2202: 'Invalid authorization information',
  2300: 'Object pending transfer',
  2301: 'Object not pending transfer',
  2302: 'Object exists',
  2303: 'Object does not exist',
  2304: 'Object status prohibits operation',
  2305: 'Object association prohibits operation',
  2306: 'Parameter value policy error',
  2307: 'Unimplemented object service',
  2308: 'Data management policy violation',
  2400: 'Command failed',
  2500: 'Command failed; server closing connection',
  2501: 'Authentication error; server closing connection',
  2502: 'Session limit exceeded; server closing connection',
};

/** Longest text of a client that is sent back to it. */
const OFFENDER_SIZE_MAX = 255;

/** A command that was done, with what it brings. */
export function encodeOutcome(
  outcome: CommandOutcome,
  chosen: ChosenServices,
  ids: TransactionIds,
): string {
  const { result, data } = outcome;
  const whole = encodeData(data);
  const { shown, unhandled } = choose(whole, chosen, data.kind === 'poll');
  const parts = [
    encodeResult(result, unhandled.map(encodeUnhandled)),
    data.kind === 'poll' && encodeQueue(data),
    shown.data && xml('resData', {}, shown.data),
    shown.extensions.length > 0 && xml('extension', {}, ...shown.extensions),
  ];
  return encodeResponse(parts, ids);
}

/** A command that was done and brings nothing: a login, a logout. */
export function encodeDone(result: 1000 | 1500, ids: TransactionIds): string {
  return encodeResponse([encodeResult(result, [])], ids);
}

/** @param result in place of the error's own where the session ends with it */
export function encodeRefusal(
  { result, reason, offender }: Pick<RegistryError, 'result' | 'reason' | 'offender'>,
  ids: TransactionIds,
): string {
  const value = xml('value', {}, encodeOffender(offender));
  const told = xml('extValue', {}, value, xml('reason', {}, reason));
  return encodeResponse([encodeResult(result, [told])], ids);
}

function encodeResponse(parts: readonly XmlContent[], { clTrid, svTrid }: TransactionIds): string {
  const ids = [clTrid !== undefined && xml('clTRID', {}, clTrid), xml('svTRID', {}, svTrid)];
  const response = xml('response', {}, ...parts, xml('trID', {}, ...ids));
  return xmlDocument(xml('epp', { xmlns: NAMESPACE.epp }, response));
}

function encodeResult(code: ResultCode, values: readonly Xml[]): Xml {
  return xml('result', { code }, xml('msg', {}, MESSAGES[code]), values);
}

/** The element that a refusal is about, as the client knows it; the schema demands one. */
function encodeOffender(offender: Offender | undefined): Xml {
  const { element, text } = offender ?? { element: 'undef', text: '' };
  const [prefix = '', name] = element.split(':');
  const namespace = name === undefined ? undefined : namespaceOf(prefix);
  const shown = text.slice(0, OFFENDER_SIZE_MAX);
  if (name === undefined || namespace === undefined) return xml(name ?? element, {}, shown);
  if (namespace === NAMESPACE.epp) return xml(name, {}, shown);
  return xml(element, { [`xmlns:${prefix}`]: namespace }, shown);
}

function encodeData(data: RegistryData): Extended {
  if (data.kind === 'poll') {
    const told = data.message?.data;
    return told === undefined ? { extensions: [] } : encodePollData(told);
  }
  if (isOf(data, 'domain')) return encodeDomainData(data);
  return isOf(data, 'host') ? encodeHostData(data) : encodeContactData(data);
}

type ObjectData = Exclude<RegistryData, { kind: 'poll' }>;
type DataOf<Prefix extends string> = Extract<ObjectData, { kind: `${Prefix}:${string}` }>;

function isOf<Prefix extends 'domain' | 'host'>(
  data: ObjectData,
  prefix: Prefix,
): data is DataOf<Prefix> {
  return data.kind.startsWith(`${prefix}:`);
}

function encodeQueue(data: Extract<RegistryData, { kind: 'poll' }>): Xml | undefined {
  const { count, message, nextId } = data;
  if (message !== undefined) {
    const date = xml('qDate', {}, formatInstant(message.queuedAtMs));
    return xml('msgQ', { count, id: message.id }, date, xml('msg', {}, message.text));
  }
  // An acknowledgement says what waits now; an empty queue has no id to say.
  return nextId === undefined || count === 0 ? undefined : xml('msgQ', { count, id: nextId });
}

/**
 * Splits what may be shown from what the client did not choose.
 * @param isPoll only of poll messages the rest is told: the answer to its own command is complete
 *   without what the client cannot read
 */
function choose(
  whole: Extended,
  { objects, extensions }: ChosenServices,
  isPoll: boolean,
): { shown: Extended; unhandled: Xml[] } {
  const { data } = whole;
  const isDataShown = data !== undefined && objects.has(namespaceIn(data));
  const shown: Extended = {
    ...(isDataShown && { data }),
    extensions: whole.extensions.filter((each) => extensions.has(namespaceIn(each))),
  };
  if (!isPoll) return { shown, unhandled: [] };
  const hidden = whole.extensions.filter((each) => !shown.extensions.includes(each));
  return { shown, unhandled: data === undefined || isDataShown ? hidden : [data, ...hidden] };
}

function encodeUnhandled(element: Xml): Xml {
  const reason = `${namespaceIn(element)} not in login services`;
  return xml('extValue', {}, xml('value', {}, element), xml('reason', {}, reason));
}

/** Of the outermost element. */
function namespaceIn({ markup }: Xml): string {
  return namespaceOf(/^<([^:\s>]+):/.exec(markup)?.[1] ?? '') ?? '';
}
