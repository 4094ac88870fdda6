/**
 * Between the text of the admin API and the octets of the zone database: names, types, contents.
 * Liberal in, canonical out: any spelling of a content is taken, the canonical one is given.
 */
import { latin1 } from '#base/bytes.ts';
import { CodedError, errorMessage } from '#base/coded-error.ts';
import { formatName, isAtOrBelow, lowerName, type Name, parseName, ROOT } from '#dns/wire/name.ts';
import { parseRdataText } from '#dns/wire/rdata/rdata-text.ts';
import type { RdataWriter } from '#dns/wire/rdata/rdata-writer.ts';
import { formatTypeCode, typeOfMnemonic } from '#dns/wire/rdata/registry.ts';
import type { Operation, StoredRecord, StoredRrset } from '#dns/zonedb/change.ts';
import { checkType } from '#dns/zonedb/check-node.ts';
import {
  contentInvalid,
  invalidRequest,
  nameOutOfZone,
  recordDuplicate,
  typeUnknown,
} from '#http/api/api-error.ts';
import type { RecordText, RrsetEdit, RrsetReplace, RrsetText } from '#http/api/ports.ts';
import { formatContent } from './content-text.ts';

/** A name from a path or a body, or `undefined` when it is none. */
export function readName(text: string): Name | undefined {
  try {
    return lowerName(parseName(text));
  } catch (error) {
    if (error instanceof CodedError) return undefined;
    throw error;
  }
}

export type ReplaceOperation = Extract<Operation, { kind: 'replace' }>;

/**
 * @param out lent for the call
 * @throws ApiError API_REQUEST_INVALID for an RRset that is set or deleted twice, and as `readEdit`
 */
export function readEdits(edits: readonly RrsetEdit[], apex: Name, out: RdataWriter): Operation[] {
  const seen = new Set<string>();
  return edits.flatMap((edit) => {
    const operation = readEdit(edit, apex, out);
    const isWhole = edit.change === 'REPLACE' || edit.change === 'DELETE';
    if (operation !== undefined && isWhole) markOnce(seen, edit, operation);
    return operation ?? [];
  });
}

/**
 * A whole content.
 * @param out lent for the call
 * @throws as `readEdits`
 */
export function readContent(
  rrsets: readonly RrsetText[],
  apex: Name,
  out: RdataWriter,
): ReplaceOperation[] {
  const seen = new Set<string>();
  return rrsets.map((rrset) => {
    const owner = readOwner(rrset, apex);
    if (owner === undefined) throw nameOutOfZone(rrset);
    const operation = readReplacement(rrset, owner, readType(rrset, owner), out);
    markOnce(seen, { ...rrset, change: 'REPLACE' }, operation);
    return operation;
  });
}

/** Single records may come one by one, a whole RRset only once, however its name is spelled. */
function markOnce(
  seen: Set<string>,
  { name, type, change }: { name: string; type: string; change: string },
  operation: Operation,
): void {
  const code = 'type' in operation ? operation.type : 0;
  const mark = `${change} ${code} ${latin1(operation.owner)}`;
  if (seen.has(mark)) {
    throw invalidRequest(`Duplicate RRset ${name} IN ${type} with changetype: ${change}`);
  }
  seen.add(mark);
}

/**
 * `undefined`: there is nothing to do.
 * @param out lent for the call
 * @throws ApiError API_NAME_OUT_OF_ZONE, API_TYPE_UNKNOWN, API_CONTENT_INVALID,
 *   API_RECORD_DUPLICATE; ChangeError CHANGE_TYPE
 */
export function readEdit(edit: RrsetEdit, apex: Name, out: RdataWriter): Operation | undefined {
  const owner = readOwner(edit, apex);
  // PowerDNS takes the deletion of a name outside the zone, and so do its clients.
  if (owner === undefined && edit.change === 'DELETE') return undefined;
  if (owner === undefined) throw nameOutOfZone(edit);
  const type = readType(edit, owner);
  switch (edit.change) {
    case 'DELETE':
      return { kind: 'delete', owner, type };
    case 'EXTEND': {
      const record = readRecord(edit, type, edit.record, out);
      return { kind: 'extend', owner, type, ttl: edit.ttl, record };
    }
    case 'PRUNE':
      return { kind: 'prune', owner, type, rdata: readRecord(edit, type, edit.record, out).rdata };
    default: {
      const { records, comments } = edit;
      if (records !== undefined) return readReplacement({ ...edit, records }, owner, type, out);
      return comments === undefined ? undefined : { kind: 'comment', owner, type, comments };
    }
  }
}

function readReplacement(
  rrset: Omit<RrsetReplace, 'change'> & { records: RecordText[] },
  owner: Name,
  type: number,
  out: RdataWriter,
): ReplaceOperation {
  const { ttl = 0, comments } = rrset;
  const seen = new Set<string>();
  const records = rrset.records.map((text) => {
    const record = readRecord(rrset, type, text, out);
    const octets = latin1(record.rdata);
    if (seen.has(octets)) throw recordDuplicate(rrset, text.content);
    seen.add(octets);
    return record;
  });
  return { kind: 'replace', owner, type, ttl, records, ...(comments && { comments }) };
}

function readOwner(rrset: { name: string }, apex: Name): Name | undefined {
  const owner = readName(rrset.name);
  return owner !== undefined && isAtOrBelow(owner, apex) ? owner : undefined;
}

/** Said of the type before anybody looks at contents that such a type cannot have. */
function readType(rrset: { name: string; type: string }, owner: Name): number {
  const type = typeOfMnemonic(rrset.type);
  if (type === undefined) throw typeUnknown(rrset);
  checkType(owner, type);
  return type;
}

function readRecord(
  rrset: { name: string; type: string },
  type: number,
  record: RecordText,
  out: RdataWriter,
): StoredRecord {
  try {
    const rdata = parseRdataText(type, record.content, ROOT, out);
    return { rdata, disabled: record.disabled };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    throw contentInvalid(rrset, record.content, errorMessage(error));
  }
}

/** The canonical text of an RRset as stored. */
export function formatRrset(owner: Name, stored: StoredRrset): RrsetText {
  return {
    name: formatName(owner),
    type: formatTypeCode(stored.type),
    ttl: stored.ttl,
    records: stored.records.map(({ rdata, disabled }) => ({
      content: formatContent(stored.type, rdata),
      disabled,
    })),
    comments: stored.comments,
  };
}
