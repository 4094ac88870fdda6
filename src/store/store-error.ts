/**
 * What can be wrong with the store: `STORE_…` codes, each documented in docs/reference/errors.md.
 * Errors about copies of it are BackupError (backup/backup-error.ts).
 */
import { CodedError } from '#base/coded-error.ts';

export class StoreError extends CodedError {}
