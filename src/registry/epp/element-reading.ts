/**
 * How the texts of elements are read. The schemas have been applied by then: what they demand is
 * there, and white space is to be treated as their types say (`token`, `normalizedString`).
 */
import { type Offender, RESULT, RegistryError, type ResultCode } from '#registry/model/result.ts';
import { prefixOf } from './namespaces.ts';
import type { XmlElement } from './xml-reader.ts';

/** Most types of the schemas are tokens: runs of white space are one space, none at the ends. */
export function tokenOf(element: XmlElement): string {
  return element.text.replace(/[ \t\n\r]+/g, ' ').replace(/^ | $/g, '');
}

/** A `normalizedString`: each character of white space is a space. */
export function lineOf(element: XmlElement): string {
  return element.text.replace(/[\t\n\r]/g, ' ');
}

/** Text of an element with that of all below it, for mixed content. */
export function wholeTextOf(element: XmlElement): string {
  return element.text + element.children.map(wholeTextOf).join('');
}

/** Children of this name in their parent's namespace. */
export function childrenOf(element: XmlElement, name: string): XmlElement[] {
  const { namespace } = element;
  return element.children.filter((child) => child.name === name && child.namespace === namespace);
}

export function childOf(element: XmlElement, name: string): XmlElement | undefined {
  return childrenOf(element, name)[0];
}

/** Token of a child that the schema demands. */
export function childToken(element: XmlElement, name: string): string {
  const child = childOf(element, name);
  return child === undefined ? '' : tokenOf(child);
}

export function childTokens(element: XmlElement, name: string): string[] {
  return childrenOf(element, name).map(tokenOf);
}

/** `true` and `1` of an XML boolean. */
export function isTrue(text: string | undefined): boolean {
  return text?.trim() === 'true' || text?.trim() === '1';
}

/** An element by the name that people know it by: `domain:name`. */
export function nameOf({ namespace, name }: XmlElement): string {
  const prefix = prefixOf(namespace);
  return prefix === undefined ? name : `${prefix}:${name}`;
}

export function offenderOf(element: XmlElement): Offender {
  return { element: nameOf(element), text: tokenOf(element) };
}

/** A refusal that points at an element. */
export function refusal(result: ResultCode, reason: string, element: XmlElement): RegistryError {
  return new RegistryError(result, reason, offenderOf(element));
}

/** Whole years of `<period>`; `undefined` where there is none. @throws RegistryError 2306 */
export function yearsOf(parent: XmlElement): number | undefined {
  const period = childOf(parent, 'period');
  if (period === undefined) return undefined;
  const count = Number(tokenOf(period));
  if (period.attributes.get('unit') !== 'm') return count;
  if (count % 12 === 0) return count / 12;
  throw refusal(RESULT.policy, 'a period is a whole number of years', period);
}

/** The secret of `<authInfo>`, if there is one. @throws RegistryError 2102 for another kind */
export function authInfoOf(parent: XmlElement): { secret: string; roid?: string } | undefined {
  const authInfo = childOf(parent, 'authInfo');
  if (authInfo === undefined) return undefined;
  const [kind] = authInfo.children;
  if (kind?.name === 'null') return { secret: '' };
  if (kind === undefined || kind.name !== 'pw') {
    throw refusal(RESULT.unimplementedOption, 'authorisation information is a <pw>', authInfo);
  }
  const roid = kind.attributes.get('roid');
  return { secret: lineOf(kind), ...(roid !== undefined && { roid }) };
}
