/**
 * Whether a document is a manifest at all. Whoever may write to a location can write a manifest
 * whose checksum fits, so nothing of it is used before every value is of its kind: files are those
 * of the backup's own folder, numbers are counts, times are times, and texts, which end up in
 * messages, have no control characters.
 */
import { readBackupId } from './backup-id.ts';

type Document = Readonly<Record<string, unknown>>;

const TEXT_LENGTH_MAX = 4096;
const PART_NAME = /^[a-z0-9][a-z0-9._-]*$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

/** What is not as in a manifest, in words; `undefined`: nothing. */
export function findFlaw(manifest: Document): string | undefined {
  const { kind, base, log, noLog, at, facts, parts, ...rest } = manifest;
  if (kind !== undefined && kind !== 'full' && kind !== 'incremental') return 'its kind';
  if ((base !== undefined) !== (kind === 'incremental')) return 'its base';
  if (base !== undefined && !isBase(base)) return 'its base';
  if (log !== undefined && !isBase(log)) return 'its log';
  if (noLog !== undefined && !isText(noLog)) return 'why it has no log';
  if (!isText(at) || !INSTANT.test(at) || Number.isNaN(Date.parse(at))) return 'its time';
  if (!isId(rest['id']) || !isCount(rest['storeLayoutVersion'])) return 'its id or layout version';
  if (!isCount(rest['rows']) || !isHex(rest['digest'], 32)) return 'its rows or digest';
  if (!isDocument(facts) || !Object.values(facts).every(isFact)) return 'its facts';
  if (!Array.isArray(parts)) return 'its parts';
  const wrong = parts.find((part) => !isPart(part));
  if (wrong !== undefined) return 'a part of it';
  const names = new Set(parts.map(({ name }: { name: string }) => name));
  return names.size < parts.length ? 'its parts: two have one name' : undefined;
}

function isPart(part: unknown): boolean {
  if (!isDocument(part)) return false;
  const { name, file, size, sha256, rawSize } = part;
  if (!isText(name) || !PART_NAME.test(name)) return false;
  if (file !== `${name}.zst` && file !== `${name}.zst.age`) return false;
  return isCount(size) && isHex(sha256, 64) && isCount(rawSize);
}

function isBase(base: unknown): boolean {
  if (!isDocument(base)) return false;
  return isId(base['id']) && isCount(base['rows']) && isHex(base['digest'], 32);
}

function isId(id: unknown): boolean {
  return typeof id === 'string' && readBackupId(id) !== undefined;
}

function isFact(fact: unknown): boolean {
  return isText(fact) || typeof fact === 'boolean' || typeof fact === 'number';
}

function isCount(count: unknown): boolean {
  return Number.isSafeInteger(count) && Number(count) >= 0;
}

function isHex(text: unknown, digits: number): boolean {
  return typeof text === 'string' && text.length === digits && /^[0-9a-f]*$/.test(text);
}

function isText(text: unknown): text is string {
  return typeof text === 'string' && text.length <= TEXT_LENGTH_MAX && !/\p{Cc}/u.test(text);
}

function isDocument(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
