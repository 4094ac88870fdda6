/**
 * The examples of the RFCs, sent to our decoder and held against what we send ourselves. What a
 * registrar built by the RFC's text must be understood, and what we say must look as the RFC shows it.
 */
import { describe, expect, it } from 'vitest';
import type { DecodedFrame } from '#registry/epp/decode-frame.ts';
import { encodeOutcome } from '#registry/epp/encode-result.ts';
import { EXTENSION_URIS, NAMESPACE, OBJECT_URIS } from '#registry/epp/namespaces.ts';
import { RegistryError } from '#registry/model/result.ts';
import { useSchemas } from '../../../kit/epp/own-schemas.ts';
import * as domainExtensions from './domain-extensions.ts';
import { COMMAND_ID, epp, SERVER_ID } from './example.ts';
import * as rfc5730 from './rfc5730.ts';
import * as rfc5731 from './rfc5731.ts';
import * as rfc5732 from './rfc5732.ts';
import * as rfc5733 from './rfc5733.ts';
import * as sessionExtensions from './session-extensions.ts';

const DOCUMENTS = [rfc5730, rfc5731, rfc5732, rfc5733, domainExtensions, sessionExtensions];
const COMMANDS = DOCUMENTS.flatMap((document) => document.COMMANDS);
const RESPONSES = DOCUMENTS.flatMap((document) => document.RESPONSES);

const { decode, faultOf } = useSchemas();

/** An object that the RFC made up has no schema. */
function isMadeUp(xml: string): boolean {
  return xml.includes('xmlns:obj=');
}

/** The command, or with what it is refused. */
function meaningOf({ request }: DecodedFrame): unknown {
  if (request instanceof RegistryError) return request.result;
  return request.type === 'command' ? request.command : request.type;
}

/** What two documents must have in common: markup, with moments to the second. */
function essenceOf(xml: string): string {
  const bare = xml
    .replace(/<\?xml[^>]*>/, '')
    .replace(/>\s+/g, '>')
    .replace(/\s+</g, '<')
    .replace(/(T\d\d:\d\d:\d\d)\.0+Z/g, '$1Z')
    // Where a prefix or the default is declared is a matter of taste.
    .replace(/ xmlns(?::\w+)?="[^"]*"/g, '');
  // Never told by us: only its digest is kept (RFC 9154).
  return bare.replace(/<(\w+:authInfo)>.*?<\/\1>/g, '').replaceAll('><', '>\n<');
}

describe('what clients send in the RFCs', () => {
  it.each(COMMANDS.map((example) => [example.where, example] as const))('%s', (_where, example) => {
    const { xml, becomes } = example;
    const frame = decode(xml);
    expect(faultOf(xml) ?? '').toMatch(isMadeUp(xml) ? /demanded by the strict wildcard/ : /^$/);
    expect(frame.clTrid).toBe(COMMAND_ID);
    expect(meaningOf(frame)).toEqual(becomes);
  });

  it('RFC 5730 2.4 hello', () => {
    expect(decode(epp('<hello/>')).request).toEqual({ type: 'hello' });
  });

  it('RFC 5730 2.9.1.2 logout', () => {
    const xml = epp('<command><logout/><clTRID>ABC-12345</clTRID></command>');
    expect(decode(xml).request).toEqual({ type: 'logout' });
  });
});

describe('what servers send in the RFCs', () => {
  it.each(RESPONSES.map(({ where, xml }) => [where, xml]))('is valid: %s', (_where, xml) => {
    expect(faultOf(xml)).toBeUndefined();
  });

  const told = RESPONSES.filter(({ tells }) => tells !== undefined);
  it.each(told.map((example) => [example.where, example] as const))(
    'is what we send: %s',
    (_where, { xml, tells }) => {
      if (tells === undefined) throw new Error('filtered');
      const chosen = {
        objects: new Set(OBJECT_URIS),
        extensions: new Set(xml.includes('<fee:') ? EXTENSION_URIS : WITHOUT_FEE),
      };
      const ids = { clTrid: COMMAND_ID, svTrid: SERVER_ID };
      expect(essenceOf(encodeOutcome(tells, chosen, ids))).toBe(essenceOf(xml));
    },
  );
});

/** A client of the time before fees. */
const WITHOUT_FEE = EXTENSION_URIS.filter((uri) => uri !== NAMESPACE.fee);
