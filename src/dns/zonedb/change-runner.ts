/**
 * Makes new versions of zones out of changes. Changes to one zone that wait at the same time are
 * applied one after the other and committed as one batch; each still has its own version, serial
 * and journal entry, and a bad one is refused without harm to its neighbours.
 *
 *     offer -> queue of the zone -> lock -> draft -> batch (synced) -> image -> receipts
 */

import { BoundedQueue } from '#base/bounded-queue.ts';
import { equalBytes, latin1 } from '#base/bytes.ts';
import { errorMessage } from '#base/coded-error.ts';
import { formatName, nameKey } from '#dns/wire/name.ts';
import { addRow, formatDigest, removeRow } from '#store/digest.ts';
import type { Write } from '#store/key-value-store.ts';
import { type AppliedChange, applyChange } from './apply-change.ts';
import { type Change, ChangeError, type ChangeOutcome } from './change.ts';
import type { JournalEntry, RrsetEdit } from './journal-entry.ts';
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
      try {
        await this.#commitGroup(group);
      } catch (error) {
        for (const waiting of group) waiting.reject(error);
      }
    }
    this.#queues.delete(key);
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
    const { row, accepted } = await this.#applyGroup(draft, state.row, group);
    if (accepted.length === 0) return;
    await this.#commit(state, draft, row, accepted);
  }

  async #readNode(generation: number, owner: Uint8Array, key: Uint8Array): Promise<DraftNode> {
    const row = await this.#parts.store.get(nodeKey(generation, key));
    return { owner, key, row, rrsets: row === undefined ? [] : parseNodeRow(row) };
  }

  /** Applies each change on top of those before it; refusals and no-ops are answered here. */
  async #applyGroup(
    draft: ZoneDraft,
    start: ZoneRow,
    group: Waiting[],
  ): Promise<{ row: ZoneRow; accepted: Accepted[] }> {
    const accepted: Accepted[] = [];
    let row = start;
    for (const waiting of group) {
      const branch = draft.branch();
      const { change } = waiting;
      try {
        const nowMs = this.#parts.clock.nowMs();
        const applied = await applyChange(branch, row, change.operations, nowMs);
        if (applied.edits.length === 0) {
          waiting.resolve({
            receipt: formatReceiptId(row.sequence),
            oldSerial: row.serial,
            newSerial: row.serial,
            changed: false,
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
    return { row, accepted };
  }

  async #commit(
    state: ZoneState,
    draft: ZoneDraft,
    row: ZoneRow,
    accepted: Accepted[],
  ): Promise<void> {
    const { journal, clock, zones } = this.#parts;
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
    const entries = await journal.commit(drafts, (numbered) => {
      committed.sequence = numbered[numbered.length - 1].sequence;
      return [...writes, { key: zoneKey(row.apex), value: formatZoneRow(committed) }];
    });
    const durableAtMs = clock.nowMs();
    const current: ZoneState = { row: committed, fault: undefined };
    zones.set(current);
    this.#publish(current, accepted, entries, durableAtMs);
    for (const [index, { waiting, applied, oldSerial }] of accepted.entries()) {
      waiting.resolve({
        receipt: formatReceiptId(entries[index].sequence),
        oldSerial,
        newSerial: applied.newSerial,
        changed: true,
      });
    }
  }

  /** The change is on disk by now: what goes wrong here is said, and heals with a restart. */
  #publish(
    state: ZoneState,
    accepted: Accepted[],
    entries: JournalEntry[],
    durableAtMs: number,
  ): void {
    const { image, clock, log, receipts, onPublished } = this.#parts;
    const { apex, serial } = state.row;
    try {
      image.apply(
        apex,
        lastEdits(accepted).map(({ owner, type, after }) => ({
          owner,
          type,
          rrset: servedRrset(owner, after),
        })),
      );
    } catch (error) {
      state.fault = `its last change is stored but could not be published: ${errorMessage(error)}`;
      log.error({ zone: formatName(apex), serial, error: errorMessage(error) }, state.fault);
      return;
    }
    const publishedAtMs = clock.nowMs();
    for (const entry of entries) {
      receipts.published(entry, durableAtMs, publishedAtMs);
      const { source, receivedAtMs, newSerial } = entry;
      onPublished({
        apex,
        serial: newSerial,
        source,
        receivedAtMs,
        durableAtMs,
        publishedAtMs,
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

/** Of several edits of one RRset in a group only the last is published. */
function lastEdits(accepted: Accepted[]): RrsetEdit[] {
  const edits = new Map<string, RrsetEdit>();
  for (const { applied } of accepted) {
    for (const edit of applied.edits) {
      edits.set(`${edit.type} ${latin1(edit.owner).toLowerCase()}`, edit);
    }
  }
  return [...edits.values()];
}
