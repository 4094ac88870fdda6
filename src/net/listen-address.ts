/**
 * Where a server listens, as configuration writes it: `127.0.0.1:5300`, `[::1]:5300`. The wildcard
 * addresses `0.0.0.0` and `[::]` mean every address of their own family only: IPv6 sockets are
 * V6ONLY, so a server that wants both lists both.
 */

import { type Family, familyOf } from './ip-address.ts';
import { NetError } from './net-error.ts';

export interface ListenAddress {
  /** Text form, without brackets. */
  address: string;
  /** 1 to 65535. */
  port: number;
  family: Family;
  /** Skipped with a warning, instead of an error, where the machine lacks the address. */
  optional: boolean;
}

const PORT_MAX = 65_535;

/**
 * @param optional see `ListenAddress.optional`
 * @throws NetError NET_ADDRESS_INVALID, quoting the text
 */
export function parseListenAddress(text: string, optional = false): ListenAddress {
  const parts = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const address = parts?.[1] ?? parts?.[2] ?? '';
  const family = familyOf(address);
  const port = Number(parts?.[3]);
  const isBracketed = parts?.[1] !== undefined;
  if (family === undefined || address.includes('%') || isBracketed !== (family === 6)) {
    throw invalid(text, 'ADDRESS:PORT with an IPv4 address, or [ADDRESS]:PORT with an IPv6 one');
  }
  if (port < 1 || port > PORT_MAX) throw invalid(text, `a port from 1 to ${PORT_MAX}`);
  return { address, port, family, optional };
}

function invalid(text: string, wanted: string): NetError {
  return new NetError('NET_ADDRESS_INVALID', `'${text}' is not a listen address: write ${wanted}`);
}

/** As `parseListenAddress` reads it. */
export function formatListenAddress(listen: { address: string; port: number }): string {
  return listen.address.includes(':')
    ? `[${listen.address}]:${listen.port}`
    : `${listen.address}:${listen.port}`;
}

/** True for `0.0.0.0` and every spelling of `::`. */
export function isWildcard(listen: ListenAddress): boolean {
  return listen.family === 4 ? listen.address === '0.0.0.0' : /^[0:]+$/.test(listen.address);
}

/** True for addresses that only this machine can reach. */
export function isLoopback({ family, address }: ListenAddress): boolean {
  return family === 4 ? address.startsWith('127.') : /^[0:]+:0*1$/.test(address);
}
