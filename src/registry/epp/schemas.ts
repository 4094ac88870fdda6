/**
 * The schemas of the RFCs (folder `schemas`) as one validator. libxml2 reads imported schemas
 * through a provider of files that all of the process shares: it is given the texts while the
 * schemas are built and taken away again, so that no document can make the parser read anything.
 */
import { readFileSync } from 'node:fs';
import {
  XmlBufferInputProvider,
  XmlDocument,
  XmlValidateError,
  XsdValidator,
  xmlCleanupInputProvider,
  xmlRegisterInputProvider,
} from 'libxml2-wasm';
import { assert } from '#base/assert.ts';

/** Names of the files, each read by the one before it or by `all.xsd`. */
const FILES = [
  'all.xsd',
  'eppcom-1.0.xsd',
  'epp-1.0.xsd',
  'host-1.0.xsd',
  'domain-1.0.xsd',
  'contact-1.0.xsd',
  'secDNS-1.1.xsd',
  'rgp-1.0.xsd',
  'fee-1.0.xsd',
  'loginSec-1.0.xsd',
  'changePoll-1.0.xsd',
  'maintenance-1.0.xsd',
];

/** What the first thing that is wrong with a document is. */
export interface SchemaFault {
  /** Line of the document, from 1. */
  line: number;
  /** `{namespace}name` of the element, as libxml2 says it; absent where it names none. */
  element?: { namespace: string; name: string };
  message: string;
}

export class EppSchemas {
  readonly #validator: XsdValidator;

  private constructor(validator: XsdValidator) {
    this.#validator = validator;
  }

  static open(): EppSchemas {
    const folder = new URL('schemas/', import.meta.url);
    const texts = FILES.map((name) => [name, readFileSync(new URL(name, folder))] as const);
    const provider = new XmlBufferInputProvider(
      Object.fromEntries(texts.map(([name, text]) => [`schemas/${name}`, new Uint8Array(text)])),
    );
    const [, all] = texts[0] ?? [];
    assert(all !== undefined && xmlRegisterInputProvider(provider), 'the schemas can be read');
    try {
      using document = XmlDocument.fromBuffer(all, { url: 'schemas/all.xsd' });
      return new EppSchemas(XsdValidator.fromDoc(document));
    } finally {
      xmlCleanupInputProvider();
    }
  }

  /** `undefined`: valid. */
  validate(document: XmlDocument): SchemaFault | undefined {
    try {
      this.#validator.validate(document);
      return undefined;
    } catch (error) {
      if (!(error instanceof XmlValidateError)) throw error;
      const [first] = error.details;
      return readFault(first?.message ?? error.message, first?.line ?? 0);
    }
  }

  close(): void {
    this.#validator.dispose();
  }
}

/** Of `Element '{urn:…}name': what is wrong`. */
function readFault(text: string, line: number): SchemaFault {
  const match = /^Element '(?:\{([^}]*)\})?([^']+)'(?:, attribute '[^']*')?: /.exec(text);
  const message = text.trim().replace(/\s+/g, ' ');
  const [, namespace, name] = match ?? [];
  if (name === undefined) return { line, message };
  return { line, message, element: { namespace: namespace ?? '', name } };
}
