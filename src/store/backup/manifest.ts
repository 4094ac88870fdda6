/**
 * The manifest of a backup: what it holds and how to tell that it still does. It is a JSON document
 * `{ "sha256": HEX, "manifest": { … } }`; the hash covers the manifest as JSON without blanks, so a
 * flipped bit in the manifest is noticed like one in a part. It is never encrypted: what is where
 * can be listed and checked without a key.
 *
 * A full backup has the part `store`. An incremental one has `ranges` and `changes` instead, and
 * names the backup that it builds on (its base); `rows` and `digest` are those of the whole store
 * at its moment all the same. Either may have the part `log`, which goes on from the backup before
 * it in that location; without one the manifest says why there is none.
 */
import { createHash } from 'node:crypto';
import { BackupError } from './backup-error.ts';
import { findFlaw } from './manifest-shape.ts';

/**
 * Version of the manifest and of the parts' formats; raised when either changes. 1 knew full
 * backups only, 2 no log; both are read still.
 */
export const BACKUP_FORMAT_VERSION = 3;
const FORMAT_VERSIONS: ReadonlySet<number> = new Set([1, 2, BACKUP_FORMAT_VERSION]);

/** Plain data that the owner of the rows tells about a snapshot; compared after a restore. */
export type BackupFacts = Readonly<Record<string, string | number | boolean>>;

export type BackupKind = 'full' | 'incremental';

/** One file of the backup. */
export interface BackupPart {
  /** `store`, `ranges`, `changes`, `log`, or the name of a file that was added (`admin.key`). */
  readonly name: string;
  /** Its file in the location: the name and `.zst`, and `.age` where it is encrypted. */
  readonly file: string;
  /** Octets of the file. */
  readonly size: number;
  /** Hexadecimal SHA-256 of the file. */
  readonly sha256: string;
  /** Octets before compression. */
  readonly rawSize: number;
}

/** The backup that an incremental one or a log builds on, and what must be in it. */
export interface BackupBase {
  readonly id: string;
  readonly rows: number;
  readonly digest: string;
}

export interface BackupManifest {
  readonly format: 'holdfast-backup';
  readonly formatVersion: number;
  readonly id: string;
  readonly kind: BackupKind;
  /** There exactly when the kind is `incremental`. */
  readonly base?: BackupBase;
  /** What the part `log` goes on from; there exactly when that part is. */
  readonly log?: BackupBase;
  /** Why there is no such part. */
  readonly noLog?: string;
  /** When the snapshot was taken, ISO 8601 in UTC. */
  readonly at: string;
  readonly storeLayoutVersion: number;
  /** Rows of the store, the layout row included. */
  readonly rows: number;
  /** Digest over all rows (digest.ts), 32 hexadecimal digits. */
  readonly digest: string;
  readonly facts: BackupFacts;
  readonly parts: readonly BackupPart[];
}

/** Whether reading its parts needs an identity. */
export function isEncrypted(manifest: BackupManifest): boolean {
  return manifest.parts.some((part) => part.file.endsWith('.age'));
}

/** Octets of all its parts. */
export function backupSize(manifest: BackupManifest): number {
  return manifest.parts.reduce((sum, part) => sum + part.size, 0);
}

export function formatManifest(manifest: BackupManifest): string {
  return `${JSON.stringify({ sha256: hash(manifest), manifest }, null, 2)}\n`;
}

/**
 * Errors: `BACKUP_DAMAGED` for a text that is not an unharmed manifest, `BACKUP_FORMAT` for one of
 * an unknown version. `where` names the backup in the message.
 */
export function parseManifest(text: string, where: string): BackupManifest {
  const document = parseDocument(text, where);
  const { manifest } = document;
  checkHash(document, where);
  if (!Number.isSafeInteger(manifest.formatVersion)) {
    throw damaged(where, 'its manifest is of another shape: its version');
  }
  if (!FORMAT_VERSIONS.has(manifest.formatVersion)) {
    throw new BackupError(
      'BACKUP_FORMAT',
      `${where} has format version ${manifest.formatVersion}, this program reads ` +
        `${BACKUP_FORMAT_VERSION}: use the Holdfast that wrote it`,
    );
  }
  const flaw = findFlaw({ ...manifest });
  if (flaw !== undefined) throw damaged(where, `its manifest is of another shape: ${flaw}`);
  return manifest.formatVersion === 1 ? { ...manifest, kind: 'full' } : manifest;
}

/** The error for a backup that does not hold what it should. */
export function damaged(where: string, what: string, cause?: unknown): BackupError {
  return new BackupError('BACKUP_DAMAGED', `${where} is damaged (${what}): use another one`, {
    cause,
  });
}

/** The document around a manifest, which nobody has looked into. */
interface Sealed {
  readonly sha256: string;
  readonly manifest: BackupManifest;
}

function parseDocument(text: string, where: string): Sealed {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw damaged(where, 'its manifest is not JSON', error);
  }
  const isManifest =
    typeof document === 'object' &&
    document !== null &&
    'sha256' in document &&
    'manifest' in document &&
    typeof document.manifest === 'object' &&
    document.manifest !== null;
  if (!isManifest) throw damaged(where, 'its manifest is of another shape');
  return document as Sealed;
}

function checkHash({ sha256, manifest }: Sealed, where: string): void {
  let found: string;
  try {
    found = hash(manifest);
  } catch (error) {
    // Nested deeper than it can be written.
    throw damaged(where, 'its manifest is of another shape', error);
  }
  if (sha256 !== found) throw damaged(where, 'its manifest fails its checksum');
}

function hash(manifest: object): string {
  return createHash('sha256').update(JSON.stringify(manifest)).digest('hex');
}
