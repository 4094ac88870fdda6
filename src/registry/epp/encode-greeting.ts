/** The greeting (RFC 5730 section 2.4): what is spoken here, and what becomes of personal data. */
import { formatInstant } from '#base/clock.ts';
import { LANGUAGE, PROTOCOL_VERSION } from './decode-login.ts';
import { EXTENSION_URIS, NAMESPACE, OBJECT_URIS } from './namespaces.ts';
import { type Xml, xml, xmlDocument } from './xml-writer.ts';

/** @param serverId 3 to 64 characters */
export function encodeGreeting(serverId: string, nowMs: number): string {
  const greeting = xml(
    'greeting',
    {},
    xml('svID', {}, serverId),
    xml('svDate', {}, formatInstant(nowMs)),
    xml(
      'svcMenu',
      {},
      xml('version', {}, PROTOCOL_VERSION),
      // Clients copy the first one into their login.
      xml('lang', {}, LANGUAGE),
      OBJECT_URIS.map((uri) => xml('objURI', {}, uri)),
      xml('svcExtension', {}, ...EXTENSION_URIS.map((uri) => xml('extURI', {}, uri))),
    ),
    encodePolicy(),
  );
  return xmlDocument(xml('epp', { xmlns: NAMESPACE.epp }, greeting));
}

/**
 * Personal data is collected to provision and administer names, goes to this registry and, as far
 * as it is disclosed, to the public, and is kept as long as its purpose or the law wants it.
 */
function encodePolicy(): Xml {
  return xml(
    'dcp',
    {},
    xml('access', {}, xml('personalAndOther', {})),
    xml(
      'statement',
      {},
      xml('purpose', {}, xml('admin', {}), xml('prov', {})),
      xml('recipient', {}, xml('ours', {}), xml('public', {})),
      xml('retention', {}, xml('stated', {})),
    ),
  );
}
