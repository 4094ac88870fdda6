/**
 * What passes between the control thread and the one that makes backups. Everything here can be
 * cloned; answers carry the ticket of what they answer.
 */
import { errorCode, errorMessage } from '#base/coded-error.ts';
import { BackupError } from './backup-error.ts';
import type { BackupOutcome, CopyOutcome } from './backup-runner.ts';
import type { BackupKind } from './manifest.ts';

/** To the thread that makes backups. */
export type BackupOrder =
  | { readonly kind: 'run'; readonly ticket: number; readonly backup: BackupKind }
  | {
      readonly kind: 'verify';
      readonly ticket: number;
      readonly location: string;
      readonly id: string;
    }
  /** What it asked for with that ticket: the folder to open, and that of the mirror. */
  | {
      readonly kind: 'lent';
      readonly ticket: number;
      readonly folder: string;
      readonly mirrorFolder?: string;
    }
  | { readonly kind: 'refused'; readonly ticket: number; readonly failure: Failure }
  /** The store needs back what it lent under that ticket. */
  | { readonly kind: 'recall'; readonly ticket: number }
  | { readonly kind: 'stop' };

/** From it. */
export type BackupReport =
  | { readonly kind: 'borrow'; readonly ticket: number }
  | { readonly kind: 'returned'; readonly ticket: number }
  | { readonly kind: 'copied'; readonly copy: CopyOutcome }
  | { readonly kind: 'done'; readonly ticket: number; readonly outcome?: BackupOutcome }
  | { readonly kind: 'failed'; readonly ticket: number; readonly failure: Failure };

/** An error as it crosses: of its class and causes nothing is left. */
export interface Failure {
  readonly code: string;
  readonly message: string;
}

export function failureOf(error: unknown): Failure {
  return { code: errorCode(error) ?? 'BACKUP_LOCATION', message: errorMessage(error) };
}

export function raise({ code, message }: Failure): BackupError {
  return new BackupError(code, message);
}
