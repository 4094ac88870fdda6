/** What the admin API says about backups, as far as the commands print it. */

export const BACKUPS_PATH = '/api/holdfast/v1/backups';

export interface BackupCopy {
  location: string;
  stored: boolean;
  verified: boolean;
  kind: 'full' | 'incremental' | null;
  message: string | null;
}

export interface BackupRun {
  id: string;
  locations: BackupCopy[];
  leftOut: { path: string; reason: string }[];
}

export interface BackupList {
  backups: BackupListing[];
  /** Locations that cannot be read at the moment. */
  unreadable: { location: string; message: string }[];
}

interface BackupListing {
  id: string;
  kind: 'full' | 'incremental';
  location: string;
  sizeBytes: number;
}

export interface BackupVerification {
  id: string;
  location: string;
  good: boolean;
  message: string | null;
}

/** One word for how a location fared. */
export function outcomeOf({ stored, verified }: BackupCopy): 'verified' | 'damaged' | 'failed' {
  if (verified) return 'verified';
  return stored ? 'damaged' : 'failed';
}
