/**
 * Changes of several zones as one, joined to the zone database. A batch that is refused is looked
 * at once more as a whole, so that every mistake is told and not just the first.
 */
import { ImageError } from '#dns/image/image-error.ts';
import type { Finding } from '#dns/zone/finding.ts';
import {
  ChangeError,
  type ChangeOutcome,
  type ChangePreview,
  type RrsetEdit,
} from '#dns/zonedb/change.ts';
import { parseReceiptId } from '#dns/zonedb/receipt-id.ts';
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';
import { ApiError, batchRefused } from '#http/api/api-error.ts';
import type {
  BatchError,
  ChangePort,
  ChangeWarning,
  ZoneChange,
  ZoneEdits,
} from '#http/api/change-ports.ts';
import type { WriteContext } from '#http/api/ports.ts';
import { errorAt, type ReadBatch, type ReadZone, readBatch } from './batch-text.ts';
import { changeContext } from './change-context.ts';
import { refusalOf } from './change-refusal.ts';
import { formatDiff } from './record-diff.ts';

/** Wrong with a zone whatever its edits say. */
const ZONE_CODES: ReadonlySet<string> = new Set([
  'ZONE_MISSING',
  'ZONE_DAMAGED',
  'CHANGE_SIGNED',
  'PRECONDITION_FAILED',
]);

export class BatchAdapter implements ChangePort {
  readonly #zones: ZoneDb;

  constructor(zones: ZoneDb) {
    this.#zones = zones;
  }

  async apply(batch: readonly ZoneEdits[], context: WriteContext): Promise<ZoneChange[]> {
    const read = readBatch(batch, changeContext(context));
    if (read.errors.length > 0) throw await this.#refusal(read);
    try {
      const outcomes = await this.#zones.applyAll(read.zones.map(({ change }) => change));
      const changes = outcomes.map((outcome, index) =>
        appliedChange(this.#zones, read.zones[index].zone, outcome),
      );
      return await Promise.all(changes);
    } catch (error) {
      throw await this.#explain(read, error);
    }
  }

  async preview(batch: readonly ZoneEdits[], context: WriteContext): Promise<ZoneChange[]> {
    const read = readBatch(batch, changeContext(context));
    if (read.errors.length > 0) throw await this.#refusal(read);
    const previews = await this.#preview(read);
    const errors = findErrors(read, previews);
    if (errors.length > 0) throw batchRefused(errors);
    return previews.map((preview, index) => previewedChange(read.zones[index].zone, preview));
  }

  /** The mistakes of the text, and of the zones those that they cannot have caused. */
  async #refusal(read: ReadBatch): Promise<ApiError> {
    const previews = await this.#preview(read);
    return batchRefused([...read.errors, ...findErrors(read, previews)]);
  }

  async #explain(read: ReadBatch, error: unknown): Promise<unknown> {
    const isBusy = error instanceof ChangeError && error.code === 'CHANGE_BUSY';
    const isFull = error instanceof ImageError && error.code === 'IMAGE_FULL';
    const isRefused = error instanceof ChangeError || error instanceof ImageError;
    if (!isRefused || isBusy || isFull) return refusalOf('', error);
    const errors = findErrors(read, await this.#preview(read));
    // Somebody else has put it right meanwhile: then what was wrong is all there is to say.
    if (errors.length > 0) return batchRefused(errors);
    if (error instanceof ChangeError) return batchRefused([describe(read.zones, error)]);
    return refusalOf('', error);
  }

  async #preview({ zones }: ReadBatch): Promise<ChangePreview[]> {
    try {
      return await this.#zones.preview(zones.map(({ change }) => change));
    } catch (error) {
      throw refusalOf('', error);
    }
  }
}

/** What a change did, with the difference that the journal has of it. */
export async function appliedChange(
  zones: ZoneDb,
  zone: string,
  { receipt, oldSerial, newSerial, changed, warnings = [] }: ChangeOutcome,
): Promise<ZoneChange> {
  const sequence = parseReceiptId(receipt);
  const entry = changed && sequence !== undefined ? await zones.journal.get(sequence) : undefined;
  const said = { zone, oldSerial, newSerial, changed, receiptId: receipt };
  return { ...said, ...shown(entry?.edits ?? [], warnings) };
}

export function previewedChange(
  zone: string,
  { oldSerial, newSerial, changed, edits, warnings }: ChangePreview,
): ZoneChange {
  return { zone, oldSerial, newSerial, changed, ...shown(edits, warnings) };
}

function shown(
  edits: readonly RrsetEdit[],
  warnings: readonly Finding[],
): Pick<ZoneChange, 'diff' | 'warnings'> {
  return {
    diff: formatDiff(edits),
    warnings: warnings.map(({ code, message }): ChangeWarning => ({ code, message })),
  };
}

function findErrors({ zones }: ReadBatch, previews: readonly ChangePreview[]): BatchError[] {
  return previews.flatMap(({ errors }, index) =>
    errors
      .filter(({ code }) => !zones[index].isBroken || ZONE_CODES.has(code))
      .map((error) => describe(zones, error.within({ change: index }))),
  );
}

/** @param error with `detail.change` */
function describe(zones: readonly ReadZone[], error: ChangeError): BatchError {
  const { change = 0, operation } = error.detail;
  const { pointer, zone, places } = zones[change];
  if (error.code === 'PRECONDITION_FAILED') {
    const key = error.detail.serial === undefined ? 'ifVersion' : 'ifSerial';
    return errorAt(`${pointer}/${key}`, error);
  }
  if (operation !== undefined) return errorAt(places[operation], error);
  const refusal = refusalOf(zone, error);
  const told = refusal instanceof ApiError ? refusal : error;
  return errorAt(ZONE_CODES.has(error.code) ? `${pointer}/zone` : `${pointer}/edits`, told);
}
