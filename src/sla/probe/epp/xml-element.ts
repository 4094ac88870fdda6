/**
 * The XML of EPP responses, read strictly: elements, attributes, text, namespaces, the five named
 * entities and numbers. A document type is refused, which is where XML's dangers are; so is what is
 * nested too deep. Small, because a probe must not share the server's parser.
 */

export interface XmlElement {
  /** Of its namespace; empty without one. */
  namespace: string;
  /** Without its prefix. */
  name: string;
  /** By their names as written. */
  attributes: ReadonlyMap<string, string>;
  children: XmlElement[];
  /** Of its own, joined. */
  text: string;
}

const DEPTH_MAX = 64;
const NAME = '[A-Za-z_][\\w.-]*(?::[A-Za-z_][\\w.-]*)?';
const TOKEN = new RegExp(
  '<\\?[^]*?\\?>|<!--[^]*?-->|<!\\[CDATA\\[([^]*?)\\]\\]>' +
    `|<(/?)(${NAME})((?:\\s+${NAME}\\s*=\\s*(?:"[^"<]*"|'[^'<]*'))*)\\s*(/?)>|([^<]+)`,
  'y',
);
const ATTRIBUTE = new RegExp(`(${NAME})\\s*=\\s*(?:"([^"]*)"|'([^']*)')`, 'g');
const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

interface Open extends XmlElement {
  /** As written, prefix and all. */
  tag: string;
  namespaces: ReadonlyMap<string, string>;
}

/** The root element; `undefined` if the text is not well-formed. */
export function parseXml(text: string): XmlElement | undefined {
  const root: Open = {
    tag: '',
    namespace: '',
    name: '',
    attributes: new Map(),
    children: [],
    text: '',
    namespaces: new Map(),
  };
  const open: Open[] = [root];
  const source = text.replace(/^\uFEFF/, '');
  TOKEN.lastIndex = 0;
  const token = new RegExp(TOKEN);
  while (token.lastIndex < source.length) {
    const found = token.exec(source);
    const top = open.at(-1);
    if (found === null || top === undefined) return undefined;
    const [, cdata, slash, tag, attributes, isEmpty, plain] = found;
    if (plain !== undefined || cdata !== undefined) {
      const said = cdata ?? decodeEntities(plain ?? '');
      if (said === undefined || (top === root && said.trim() !== '')) return undefined;
      top.text += said;
    } else if (slash === '/') {
      if (open.length === 1 || top.tag !== tag) return undefined;
      open.pop();
    } else if (tag !== undefined) {
      const element = openElement(top, tag, attributes ?? '');
      if (element === undefined || open.length > DEPTH_MAX) return undefined;
      top.children.push(element);
      if (isEmpty !== '/') open.push(element);
    }
  }
  const [only, ...more] = root.children;
  return open.length === 1 && more.length === 0 ? only : undefined;
}

function openElement(parent: Open, tag: string, written: string): Open | undefined {
  const attributes = new Map<string, string>();
  const namespaces = new Map(parent.namespaces);
  for (const [, name = '', double, single] of written.matchAll(ATTRIBUTE)) {
    const value = decodeEntities(double ?? single ?? '');
    if (value === undefined || attributes.has(name)) return undefined;
    attributes.set(name, value);
    if (name === 'xmlns') namespaces.set('', value);
    else if (name.startsWith('xmlns:')) namespaces.set(name.slice(6), value);
  }
  const [prefix, name] = tag.includes(':') ? (tag.split(':') as [string, string]) : ['', tag];
  const namespace = namespaces.get(prefix);
  if (namespace === undefined && prefix !== '') return undefined;
  return { tag, namespace: namespace ?? '', name, attributes, children: [], text: '', namespaces };
}

function decodeEntities(text: string): string | undefined {
  let isKnown = true;
  const decoded = text.replace(/&([^;&\s]*);?/g, (whole, name: string) => {
    const number = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(name);
    const code =
      number === null
        ? undefined
        : Number.parseInt(number[1] ?? number[2] ?? '', number[1] === undefined ? 10 : 16);
    const character =
      code !== undefined && code > 0 && code <= 0x10ffff
        ? String.fromCodePoint(code)
        : ENTITIES[name];
    if (character === undefined || !whole.endsWith(';')) isKnown = false;
    return character ?? '';
  });
  return isKnown ? decoded : undefined;
}

/** The first descendant of this name, in document order; the element itself is not among them. */
export function findElement(
  { children }: XmlElement,
  namespace: string,
  name: string,
): XmlElement | undefined {
  for (const child of children) {
    if (child.namespace === namespace && child.name === name) return child;
    const found = findElement(child, namespace, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** All descendants of this name, in document order. */
export function findElements(
  { children }: XmlElement,
  namespace: string,
  name: string,
): XmlElement[] {
  return children.flatMap((child) => [
    ...(child.namespace === namespace && child.name === name ? [child] : []),
    ...findElements(child, namespace, name),
  ]);
}

/** Text as it stands in an element or attribute. */
export function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
