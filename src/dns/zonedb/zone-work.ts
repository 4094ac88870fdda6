/**
 * Work on one zone whose lock is held: changes are applied on top of each other in a draft, those
 * that are refused leave nothing in it, and what is left can be committed (`commit-works.ts`).
 */
import { equalBytes } from '#base/bytes.ts';
import type { ZoneEdit } from '#dns/image/image-writer.ts';
import { formatName, nameKey } from '#dns/wire/name.ts';
import { addRow, formatDigest, removeRow } from '#store/digest.ts';
import type { KeyValueStore, Write } from '#store/key-value-store.ts';
import { type AppliedChange, applyChange, type ErrorSink, namesOf } from './apply-change.ts';
import { applyTransfer, transferNames } from './apply-transfer.ts';
import { type Change, type ChangeContext, ChangeError } from './change.ts';
import type { EntryDraft } from './journal-entry.ts';
import type { SerialRule } from './next-serial.ts';
import { formatNodeRow, parseNodeRow, recordCount } from './node-row.ts';
import { servedRrset } from './served-rrset.ts';
import { type DraftNode, ZoneDraft } from './zone-draft.ts';
import { nodeKey } from './zone-keys.ts';
import type { ZoneState } from './zone-list.ts';
import { openRowDigest, type ZoneRow } from './zone-row.ts';
import type { ZoneTransfer } from './zone-transfer.ts';

/** What became of one change. */
export interface Accepted {
  context: ChangeContext;
  applied: AppliedChange;
  oldSerial: number;
  /** Which of the accepted changes of the zone made a version; `undefined`: it changed nothing. */
  place: number | undefined;
}

export class ZoneWork {
  readonly state: ZoneState;
  /** The zone as it is after what was accepted, but for count, digest and place in the journal. */
  row: ZoneRow;
  /** Those that make a version, in order. */
  readonly #accepted: Accepted[] = [];
  readonly #draft: ZoneDraft;

  /** @throws ChangeError ZONE_MISSING, ZONE_DAMAGED */
  constructor(store: KeyValueStore, name: Change['zone'], state: ZoneState | undefined) {
    if (state === undefined) {
      throw new ChangeError('ZONE_MISSING', `there is no zone ${formatName(name)}`);
    }
    if (state.fault !== undefined) {
      const zone = formatName(name);
      throw new ChangeError('ZONE_DAMAGED', `zone ${zone} cannot be changed: ${state.fault}`);
    }
    this.state = state;
    this.row = state.row;
    const { apex, generation } = state.row;
    this.#draft = new ZoneDraft(apex, (keys) =>
      store.getMany(keys.map((key) => nodeKey(generation, key))),
    );
  }

  /** Reads what the changes will look at. */
  async load(changes: readonly Change[]): Promise<void> {
    const { apex } = this.row;
    await this.#draft.load(changes.flatMap((change) => namesOf(apex, change)));
  }

  async loadTransfer(transfer: ZoneTransfer): Promise<void> {
    await this.#draft.load(transferNames(this.row.apex, transfer));
  }

  /** @param report told why the change is refused; then nothing of it stays */
  apply(change: Change, nowMs: number, report: ErrorSink, rule?: SerialRule): Accepted {
    const ruled = rule ?? (change.context.source === 'update' ? 'update' : 'zone');
    return this.#take(change.context, report, (draft, sink) =>
      applyChange(draft, this.row, change, ruled, nowMs, sink),
    );
  }

  transfer(transfer: ZoneTransfer, report: ErrorSink): Accepted {
    return this.#take(transfer.context, report, (draft, sink) =>
      applyTransfer(draft, this.row, transfer, sink),
    );
  }

  #take(
    context: ChangeContext,
    report: ErrorSink,
    apply: (draft: ZoneDraft, sink: ErrorSink) => AppliedChange,
  ): Accepted {
    const branch = this.#draft.branch();
    let refused = false;
    const applied = apply(branch, (error) => {
      refused = true;
      report(error);
    });
    const accepted: Accepted = { context, applied, oldSerial: this.row.serial, place: undefined };
    if (refused || applied.edits.length === 0) return accepted;
    this.#draft.adopt(branch);
    accepted.place = this.#accepted.length;
    this.#accepted.push(accepted);
    const { source } = context;
    const edited = (this.row.edited && source !== 'transfer') || isEdit(source);
    const { newSerial } = applied;
    this.row = {
      ...this.row,
      ...applied.row,
      version: this.row.version + 1,
      serial: newSerial,
      edited,
    };
    return accepted;
  }

  /** True if there is something to commit. */
  get isChanged(): boolean {
    return this.#accepted.length > 0;
  }

  /** True if a transfer is among it: the zone is as its primary has it. */
  get isRefreshed(): boolean {
    return this.#accepted.some(({ context }) => context.source === 'transfer');
  }

  /** The nodes that were loaded, as the store showed them. */
  loaded(): Iterable<DraftNode> {
    return this.#draft.stored();
  }

  /** One entry of the journal for each version. */
  entryDrafts(begunAtMs: number): EntryDraft[] {
    const { apex, generation, version } = this.state.row;
    return this.#accepted.map(({ context, applied, oldSerial }, index) => ({
      kind: 'change',
      zone: apex,
      generation,
      version: version + 1 + index,
      oldSerial,
      newSerial: applied.newSerial,
      ...context,
      begunAtMs,
      edits: applied.edits,
    }));
  }

  /** What clients see of it: of several edits of one RRset only the last. */
  servedEdits(): ZoneEdit[] {
    if (this.#accepted.length === 1) return this.#accepted[0].applied.edits.map(servedEdit);
    const edits = new Map<string, ZoneEdit>();
    for (const { applied } of this.#accepted) {
      for (const edit of applied.edits) {
        edits.set(`${edit.type} ${nameKey(edit.owner)}`, servedEdit(edit));
      }
    }
    return [...edits.values()];
  }

  /** The rows that change; the zone's new count and digest go into `row`. */
  nodeWrites(): Write[] {
    const { generation } = this.row;
    const digest = openRowDigest(this.row);
    let { records } = this.row;
    const writes: Write[] = [];
    for (const node of this.#draft.changed()) {
      const before = node.row;
      const after = node.rrsets.length === 0 ? undefined : formatNodeRow(node.rrsets);
      if (before !== undefined && after !== undefined && equalBytes(before, after)) continue;
      if (before !== undefined) {
        removeRow(digest, node.key, before);
        records -= recordCount(parseNodeRow(before));
      }
      const key = nodeKey(generation, node.key);
      if (after !== undefined) {
        addRow(digest, node.key, after);
        records += recordCount(node.rrsets);
        writes.push({ key, value: after });
      } else if (before !== undefined) writes.push({ key, delete: true });
    }
    this.row = { ...this.row, records, digest: formatDigest(digest) };
    return writes;
  }
}

/** True for doors whose changes the next import of the zone's file would undo. */
function isEdit(source: ChangeContext['source']): boolean {
  return source !== 'zonefile' && source !== 'transfer';
}

function servedEdit({ owner, type, after }: AppliedChange['edits'][number]): ZoneEdit {
  return { owner, type, rrset: servedRrset(owner, after) };
}
