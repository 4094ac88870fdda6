/**
 * A conversation with a primary, signed with the key that the configuration names for it. A key
 * that is not there is told before anything is sent: unsigned, a primary that demands it would
 * answer NOTAUTH or REFUSED, which says nothing of the cause.
 */
import type { TsigKeyring } from '#dns/tsig/tsig-key.ts';
import { formatName } from '#dns/wire/name.ts';
import { formatPrimary } from './primary.ts';
import { PrimarySession, type SessionOptions } from './primary-session.ts';
import { TransferError } from './transfer-error.ts';

/** @throws TransferError TRANSFER_KEY when the primary's key is not one of ours */
export function openSession(
  options: Omit<SessionOptions, 'key'>,
  keyring: TsigKeyring,
): PrimarySession {
  const { primary } = options;
  const key = primary.key && keyring.find(primary.key);
  if (primary.key !== undefined && key === undefined) {
    const name = formatName(primary.key);
    const text = `${formatPrimary(primary)}: there is no TSIG key ${name} here; add it`;
    throw new TransferError('TRANSFER_KEY', text);
  }
  return new PrimarySession({ ...options, key });
}
