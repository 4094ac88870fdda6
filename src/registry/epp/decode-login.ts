/** `<login>` (RFC 5730 section 2.9.1.1), with longer passwords by RFC 8807. */
import { RESULT, RegistryError } from '#registry/model/result.ts';
import { childOf, childToken, childTokens, nameOf, refusal, tokenOf } from './element-reading.ts';
import { EXTENSION_URIS, OBJECT_URIS } from './namespaces.ts';
import type { XmlElement } from './xml-reader.ts';

export interface LoginRequest {
  id: string;
  password: string;
  newPassword?: string;
  /** URIs of objects and of extensions that the session is to speak. */
  objects: ReadonlySet<string>;
  extensions: ReadonlySet<string>;
}

export const PROTOCOL_VERSION = '1.0';
export const LANGUAGE = 'en';

/** Stands in `<pw>` and `<newPW>` where the password is in the extension (RFC 8807 section 3.1). */
const ELSEWHERE = '[LOGIN-SECURITY]';

/**
 * What the schema would refuse as a matter of syntax, and EPP has results of its own for.
 * @throws RegistryError 2100 for the version
 */
export function checkLoginVersion(login: XmlElement): void {
  const options = childOf(login, 'options');
  const version = options && childOf(options, 'version');
  if (version === undefined || tokenOf(version) === PROTOCOL_VERSION) return;
  throw refusal(RESULT.protocolVersion, `only version ${PROTOCOL_VERSION} is spoken`, version);
}

/**
 * @param security `<loginSec:loginSec>`, if it came
 * @throws RegistryError 2003, 2102, 2103, 2307
 */
export function decodeLogin(login: XmlElement, security: XmlElement | undefined): LoginRequest {
  const options = childOf(login, 'options');
  const language = options && childOf(options, 'lang');
  if (language !== undefined && !/^en(?:-|$)/i.test(tokenOf(language))) {
    const reason = `only language ${LANGUAGE} is spoken`;
    throw refusal(RESULT.unimplementedOption, reason, language);
  }
  const services = childOf(login, 'svcs');
  const extension = services && childOf(services, 'svcExtension');
  const objects = services === undefined ? [] : childTokens(services, 'objURI');
  const extensions = extension === undefined ? [] : childTokens(extension, 'extURI');
  demandKnown(objects, OBJECT_URIS, 'objURI');
  demandKnown(extensions, EXTENSION_URIS, 'extURI');
  const newPassword = passwordOf(login, 'newPW', security);
  return {
    id: childToken(login, 'clID'),
    password: passwordOf(login, 'pw', security) ?? '',
    ...(newPassword !== undefined && { newPassword }),
    objects: new Set(objects),
    extensions: new Set(extensions),
  };
}

function demandKnown(
  uris: readonly string[],
  known: readonly string[],
  element: 'objURI' | 'extURI',
): void {
  const strange = uris.find((uri) => !known.includes(uri));
  if (strange === undefined) return;
  const result = element === 'objURI' ? RESULT.unimplementedService : RESULT.unimplementedExtension;
  const reason = `${strange} is not in the greeting`;
  throw new RegistryError(result, reason, { element: `epp:${element}`, text: strange });
}

function passwordOf(
  login: XmlElement,
  name: 'pw' | 'newPW',
  security: XmlElement | undefined,
): string | undefined {
  const plain = childOf(login, name);
  if (plain === undefined || tokenOf(plain) !== ELSEWHERE) return plain && tokenOf(plain);
  const secure = security && childOf(security, name);
  if (secure !== undefined) return tokenOf(secure);
  const reason = `${ELSEWHERE} says that the password is in <loginSec:${name}>, which is not there`;
  throw new RegistryError(RESULT.missingParameter, reason, { element: nameOf(plain), text: '' });
}
