/**
 * The commands of the EPP tests as XML (RFC 5730 to 5733), and what a right answer to each contains
 * (biz-2013 5.6: "appropriate data from the Registry System").
 */
import { formatHex } from '#base/bytes.ts';
import type { Random } from '#base/random.ts';
import { EPP_NAMESPACE } from './epp-session.ts';
import { escapeXml, findElement, findElements, type XmlElement } from './xml-element.ts';

export const DOMAIN_NAMESPACE = 'urn:ietf:params:xml:ns:domain-1.0';
export const HOST_NAMESPACE = 'urn:ietf:params:xml:ns:host-1.0';
export const CONTACT_NAMESPACE = 'urn:ietf:params:xml:ns:contact-1.0';

export type EppClass = 'session' | 'query' | 'transform';

/** The commands that can be tested, by their class (RFC 5730 section 2.9). */
export const EPP_COMMANDS = {
  session: ['login', 'logout'],
  query: ['domain:check', 'domain:info', 'host:check', 'contact:check', 'poll'],
  transform: ['domain:update', 'domain:create', 'domain:renew', 'domain:delete'],
} as const satisfies Record<EppClass, readonly string[]>;

export type EppCommand = (typeof EPP_COMMANDS)[EppClass][number];

export interface EppAnswer {
  /** Result code (RFC 5730 section 3); 0 where there is none. */
  code: number;
  root: XmlElement;
  clientId: string;
  /** What the server calls the transaction (`svTRID`); empty where it does not say. */
  serverId: string;
}

/** Result of a creation: it is there already. */
export const OBJECT_EXISTS = 2302;
const PASSWORD_SIZE = 12;

/** Results of commands that were done: done, pending, no message, a message, session ended. */
const DONE = [1000, 1001, 1300, 1301, 1500];

export function readAnswer(root: XmlElement): EppAnswer {
  const result = findElement(root, EPP_NAMESPACE, 'result');
  const clientId = findElement(root, EPP_NAMESPACE, 'clTRID')?.text ?? '';
  const serverId = findElement(root, EPP_NAMESPACE, 'svTRID')?.text ?? '';
  return { code: Number(result?.attributes.get('code') ?? 0), root, clientId, serverId };
}

export function isDone({ code }: EppAnswer): boolean {
  return DONE.includes(code);
}

export interface LoginOptions {
  id: string;
  password: string;
  /** URIs of objects and extensions that the session uses. */
  objects: readonly string[];
  extensions: readonly string[];
}

export function login(
  { id, password, objects, extensions }: LoginOptions,
  clientId: string,
): string {
  const uris = objects.map((uri) => `<objURI>${escapeXml(uri)}</objURI>`).join('');
  const more = extensions.map((uri) => `<extURI>${escapeXml(uri)}</extURI>`).join('');
  const extension = more === '' ? '' : `<svcExtension>${more}</svcExtension>`;
  return command(
    `<login><clID>${escapeXml(id)}</clID><pw>${escapeXml(password)}</pw>` +
      '<options><version>1.0</version><lang>en</lang></options>' +
      `<svcs>${uris}${extension}</svcs></login>`,
    clientId,
  );
}

export function logout(clientId: string): string {
  return command('<logout/>', clientId);
}

export function poll(clientId: string): string {
  return command('<poll op="req"/>', clientId);
}

export type CheckedKind = 'domain' | 'host' | 'contact';

export function check(kind: CheckedKind, name: string, clientId: string): string {
  const field = kind === 'contact' ? 'id' : 'name';
  const body = `<${kind}:${field}>${escapeXml(name)}</${kind}:${field}>`;
  return command(`<check>${object(kind, 'check', body)}</check>`, clientId);
}

export function domainInfo(name: string, clientId: string): string {
  const body = `<domain:name hosts="all">${escapeXml(name)}</domain:name>`;
  return command(`<info>${object('domain', 'info', body)}</info>`, clientId);
}

export interface DomainCreation {
  name: string;
  password: string;
  /** Of the registrant and of each other contact; absent in registries without contacts. */
  contact?: string | undefined;
  contactTypes: readonly string[];
}

export function domainCreate(
  { name, password, contact, contactTypes }: DomainCreation,
  clientId: string,
): string {
  const contacts =
    contact === undefined
      ? ''
      : `<domain:registrant>${escapeXml(contact)}</domain:registrant>${contactTypes
          .map((type) => `<domain:contact type="${type}">${escapeXml(contact)}</domain:contact>`)
          .join('')}`;
  const body =
    `<domain:name>${escapeXml(name)}</domain:name><domain:period unit="y">1</domain:period>` +
    `${contacts}${authInfo(password)}`;
  return command(`<create>${object('domain', 'create', body)}</create>`, clientId);
}

