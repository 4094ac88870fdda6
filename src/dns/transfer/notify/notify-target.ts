/**
 * A name server that is told of new versions (RFC 1996), and how configuration and zones write it:
 *
 *     192.0.2.1            port 53
 *     192.0.2.1:5300, [2001:db8::1]:5300
 *     192.0.2.1 key:NAME   NOTIFY is signed with this TSIG key
 */
import { CodedError } from '#base/coded-error.ts';
import { formatName, lowerName, type Name, parseName, ROOT } from '#dns/wire/name.ts';
import { formatIpAddress, parseIpAddress } from '#net/ip-address.ts';
import { formatListenAddress } from '#net/listen-address.ts';
import { parsePrimaryAddress } from '../secondary/primary.ts';

/** Text that names no target. Code: NOTIFY_TARGET_INVALID. */
export class NotifyTargetError extends CodedError {}

export interface NotifyTarget {
  /** As RFC 5952 writes it, without brackets. */
  address: string;
  port: number;
  /** TSIG key, lower case; left out: NOTIFY is not signed. */
  key?: Name;
  /** Address of this machine that NOTIFY is sent from; left out: the system's choice. */
  source?: string;
  /** Answers queries too: receipts wait until it serves a change. */
  isWatched: boolean;
}

/** @throws NotifyTargetError NOTIFY_TARGET_INVALID */
export function parseNotifyTarget(text: string): NotifyTarget {
  const [, place = '', key] = /^(\S+)(?:\s+key:(\S+))?$/i.exec(text.trim()) ?? [];
  try {
    const target = { ...targetAddress(place), isWatched: true };
    return key === undefined ? target : { ...target, key: lowerName(parseName(key, ROOT)) };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    throw new NotifyTargetError(
      'NOTIFY_TARGET_INVALID',
      `'${text}' names nobody to notify: write ADDRESS or ADDRESS:PORT, and key:NAME behind it ` +
        'for a TSIG key',
      { cause: error },
    );
  }
}

/** @throws NetError NET_ADDRESS_INVALID */
export function targetAddress(text: string): { address: string; port: number } {
  const { address, port } = parsePrimaryAddress(text);
  const octets = parseIpAddress(address);
  return { address: octets === undefined ? address : formatIpAddress(octets), port };
}

/** `ADDRESS:PORT`, as logs, metrics and receipts name it. */
export function formatNotifyTarget(target: Pick<NotifyTarget, 'address' | 'port'>): string {
  return formatListenAddress(target);
}

/** What tells one target from another: where it is, and how it is spoken to. */
export function notifyTargetKey({ address, port, key, source }: NotifyTarget): string {
  return `${address} ${port} ${key === undefined ? '' : formatName(key)} ${source ?? ''}`;
}
