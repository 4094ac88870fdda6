/**
 * A copy of a zone on another name server, whole, to repair the one that is stored here: from a
 * secondary of ours, or from a primary where it is we who fetch. Only the very version that must be
 * here is of use, and no server is believed: whoever takes the copy holds it against the digest.
 */
import type { Clock } from '#base/clock.ts';
import type { Random } from '#base/random.ts';
import type { TsigKeyring } from '#dns/tsig/tsig-key.ts';
import { formatName } from '#dns/wire/name.ts';
import { IncomingZone } from '#dns/zonedb/import-transfer.ts';
import type { StoredNode } from '#dns/zonedb/node-row.ts';
import { parseNodeRow } from '#dns/zonedb/node-row.ts';
import { formatPackedRow } from '#dns/zonedb/packed-row.ts';
import type { ContentSource } from '#dns/zonedb/repair-zone.ts';
import type { PackedContent } from '#dns/zonedb/replace-zone.ts';
import type { ZoneRow } from '#dns/zonedb/zone-row.ts';
import { openSession } from './open-session.ts';
import { formatPrimary, type Primary } from './primary.ts';
import { TransferError } from './transfer-error.ts';
import { TRANSFER_LIMITS, type TransferLimits } from './transfer-limits.ts';
import { TransferReader } from './transfer-reader.ts';

export interface ZoneCopyOptions {
  keyring: TsigKeyring;
  clock: Clock;
  random: Random;
  limits?: Partial<TransferLimits>;
  /** Breaks it off. */
  signal: AbortSignal;
}

/** Nodes in one chunk. */
const NODES_TOGETHER = 256;

/**
 * Fetches the zone by AXFR and has it used; its memory is given back afterwards.
 * @param row what must be here: other versions, and more records than that, are not fetched
 * @throws TransferError, ChangeError TRANSFER_INVALID, and what `use` throws
 */
export async function withZoneCopy<T>(
  row: Readonly<ZoneRow>,
  peer: Primary,
  options: ZoneCopyOptions,
  use: (content: ContentSource) => Promise<T>,
): Promise<T> {
  const incoming = await fetchCopy(row, peer, options);
  try {
    const { content } = incoming.finish();
    const nodes = (): AsyncGenerator<StoredNode[]> => nodesOf(content);
    return await use({ name: formatPrimary(peer), nodes, isServedOnly: true });
  } finally {
    incoming.release();
  }
}

async function fetchCopy(
  { apex, serial, records }: Readonly<ZoneRow>,
  primary: Primary,
  { keyring, ...options }: ZoneCopyOptions,
): Promise<IncomingZone> {
  // The SOA comes twice.
  const limits = { ...TRANSFER_LIMITS, ...options.limits, recordsMax: records + 1 };
  const session = openSession({ ...options, primary, limits }, keyring);
  const incoming = new IncomingZone(apex, limits);
  try {
    const there = (await session.askSoa(apex)).serial;
    if (there !== serial) throw otherVersion(there);
    const reader = new TransferReader(apex, undefined);
    await session.transfer(apex, undefined, reader, (role, { owner, type, ttl, rdata }) => {
      if (role === 'content') incoming.add(owner, type, ttl, rdata);
    });
    if (reader.serial !== serial) throw otherVersion(reader.serial);
    return incoming;
  } catch (error) {
    incoming.release();
    throw error;
  } finally {
    session.close();
  }

  function otherVersion(there: number): TransferError {
    const text = `${formatPrimary(primary)}: has serial ${there} of ${formatName(apex)}`;
    return new TransferError('TRANSFER_SERIAL', `${text}, and serial ${serial} is what is needed`);
  }
}

async function* nodesOf({ nodes }: PackedContent): AsyncGenerator<StoredNode[]> {
  let chunk: StoredNode[] = [];
  for (const node of nodes()) {
    const owner = Uint8Array.from(node.owner);
    chunk.push({ owner, rrsets: parseNodeRow(formatPackedRow(node)) });
    if (chunk.length < NODES_TOGETHER) continue;
    yield chunk;
    chunk = [];
  }
  yield chunk;
}
