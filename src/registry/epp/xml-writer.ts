/**
 * XML that we send, as text. Elements carry the usual prefix of their namespace, which is declared
 * on the outermost element of each object or extension. Whatever a text holds, what comes out is
 * well-formed: characters that XML 1.0 has no place for become U+FFFD.
 */
import { namespaceOf } from './namespaces.ts';

/** Markup; made by the functions of this file only, so that text cannot be taken for it. */
export interface Xml {
  readonly markup: string;
}

/** `undefined` and `false` are nothing, so that a condition can stand where an element may. */
export type XmlContent = Xml | string | undefined | false | readonly XmlContent[];
export type XmlAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** An element; an absent attribute is left out. */
export function xml(name: string, attributes: XmlAttributes, ...content: XmlContent[]): Xml {
  let markup = `<${name}`;
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) markup += ` ${key}="${escapeXml(format(value))}"`;
  }
  const inside = content.map(render).join('');
  return { markup: inside === '' ? `${markup}/>` : `${markup}>${inside}</${name}>` };
}

/** The outermost element of an object or extension: declares the namespace of its prefix. */
export function xmlObject(name: string, ...content: XmlContent[]): Xml {
  return xmlObjectWith(name, {}, ...content);
}

export function xmlObjectWith(
  name: string,
  attributes: XmlAttributes,
  ...content: XmlContent[]
): Xml {
  const prefix = name.split(':', 1)[0] ?? '';
  return xml(name, { [`xmlns:${prefix}`]: namespaceOf(prefix), ...attributes }, ...content);
}

/** An element with a text, or nothing where there is none. */
export function xmlText(name: string, text: string | undefined): Xml | undefined {
  return text === undefined ? undefined : xml(name, {}, text);
}

/** A document. */
export function xmlDocument(root: Xml): string {
  return `<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n${root.markup}`;
}

function render(content: XmlContent): string {
  if (content === undefined || content === false) return '';
  if (typeof content === 'string') return escapeXml(content);
  if ('markup' in content) return content.markup;
  return content.map(render).join('');
}

function format(value: string | number | boolean): string {
  if (typeof value === 'boolean') return value ? '1' : '0';
  return String(value);
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

function escapeXml(text: string): string {
  const known = text.toWellFormed().replace(/(?![\t\n\r])[\p{Cc}\ufffe\uffff]/gu, '\ufffd');
  return known.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? character);
}
