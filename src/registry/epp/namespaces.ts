/**
 * The URIs that name what is spoken: objects and extensions. What stands in `OBJECT_URIS` and
 * `EXTENSION_URIS` is announced in the greeting and may be chosen at login, in this order.
 */
export const NAMESPACE = {
  epp: 'urn:ietf:params:xml:ns:epp-1.0',
  domain: 'urn:ietf:params:xml:ns:domain-1.0',
  host: 'urn:ietf:params:xml:ns:host-1.0',
  contact: 'urn:ietf:params:xml:ns:contact-1.0',
  maintenance: 'urn:ietf:params:xml:ns:epp:maintenance-1.0',
  secDns: 'urn:ietf:params:xml:ns:secDNS-1.1',
  rgp: 'urn:ietf:params:xml:ns:rgp-1.0',
  fee: 'urn:ietf:params:xml:ns:epp:fee-1.0',
  loginSec: 'urn:ietf:params:xml:ns:epp:loginSec-1.0',
  changePoll: 'urn:ietf:params:xml:ns:changePoll-1.0',
  /** RFC 9154 section 8.1.1: authorisation information is short-lived and kept as a digest. */
  secureAuthInfo: 'urn:ietf:params:xml:ns:epp:secure-authinfo-transfer-1.0',
  /** RFC 9038: what a client did not choose comes in `<extValue>` of poll messages. */
  unhandled: 'urn:ietf:params:xml:ns:epp:unhandled-namespaces-1.0',
} as const;

export const OBJECT_URIS: readonly string[] = [
  NAMESPACE.domain,
  NAMESPACE.host,
  NAMESPACE.contact,
  NAMESPACE.maintenance,
];

export const EXTENSION_URIS: readonly string[] = [
  NAMESPACE.secDns,
  NAMESPACE.rgp,
  NAMESPACE.fee,
  NAMESPACE.loginSec,
  NAMESPACE.changePoll,
  NAMESPACE.secureAuthInfo,
  NAMESPACE.unhandled,
];

/** The usual prefix of each namespace: in what we write, and in the names of offending elements. */
const PREFIXES: ReadonlyMap<string, string> = new Map([
  [NAMESPACE.epp, 'epp'],
  [NAMESPACE.domain, 'domain'],
  [NAMESPACE.host, 'host'],
  [NAMESPACE.contact, 'contact'],
  [NAMESPACE.maintenance, 'maint'],
  [NAMESPACE.secDns, 'secDNS'],
  [NAMESPACE.rgp, 'rgp'],
  [NAMESPACE.fee, 'fee'],
  [NAMESPACE.loginSec, 'loginSec'],
  [NAMESPACE.changePoll, 'changePoll'],
]);

export function prefixOf(namespace: string): string | undefined {
  return PREFIXES.get(namespace);
}

/** The namespace that a usual prefix stands for. */
export function namespaceOf(prefix: string): string | undefined {
  for (const [namespace, known] of PREFIXES) if (known === prefix) return namespace;
  return undefined;
}
