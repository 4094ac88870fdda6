/**
 * What can be wrong with a backup or a restore: `BACKUP_…` and `RESTORE_…` codes, documented in
 * docs/reference/errors.md, section `store`.
 */
import { CodedError } from '#base/coded-error.ts';

export class BackupError extends CodedError {}
