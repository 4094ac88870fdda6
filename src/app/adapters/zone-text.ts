/**
 * Between the text of the admin API and the octets of the zone database: names, types, contents.
 * Liberal in, canonical out: any spelling of a content is taken, the canonical one is given.
 */
import { CodedError, errorMessage } from '#base/coded-error.ts';
import { formatName, isAtOrBelow, lowerName, type Name, parseName, ROOT } from '#dns/wire/name.ts';
import { parseRdataText } from '#dns/wire/rdata/rdata-text.ts';
import type { RdataWriter } from '#dns/wire/rdata/rdata-writer.ts';
import { formatRdata, formatTypeCode, typeOfMnemonic } from '#dns/wire/rdata/registry.ts';
import type { Operation, StoredRecord, StoredRrset } from '#dns/zonedb/change.ts';
import { checkType } from '#dns/zonedb/check-node.ts';
import { contentInvalid, nameOutOfZone, typeUnknown } from '#http/api/api-error.ts';
import type { RecordText, RrsetEdit, RrsetText } from '#http/api/ports.ts';

/** A name from a path or a body, or `undefined` when it is none. */
export function readName(text: string): Name | undefined {
  try {
    return lowerName(parseName(text));
  } catch (error) {
    if (error instanceof CodedError) return undefined;
    throw error;
  }
}

/**
 * @param out lent for the call
 * @throws ApiError API_NAME_OUT_OF_ZONE, API_TYPE_UNKNOWN, API_CONTENT_INVALID; ChangeError
 *   CHANGE_TYPE
 */
export function readEdit(edit: RrsetEdit, apex: Name, out: RdataWriter): Operation[] {
  const owner = readOwner(edit, apex);
  // PowerDNS takes the deletion of a name outside the zone, and so do its clients.
  if (owner === undefined && edit.change === 'DELETE') return [];
  if (owner === undefined) throw nameOutOfZone(edit);
  const type = readType(edit, owner);
  switch (edit.change) {
    case 'DELETE':
      return [{ kind: 'delete', owner, type }];
    case 'EXTEND':
      return [
        {
          kind: 'extend',
          owner,
          type,
          ttl: edit.ttl,
          record: readRecord(edit, type, edit.record, out),
        },
      ];
    case 'PRUNE':
      return [
        { kind: 'prune', owner, type, rdata: readRecord(edit, type, edit.record, out).rdata },
      ];
    default: {
      const { records, comments } = edit;
      if (records !== undefined) {
        const stored = records.map((record) => readRecord(edit, type, record, out));
        const ttl = edit.ttl ?? 0;
        const replace: Operation = { kind: 'replace', owner, type, ttl, records: stored };
        return [comments === undefined ? replace : { ...replace, comments }];
      }
      return comments === undefined ? [] : [{ kind: 'comment', owner, type, comments }];
    }
  }
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
      content: formatRdata(stored.type, rdata),
      disabled,
    })),
    comments: stored.comments,
  };
}
