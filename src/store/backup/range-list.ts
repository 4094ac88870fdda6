/**
 * The key ranges that an incremental backup replaces, as its part `ranges` holds them: a line for
 * each, `FROM TO` in hexadecimal, ascending and apart.
 */
import { compareBytes, formatHex, parseHex, utf8 } from '#base/bytes.ts';
import type { KeyRange } from '../keyspace.ts';
import { damaged } from './manifest.ts';

/** No store of ours comes near: a block index has fewer blocks, and keys are short. */
const LIST_OCTETS_MAX = 256 << 20;

export async function* writeRanges(ranges: readonly KeyRange[]): AsyncGenerator<Uint8Array> {
  for (const { from, to } of ranges) yield utf8(`${formatHex(from)} ${formatHex(to)}\n`);
}

/** @throws BackupError BACKUP_DAMAGED for what `writeRanges` cannot have written */
export async function readRanges(
  content: AsyncIterable<Uint8Array>,
  where: string,
): Promise<KeyRange[]> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of content) {
    size += chunk.length;
    if (size > LIST_OCTETS_MAX) throw damaged(where, 'its list of ranges is too long');
    chunks.push(chunk);
  }
  const ranges: KeyRange[] = [];
  for (const line of Buffer.concat(chunks).toString('latin1').split('\n').slice(0, -1)) {
    const [from, to] = line.split(' ').map(parseHex);
    const floor = ranges.at(-1)?.to ?? new Uint8Array();
    if (!from || !to || compareBytes(floor, from) > 0 || compareBytes(from, to) >= 0) {
      throw damaged(where, 'its ranges are out of order');
    }
    ranges.push({ from, to });
  }
  return ranges;
}
