/**
 * A batch of changes from the text of the admin API to the operations of the zone database, with
 * every mistake of the text and, for each operation, where in the request it came from.
 */
import { latin1 } from '#base/bytes.ts';
import { CodedError } from '#base/coded-error.ts';
import { formatName, isAtOrBelow, type Name } from '#dns/wire/name.ts';
import { RdataWriter } from '#dns/wire/rdata/rdata-writer.ts';
import type {
  Change,
  ChangeContext,
  Operation,
  Precondition,
  StoredRecord,
} from '#dns/zonedb/change.ts';
import {
  type ApiError,
  invalidRequest,
  nameOutOfZone,
  recordDuplicate,
  zoneMissing,
} from '#http/api/api-error.ts';
import type { BatchEdit, BatchError, ZoneEdits } from '#http/api/change-ports.ts';
import { readEdit, readName } from './zone-text.ts';

/** One zone of the batch. */
export interface ReadZone {
  /** Its place in the request. */
  pointer: string;
  zone: string;
  change: Change;
  /** For each operation of the change, the place of the edit that it came from. */
  places: string[];
  /** Something in its text is wrong: there are fewer operations than were meant. */
  isBroken: boolean;
}

export interface ReadBatch {
  /** In the order of the request, without those whose name is none. */
  zones: ReadZone[];
  errors: BatchError[];
}

export function readBatch(batch: readonly ZoneEdits[], context: ChangeContext): ReadBatch {
  const read: ReadBatch = { zones: [], errors: [] };
  const seen = new Set<string>();
  const out = new RdataWriter();
  for (const [index, asked] of batch.entries()) {
    const pointer = `/zones/${index}`;
    const apex = readName(asked.zone);
    if (apex === undefined) {
      read.errors.push(errorAt(`${pointer}/zone`, zoneMissing(asked.zone)));
      continue;
    }
    if (seen.has(latin1(apex))) {
      const message = `Zone '${asked.zone}' stands in the batch twice: give all its edits at once`;
      read.errors.push(errorAt(`${pointer}/zone`, invalidRequest(message)));
    }
    seen.add(latin1(apex));
    read.zones.push(readZone(asked, { pointer, apex, context, out }, read.errors));
  }
  return read;
}

interface ZonePlace {
  pointer: string;
  apex: Name;
  context: ChangeContext;
  /** Lent. */
  out: RdataWriter;
}

function readZone(asked: ZoneEdits, place: ZonePlace, errors: BatchError[]): ReadZone {
  const { pointer, apex, context, out } = place;
  const operations: Operation[] = [];
  const places: string[] = [];
  const errorsBefore = errors.length;
  for (const [index, edit] of asked.edits.entries()) {
    const at = `${pointer}/edits/${index}`;
    for (const operation of readBatchEdit(edit, at, apex, out, errors)) {
      operations.push(operation);
      places.push(at);
    }
  }
  const { ifSerial: serial, ifVersion: version } = asked;
  const precondition: Precondition = {
    ...(serial !== undefined && { serial }),
    ...(version !== undefined && { version }),
  };
  return {
    pointer,
    zone: formatName(apex),
    change: { zone: apex, precondition, operations, context },
    places,
    isBroken: errors.length > errorsBefore,
  };
}

function readBatchEdit(
  edit: BatchEdit,
  at: string,
  apex: Name,
  out: RdataWriter,
  errors: BatchError[],
): Operation[] {
  const { change, name, type, ttl } = edit;
  const owner = readName(name);
  if (owner === undefined || !isAtOrBelow(owner, apex)) {
    errors.push(errorAt(`${at}/name`, nameOutOfZone(edit)));
    return [];
  }
  const whole = collect(errors, `${at}/type`, () =>
    readEdit({ change: 'DELETE', name, type }, apex, out),
  );
  if (whole?.kind !== 'delete') return [];
  if (change === 'DELETE') return [whole];
  const records = readRecords(edit, at, apex, out, errors);
  if (change === 'REPLACE') return [{ ...whole, kind: 'replace', ttl: ttl ?? 0, records }];
  return records.map((record) =>
    change === 'EXTEND'
      ? { ...whole, kind: 'extend', ttl, record }
      : { ...whole, kind: 'prune', rdata: record.rdata },
  );
}

function readRecords(
  { name, type, records }: BatchEdit,
  at: string,
  apex: Name,
  out: RdataWriter,
  errors: BatchError[],
): StoredRecord[] {
  const seen = new Set<string>();
  return records.flatMap((record, index) => {
    const pointer = `${at}/records/${index}/content`;
    const read = collect(errors, pointer, () =>
      readEdit({ change: 'EXTEND', name, type, record }, apex, out),
    );
    if (read?.kind !== 'extend') return [];
    const octets = latin1(read.record.rdata);
    if (seen.has(octets)) {
      errors.push(errorAt(pointer, recordDuplicate({ name, type }, record.content)));
    }
    seen.add(octets);
    return [read.record];
  });
}

/** What `step` gives, or `undefined` and one more error. */
function collect<T>(errors: BatchError[], pointer: string, step: () => T): T | undefined {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    errors.push(errorAt(pointer, error));
    return undefined;
  }
}

export function errorAt(pointer: string, { code, message }: ApiError | CodedError): BatchError {
  return { pointer, code, detail: message };
}
