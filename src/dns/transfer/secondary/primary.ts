/**
 * A primary: the name server that a zone is fetched from, how it is reached and how it is known to
 * be the right one. Configuration writes its address as `192.0.2.1:53` or `[2001:db8::1]:53`; the
 * admin API, as PowerDNS does, also without the port.
 */
import type { Name } from '#dns/wire/name.ts';
import { familyOf } from '#net/ip-address.ts';
import { formatListenAddress, parseListenAddress } from '#net/listen-address.ts';

const PORT_DEFAULT = 53;
const PORT_TLS_DEFAULT = 853;

export interface PrimaryAddress {
  /** Text form, without brackets. */
  address: string;
  port: number;
}

/** How a primary is known over TLS (RFC 9103 section 9.3): by name and authority, or by its key. */
export interface PrimaryTls {
  /** Name that its certificate must be for. */
  name?: string;
  /** PEM of the authorities; left out: those of the system. */
  ca?: string;
  /** SHA-256 of public keys (SPKI), base64: one of them must be the certificate's. */
  pins: readonly string[];
  /** PEM of our own certificate and its key, for primaries that ask (mutual TLS). */
  certificate?: string;
  key?: string;
}

export interface Primary extends PrimaryAddress {
  /** Name of the TSIG key that questions to it are signed with. */
  key?: Name;
  /** Left out: TCP and UDP in the clear. */
  tls?: PrimaryTls;
  /** Address that we ask it from; left out: the system's choice. */
  source?: string;
}

/** @throws NetError NET_ADDRESS_INVALID */
export function parsePrimaryAddress(text: string, isTls = false): PrimaryAddress {
  const port = isTls ? PORT_TLS_DEFAULT : PORT_DEFAULT;
  if (familyOf(text) !== undefined && !text.includes('%')) return { address: text, port };
  const bracketed = /^\[([^\]]*)\]$/.exec(text)?.[1];
  if (bracketed !== undefined && familyOf(bracketed) === 6) return { address: bracketed, port };
  const listen = parseListenAddress(text);
  return { address: listen.address, port: listen.port };
}

/** As log lines and statuses name it. */
export function formatPrimary(primary: Primary): string {
  return `${formatListenAddress(primary)}${primary.tls === undefined ? '' : ' (TLS)'}`;
}
