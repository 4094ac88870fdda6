/**
 * Builds the image of every zone from the store at start, but for those that a snapshot brought
 * and whose content is what the store has. A zone whose rows are not what they must
 * be is not served; it is named with what to do, and the others go on.
 */
import { errorCode, errorMessage } from '#base/coded-error.ts';
import type { ZoneLoad } from '#dns/image/image-writer.ts';
import { formatName, parseName } from '#dns/wire/name.ts';
import { PackedNode } from '#dns/zone/packed-node.ts';
import type { Entry } from '#store/key-value-store.ts';
import { PackedContentReader } from './stored-content.ts';
import type { ZoneDbParts } from './zone-db-parts.ts';
import { generationOf, generationsRange } from './zone-keys.ts';
import type { ZoneList, ZoneState } from './zone-list.ts';
import { isHidden, type ZoneRow } from './zone-row.ts';

/**
 * @param restored zones that the image holds already, by name, with the mark of their content
 * @returns the zones that were taken as the image held them, their rows unread
 */
export async function loadImage(
  parts: ZoneDbParts,
  restored: ReadonlyMap<string, string>,
): Promise<ZoneState[]> {
  const { zones, image, log } = parts;
  for (const name of restored.keys()) {
    const apex = parseName(name);
    if (zones.find(apex) === undefined) image.removeZone(apex);
  }
  const isWorth = isSnapshotWorth(zones, parts.readWholeMax);
  const unread: ZoneState[] = [];
  const missing: ZoneState[] = [];
  for (const state of zones.all()) {
    const { row } = state;
    const isHeld = isWorth && restored.get(formatName(row.apex)) === contentMark(row);
    // Whether a zone has expired is said anew after each start.
    const isTaken = isHeld && image.setUnavailable(row.apex, row.records === 0);
    if (isTaken) image.setHidden(row.apex, isHidden(row.settings));
    if (isTaken) unread.push(state);
    else missing.push(state);
  }
  await loadZones(parts, missing);
  if (restored.size > 0) {
    const built = zones.size - unread.length;
    log.info({ restored: unread.length, built }, 'zones taken from the snapshot');
  }
  return unread;
}

/** Up to so many records the whole store is read at each start, whatever snapshot there is. */
export const READ_WHOLE_MAX = 100_000;

/**
 * True if the store is so large that reading it holds up a start. What is read at start is checked
 * before it is answered; what a snapshot spares is checked afterwards.
 */
export function isSnapshotWorth(zones: ZoneList, readWholeMax: number): boolean {
  let records = 0;
  for (const { row } of zones.all()) records += row.records;
  return records > readWholeMax;
}

/** Equal for equal contents: the digest is over all rows of the zone. */
export function contentMark({ records, digest }: ZoneRow): string {
  return `${records} ${digest}`;
}

/** Builds the image of one zone anew, whose rows were not what they must be and now are. */
export async function reloadZone(parts: ZoneDbParts, state: ZoneState): Promise<void> {
  state.fault = undefined;
  await loadZones(parts, [state]);
}

/** Records in zones that are read together. */
const TOGETHER_RECORDS_MAX = 10_000;

/** Neighbours in the store by one range: one of its own costs a small zone ten times as much. */
async function loadZones(parts: ZoneDbParts, states: readonly ZoneState[]): Promise<void> {
  const node = new PackedNode();
  let run: ZoneState[] = [];
  let records = 0;
  for (const state of states.toSorted((a, b) => a.row.generation - b.row.generation)) {
    if (records + state.row.records > TOGETHER_RECORDS_MAX && run.length > 0) {
      await loadRun(parts, run, node);
      run = [];
      records = 0;
    }
    run.push(state);
    records += state.row.records;
  }
  if (run.length > 0) await loadRun(parts, run, node);
}

/** Zones in ascending order of their generations. An unreadable row is its own zone's fault. */
async function loadRun(
  parts: ZoneDbParts,
  states: readonly ZoneState[],
  node: PackedNode,
): Promise<void> {
  let index = 0;
  let loading = new ZoneLoading(parts, states[0], node);
  const goOnTo = (generation: number): void => {
    while (index < states.length && states[index].row.generation < generation) {
      loading.finish();
      index += 1;
      if (index < states.length) loading = new ZoneLoading(parts, states[index], node);
    }
  };
  const last = states[states.length - 1].row.generation;
  const { from, to } = generationsRange(states[0].row.generation, last);
  try {
    for await (const rows of parts.store.range(from, to)) {
      for (const row of rows) {
        const generation = generationOf(row.key);
        goOnTo(generation);
        // Between them may lie what is being swept.
        if (states[index]?.row.generation === generation) loading.take(row);
      }
    }
    goOnTo(Number.POSITIVE_INFINITY);
  } catch (error) {
    if (states.length === 1) {
      loading.fail(error);
      return;
    }
    loading.abandon();
    // The range ends at what cannot be read; whose that is shows when each is read alone.
    for (const state of states.slice(index)) await loadRun(parts, [state], node);
  }
}

/** One zone on its way into the image. */
class ZoneLoading {
  readonly #parts: ZoneDbParts;
  readonly #state: ZoneState;
  readonly #load: ZoneLoad;
  readonly #content: PackedContentReader;
  #isFaulty = false;

  constructor(parts: ZoneDbParts, state: ZoneState, node: PackedNode) {
    this.#parts = parts;
    this.#state = state;
    this.#load = parts.image.loadZone(state.row.apex);
    if (isHidden(state.row.settings)) this.#load.hide();
    this.#content = new PackedContentReader(state.row, node);
  }

  take(row: Entry): void {
    if (this.#isFaulty) return;
    try {
      const node = this.#content.read(row);
      if (node !== undefined) this.#load.addPacked(node);
    } catch (error) {
      this.fail(error);
    }
  }

  finish(): void {
    if (this.#isFaulty) return;
    try {
      this.#content.finish();
      if (this.#state.row.records === 0) this.#load.leaveEmpty();
      this.#load.publish();
    } catch (error) {
      this.fail(error);
    }
  }

  abandon(): void {
    if (!this.#isFaulty) this.#load.abandon();
  }

  fail(error: unknown): void {
    const { image, log } = this.#parts;
    const { apex } = this.#state.row;
    this.abandon();
    this.#isFaulty = true;
    // What a snapshot may hold of it is not what the store says it is.
    image.removeZone(apex);
    const zone = formatName(apex);
    this.#state.fault = errorMessage(error);
    log.error({ zone, code: errorCode(error) }, `zone ${zone} is not served: ${this.#state.fault}`);
  }
}
