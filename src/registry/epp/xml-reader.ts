/**
 * From the octets of a frame to a tree of plain elements. What XML allows and EPP has no use for is
 * refused before or while it is parsed, so that no two readers can see different things in it:
 * encodings other than UTF-8, document types and with them entities, processing instructions.
 * libxml2's memory is outside the heap: a document lives only within `withDocument`.
 */
import {
  ParseOption,
  XmlCData,
  XmlComment,
  XmlDocument,
  XmlElement as XmlElementNode,
  XmlParseError,
  XmlText,
  type XmlTreeNode,
} from 'libxml2-wasm';
import { RESULT, RegistryError } from '#registry/model/result.ts';

export interface XmlElement {
  namespace: string;
  /** Without prefix. */
  name: string;
  /** Those without a namespace, by name. */
  attributes: ReadonlyMap<string, string>;
  /** Its own, without that of its children. */
  text: string;
  children: readonly XmlElement[];
}

/** Elements of one frame; the longest list that a command may have is far shorter. */
export const ELEMENTS_MAX = 4096;

const OPTIONS = (ParseOption.XML_PARSE_NO_XXE |
  ParseOption.XML_PARSE_NONET |
  ParseOption.XML_PARSE_NOCDATA) as ParseOption;
const DECODER = new TextDecoder('utf-8', { fatal: true });
const ENCODING = /^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([^"']*)["']/;

/**
 * Parses, hands out the document and the tree, and lets go of the document.
 * @throws RegistryError 2001 for what is not well-formed or not taken
 */
export function withDocument<T>(
  octets: Uint8Array,
  read: (root: XmlElement, document: XmlDocument) => T,
): T {
  using document = parseDocument(octets);
  return read(new TreeReader().read(document.root), document);
}

function parseDocument(octets: Uint8Array): XmlDocument {
  const text = decodeText(octets);
  const encoding = ENCODING.exec(text)?.[1] ?? 'UTF-8';
  if (!/^(?:utf-8|us-ascii)$/i.test(encoding)) throw refuse('the encoding must be UTF-8');
  if (text.includes('<!DOCTYPE')) throw refuse('a document type is not taken');
  try {
    return XmlDocument.fromString(text, { option: OPTIONS });
  } catch (error) {
    if (!(error instanceof XmlParseError)) throw error;
    const [first] = error.details;
    const place = first === undefined ? '' : ` in line ${first.line}, column ${first.col}`;
    // The parser's own words quote what it met, which in a password with a `<` is a piece of it,
    // and reasons stand in the log.
    throw refuse(`not well-formed XML${place}`);
  }
}

function decodeText(octets: Uint8Array): string {
  try {
    return DECODER.decode(octets);
  } catch {
    throw refuse('the encoding must be UTF-8');
  }
}

class TreeReader {
  #count = 0;

  /** libxml2 itself ends at a depth of 256. */
  read(node: XmlElementNode): XmlElement {
    this.#count += 1;
    if (this.#count > ELEMENTS_MAX) throw refuse(`more than ${ELEMENTS_MAX} elements`);
    const children: XmlElement[] = [];
    let text = '';
    for (let child = node.firstChild; child !== null; child = nextOf(child)) {
      if (child instanceof XmlElementNode) children.push(this.read(child));
      else if (child instanceof XmlText || child instanceof XmlCData) text += child.content;
      // Its node has no way to the next one: what comes behind it would be lost.
      else if (!(child instanceof XmlComment))
        throw refuse('a processing instruction is not taken');
    }
    const { namespaceUri: namespace, name } = node;
    return { namespace, name, attributes: readAttributes(node), text, children };
  }
}

function nextOf(node: XmlTreeNode): XmlTreeNode | null {
  return node.next;
}

function readAttributes(node: XmlElementNode): ReadonlyMap<string, string> {
  const own = node.attrs.filter(({ namespaceUri }) => namespaceUri === '');
  return new Map(own.map(({ name, value }) => [name, value]));
}

function refuse(reason: string): RegistryError {
  return new RegistryError(RESULT.syntax, reason);
}
