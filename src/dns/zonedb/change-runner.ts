/**
 * Makes new versions of zones out of changes. Changes to one zone that wait at the same time are
 * applied one after the other and committed as one batch; each still has its own version, serial
 * and journal entry, and a bad one is refused without harm to its neighbours.
 *
 *     offer -> queue of the zone -> lock -> draft -> batch (synced) -> image -> receipts
 */

import { BoundedQueue } from '#base/bounded-queue.ts';
import { equalBytes } from '#base/bytes.ts';
import { ImageError } from '#dns/image/image-error.ts';
import type { ZoneEdit } from '#dns/image/image-writer.ts';
import { formatName, type Name, nameKey } from '#dns/wire/name.ts';
import { addRow, formatDigest, removeRow } from '#store/digest.ts';
import type { Write } from '#store/key-value-store.ts';
import { announce } from './announce.ts';
import { type AppliedChange, applyChange } from './apply-change.ts';
import { type Change, ChangeError, type ChangeOutcome } from './change.ts';
import { formatNodeRow, parseNodeRow, recordCount } from './node-row.ts';
import { formatReceiptId } from './receipt-id.ts';
import { servedRrset } from './served-rrset.ts';
import type { ZoneDbParts } from './zone-db-parts.ts';
import { type DraftNode, ZoneDraft } from './zone-draft.ts';
import { nodeKey, zoneKey } from './zone-keys.ts';
import type { ZoneState } from './zone-list.ts';
import { formatZoneRow, openRowDigest, type ZoneRow } from './zone-row.ts';

/** Changes that may wait for one zone; more are refused with CHANGE_BUSY. */
export const CHANGES_WAITING_MAX = 4096;
/** Changes committed as one batch. */
const GROUP_SIZE_MAX = 256;

interface Waiting {
  change: Change;
  resolve: (outcome: ChangeOutcome) => void;
  reject: (error: unknown) => void;
}

/** A change of the group that made a version. */
interface Accepted {
  waiting: Waiting;
  applied: AppliedChange;
  oldSerial: number;
}

interface AppliedGroup {
  /** The zone as it is after all of them, but for count, digest and place in the journal. */
  row: ZoneRow;
  accepted: Accepted[];
  /** Answers to those that found the zone as asked; it is so only once the others are on disk. */
  unchanged: (() => void)[];
}

export class ChangeRunner {
  readonly #parts: ZoneDbParts;
  readonly #queues = new Map<string, BoundedQueue<Waiting>>();

  constructor(parts: ZoneDbParts) {
    this.#parts = parts;
  }

  /** Resolves when the change is durable and published. @throws ChangeError */
  async apply(change: Change): Promise<ChangeOutcome> {
    const key = nameKey(change.zone);
    const { promise, resolve, reject } = Promise.withResolvers<ChangeOutcome>();
    const queue = this.#queues.get(key) ?? new BoundedQueue<Waiting>(CHANGES_WAITING_MAX);
    if (!queue.offer({ change, resolve, reject })) {
      throw new ChangeError(
        'CHANGE_BUSY',
        `${CHANGES_WAITING_MAX} changes to zone ${formatName(change.zone)} are waiting: try later`,
      );
    }
    if (!this.#queues.has(key)) {
      this.#queues.set(key, queue);
      void this.#parts.lock.run([key], () => this.#drain(key, queue));
    }
    return promise;
  }