export function domainDelete(name: string, clientId: string): string {
  const body = `<domain:name>${escapeXml(name)}</domain:name>`;
  return command(`<delete>${object('domain', 'delete', body)}</delete>`, clientId);
}

/** @param expiry the day on which it expires now, `YYYY-MM-DD` */
export function domainRenew(name: string, expiry: string, clientId: string): string {
  const body =
    `<domain:name>${escapeXml(name)}</domain:name>` +
    `<domain:curExpDate>${escapeXml(expiry)}</domain:curExpDate>` +
    '<domain:period unit="y">1</domain:period>';
  return command(`<renew>${object('domain', 'renew', body)}</renew>`, clientId);
}

/** Gives the domain a new password, which harms nothing. */
export function domainNewPassword(name: string, password: string, clientId: string): string {
  const body = `<domain:name>${escapeXml(name)}</domain:name><domain:chg>${authInfo(password)}</domain:chg>`;
  return command(`<update>${object('domain', 'update', body)}</update>`, clientId);
}

export function domainNameservers(
  name: string,
  { add, remove }: { add: readonly string[]; remove: readonly string[] },
  clientId: string,
): string {
  const body = `<domain:name>${escapeXml(name)}</domain:name>${nameserverList('add', add)}${nameserverList('rem', remove)}`;
  return command(`<update>${object('domain', 'update', body)}</update>`, clientId);
}

export function hostCreate(name: string, clientId: string): string {
  const body = `<host:name>${escapeXml(name)}</host:name>`;
  return command(`<create>${object('host', 'create', body)}</create>`, clientId);
}

/** A contact that is nobody: it stands in domains that exist to be tested with. */
export function contactCreate(id: string, password: string, clientId: string): string {
  const body =
    `<contact:id>${escapeXml(id)}</contact:id><contact:postalInfo type="int">` +
    '<contact:name>Test object</contact:name><contact:addr><contact:city>Nowhere</contact:city>' +
    '<contact:cc>US</contact:cc></contact:addr></contact:postalInfo>' +
    '<contact:email>nobody@example.com</contact:email>' +
    `<contact:authInfo><contact:pw>${escapeXml(password)}</contact:pw></contact:authInfo>`;
  return command(`<create>${object('contact', 'create', body)}</create>`, clientId);
}

export function hostDelete(name: string, clientId: string): string {
  const body = `<host:name>${escapeXml(name)}</host:name>`;
  return command(`<delete>${object('host', 'delete', body)}</delete>`, clientId);
}

/** True if the answer speaks of this object: each command's data carries its name. */
export function isAbout({ root }: EppAnswer, kind: CheckedKind, name: string): boolean {
  const field = kind === 'contact' ? 'id' : 'name';
  return findElements(root, namespaceOf(kind), field).some(
    ({ text }) => text.trim().toLowerCase() === name.toLowerCase(),
  );
}

/** For an object, of the kind that registries ask for: letters of both cases, digits, a sign. */
export function newPassword(random: Random): string {
  return `Aa1-${formatHex(random.bytes(PASSWORD_SIZE))}`;
}

/** The name servers of a domain:info answer. */
export function nameserversIn({ root }: EppAnswer): string[] {
  return findElements(root, DOMAIN_NAMESPACE, 'hostObj').map(({ text }) => text.trim());
}

/** The day of expiry in a domain:create or domain:info answer. */
export function expiryIn({ root }: EppAnswer): string | undefined {
  const text = findElement(root, DOMAIN_NAMESPACE, 'exDate')?.text.trim() ?? '';
  return /^\d{4}-\d{2}-\d{2}/.exec(text)?.[0];
}

function nameserverList(tag: string, hosts: readonly string[]): string {
  if (hosts.length === 0) return '';
  const each = hosts.map((host) => `<domain:hostObj>${escapeXml(host)}</domain:hostObj>`);
  return `<domain:${tag}><domain:ns>${each.join('')}</domain:ns></domain:${tag}>`;
}

function command(body: string, clientId: string): string {
  return (
    '<?xml version="1.0" encoding="UTF-8" standalone="no"?>' +
    `<epp xmlns="${EPP_NAMESPACE}"><command>${body}` +
    `<clTRID>${escapeXml(clientId)}</clTRID></command></epp>`
  );
}

function object(kind: CheckedKind, verb: string, body: string): string {
  return `<${kind}:${verb} xmlns:${kind}="${namespaceOf(kind)}">${body}</${kind}:${verb}>`;
}

function authInfo(password: string): string {
  return `<domain:authInfo><domain:pw>${escapeXml(password)}</domain:pw></domain:authInfo>`;
}

function namespaceOf(kind: CheckedKind): string {
  if (kind === 'domain') return DOMAIN_NAMESPACE;
  return kind === 'host' ? HOST_NAMESPACE : CONTACT_NAMESPACE;
}
