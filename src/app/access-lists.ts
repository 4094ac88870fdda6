/** Who may do what, from store and configuration: the lists that every door of the server asks. */
import { AuditLog } from '#access/audit-log.ts';
import { AutoprimaryList } from '#access/autoprimary-list.ts';
import { IdempotencyKeys } from '#access/idempotency-keys.ts';
import { TokenList } from '#access/token-list.ts';
import { TsigKeyList } from '#access/tsig-key-list.ts';
import type { Journal } from '#dns/zonedb/journal.ts';
import type { KeyValueStore } from '#store/key-value-store.ts';
import { findReceiptsIn } from './adapters/request-receipts.ts';
import type { Configuration } from './config/configuration.ts';
import type { ProcessParts } from './running-process.ts';
import { readTsigKeys } from './tsig-secrets.ts';

export interface AccessLists {
  tokens: TokenList;
  tsigKeys: TsigKeyList;
  autoprimaries: AutoprimaryList;
  idempotency: IdempotencyKeys;
  audit: AuditLog;
  /** The configuration's TSIG keys as their files are now. @throws CodedError TSIG_SECRET_FILE */
  rereadTsigKeys: (configuration: Pick<Configuration, 'tsigKeys'>) => Promise<void>;
}

/**
 * What waits for the audit log is on disk when `stack` is disposed of.
 * @throws CodedError TSIG_SECRET_FILE, STORE_LAYOUT; StoreError STORE_DAMAGED
 */
export async function openAccessLists(
  configuration: Pick<Configuration, 'tsigKeys'>,
  { store, journal }: { store: KeyValueStore; journal: Journal },
  { log, random }: Pick<ProcessParts, 'log' | 'random'>,
  stack: AsyncDisposableStack,
): Promise<AccessLists> {
  const tsigKeys = await TsigKeyList.open(store, await readTsigKeys(configuration.tsigKeys, log));
  const audit = await AuditLog.open(store, log);
  stack.defer(() => audit.flush());
  return {
    tokens: await TokenList.open(store, random),
    tsigKeys,
    autoprimaries: await AutoprimaryList.open(store),
    idempotency: await IdempotencyKeys.open(store, findReceiptsIn(journal)),
    audit,
    rereadTsigKeys: async (next) => tsigKeys.configure(await readTsigKeys(next.tsigKeys, log)),
  };
}