  async #drain(key: string, queue: BoundedQueue<Waiting>): Promise<void> {
    while (queue.size > 0) {
      const group: Waiting[] = [];
      while (group.length < GROUP_SIZE_MAX) {
        const waiting = queue.take();
        if (waiting === undefined) break;
        group.push(waiting);
      }
      await this.#commitOrSplit(group);
    }
    this.#queues.delete(key);
  }

  /** What the image cannot hold must not take its neighbours along: they are tried alone. */
  async #commitOrSplit(group: Waiting[]): Promise<void> {
    try {
      await this.#commitGroup(group);
    } catch (error) {
      if (error instanceof ImageError && group.length > 1) {
        for (const waiting of group) await this.#commitOrSplit([waiting]);
      } else for (const waiting of group) waiting.reject(error);
    }
  }

  async #commitGroup(group: Waiting[]): Promise<void> {
    const apex = group[0].change.zone;
    const state = this.#parts.zones.find(apex);
    if (state === undefined) {
      throw new ChangeError('ZONE_MISSING', `there is no zone ${formatName(apex)}`);
    }
    if (state.fault !== undefined) {
      throw new ChangeError(
        'ZONE_DAMAGED',
        `zone ${formatName(apex)} cannot be changed: ${state.fault}`,
      );
    }
    const draft = new ZoneDraft(state.row.apex, (owner, key) =>
      this.#readNode(state.row.generation, owner, key),
    );
    const result = await this.#applyGroup(draft, state.row, group);
    if (result.accepted.length > 0) await this.#commit(state, draft, result);
    for (const answer of result.unchanged) answer();
  }

  async #readNode(generation: number, owner: Uint8Array, key: Uint8Array): Promise<DraftNode> {
    const row = await this.#parts.store.get(nodeKey(generation, key));
    return { owner, key, row, rrsets: row === undefined ? [] : parseNodeRow(row) };
  }

  /** Applies each change on top of those before it; what is refused is answered here. */
  async #applyGroup(draft: ZoneDraft, start: ZoneRow, group: Waiting[]): Promise<AppliedGroup> {
    const accepted: Accepted[] = [];
    const unchanged: (() => void)[] = [];
    let row = start;
    for (const waiting of group) {
      const branch = draft.branch();
      const { change } = waiting;
      try {
        const nowMs = this.#parts.clock.nowMs();
        const applied = await applyChange(branch, row, change.operations, nowMs);
        if (applied.edits.length === 0) {
          const { serial } = row;
          unchanged.push(() => {
            const receipt = formatReceiptId(this.#lastSequence(change.zone));
            waiting.resolve({ receipt, oldSerial: serial, newSerial: serial, changed: false });
          });
          continue;
        }
        draft.adopt(branch);
        accepted.push({ waiting, applied, oldSerial: row.serial });
        const edited = row.edited || change.context.source !== 'zonefile';
        row = { ...row, version: row.version + 1, serial: applied.newSerial, edited };
      } catch (error) {
        waiting.reject(error);
      }
    }
    return { row, accepted, unchanged };
  }

  #lastSequence(apex: Name): number {
    return this.#parts.zones.find(apex)?.row.sequence ?? 0;
  }

  async #commit(
    state: ZoneState,
    draft: ZoneDraft,
    { row, accepted }: AppliedGroup,
  ): Promise<void> {
    const { journal, clock, image } = this.#parts;
    const { writes, records, digest } = nodeWrites(state.row, draft);
    const begunAtMs = clock.nowMs();
    const drafts = accepted.map(({ waiting, applied, oldSerial }, index) => ({
      kind: 'change' as const,
      zone: row.apex,
      generation: row.generation,
      version: state.row.version + 1 + index,
      oldSerial,
      newSerial: applied.newSerial,
      ...waiting.change.context,
      begunAtMs,
      edits: applied.edits,
    }));
    const committed: ZoneRow = { ...row, records, digest };
    // Written to the image before it is written to the disk, so that what is on the disk can be
    // published: what the image cannot hold is refused while nothing has happened yet.
    const prepared = image.prepare(row.apex, servedEdits(accepted));
    const entries = await journal
      .commit(drafts, (numbered) => {
        committed.sequence = numbered[numbered.length - 1].sequence;
        return [...writes, { key: zoneKey(row.apex), value: formatZoneRow(committed) }];
      })
      .catch((error: unknown) => {
        prepared.abandon();
        throw error;
      });
    const durableAtMs = clock.nowMs();
    prepared.publish();
    state.row = committed;
    for (const entry of entries) announce(this.#parts, entry, durableAtMs);
    for (const [index, { waiting, applied, oldSerial }] of accepted.entries()) {
      waiting.resolve({
        receipt: formatReceiptId(entries[index].sequence),
        oldSerial,
        newSerial: applied.newSerial,
        changed: true,
      });
    }
  }
}

/** The rows that a draft changes, and the zone's new count and digest. */
function nodeWrites(
  row: ZoneRow,
  draft: ZoneDraft,
): { writes: Write[]; records: number; digest: string } {
  const digest = openRowDigest(row);
  let { records } = row;
  const writes: Write[] = [];
  for (const node of draft.changed()) {
    const before = node.row;
    const after = node.rrsets.length === 0 ? undefined : formatNodeRow(node.rrsets);
    if (before !== undefined && after !== undefined && equalBytes(before, after)) continue;
    if (before !== undefined) {
      removeRow(digest, node.key, before);
      records -= recordCount(parseNodeRow(before));
    }
    const key = nodeKey(row.generation, node.key);
    if (after !== undefined) {
      addRow(digest, node.key, after);
      records += recordCount(node.rrsets);
      writes.push({ key, value: after });
    } else if (before !== undefined) writes.push({ key, delete: true });
  }
  return { writes, records, digest: formatDigest(digest) };
}

/** What clients see of a group: of several edits of one RRset only the last. */
function servedEdits(accepted: readonly Accepted[]): ZoneEdit[] {
  const edits = new Map<string, ZoneEdit>();
  for (const { applied } of accepted) {
    for (const { owner, type, after } of applied.edits) {
      const key = `${type} ${nameKey(owner)}`;
      edits.set(key, { owner, type, rrset: servedRrset(owner, after) });
    }
  }
  return [...edits.values()];
}
