/**
 * RRsets in requests: the `rrsets` of a PATCH as edits, and those of a new zone as contents. Only
 * shape is judged here; whether a type exists, a content parses or a set conflicts with another is
 * for whoever knows DNS, behind the port.
 */
import { type ApiError, invalidRequest, type RrsetKey } from '../api-error.ts';
import type { CommentText, RecordText, RrsetEdit, RrsetText } from '../ports.ts';
import { canonicalOwnerName } from '../zone-name.ts';
import {
  asObject,
  findArray,
  findBoolean,
  findCount,
  findString,
  getString,
  type JsonObject,
} from './json-fields.ts';

/** RFC 2181 section 8. */
const TTL_MAX = 0x7fff_ffff;
const EPOCH_MAX = 0xffff_ffff;

/** The edits of a PATCH in their order. `nowSeconds` dates comments that carry no date. */
export function parseRrsetEdits(body: unknown, nowSeconds: number): RrsetEdit[] {
  const rrsets = findArray(asObject(body), 'rrsets');
  if (rrsets === undefined) throw invalidRequest('No rrsets given in update request');
  return rrsets.map((element) => {
    const document = asObject(element);
    const change = getString(document, 'changetype').toUpperCase();
    const key = rrsetKey(document);
    if (change === 'EXTEND' || change === 'PRUNE') return parseRecordEdit(document, key, change);
    if (change === 'DELETE') return { change, ...key };
    if (change === 'REPLACE') return parseReplace(document, key, nowSeconds);
    throw invalidRequest(`Changetype not understood: ${change}`);
  });
}

/** One record joins or leaves its RRset. Without a TTL it takes the set's own. */
function parseRecordEdit(
  document: JsonObject,
  key: RrsetKey,
  change: 'EXTEND' | 'PRUNE',
): RrsetEdit {
  const [record, ...others] = parseRecords(document) ?? [];
  if (record === undefined || others.length > 0) {
    throw invalidRequest(
      `RRset ${key.name} IN ${key.type}: changetype ${change} needs exactly one record`,
    );
  }
  const ttl = findCount(document, 'ttl', TTL_MAX);
  if (change === 'PRUNE') return { change, ...key, record };
  return { change, ...key, ...(ttl === undefined ? {} : { ttl }), record };
}

/** All RRsets of a zone; `changetype` and the like are ignored (octoDNS sends them). */
export function parseRrsets(rrsets: readonly unknown[], nowSeconds: number): RrsetText[] {
  return rrsets.map((element) => {
    const document = asObject(element);
    const key = rrsetKey(document);
    const records = parseRecords(document);
    return {
      ...key,
      ttl: getTtl(document),
      records: records ?? [],
      comments: parseComments(document, nowSeconds) ?? [],
    };
  });
}

function rrsetKey(document: JsonObject): RrsetKey {
  const name = canonicalOwnerName(getString(document, 'name'));
  return { name, type: getString(document, 'type').toUpperCase() };
}

function parseReplace(document: JsonObject, key: RrsetKey, nowSeconds: number): RrsetEdit {
  const records = parseRecords(document);
  const comments = parseComments(document, nowSeconds);
  if (records === undefined && comments === undefined) {
    throw invalidRequest(`No change for RRset ${key.name} IN ${key.type}`);
  }
  return {
    change: 'REPLACE',
    ...key,
    ...(records === undefined ? {} : { records }),
    ...(records === undefined || records.length === 0 ? {} : { ttl: getTtl(document) }),
    ...(comments === undefined ? {} : { comments }),
  };
}

function getTtl(document: JsonObject): number {
  const ttl = findCount(document, 'ttl', TTL_MAX);
  if (ttl === undefined) throw invalidRequest("Key 'ttl' not an Integer or not present");
  return ttl;
}

function parseRecords(document: JsonObject): RecordText[] | undefined {
  return findArray(document, 'records')?.map((element) => {
    const record = asObject(element);
    if (record['priority'] !== undefined && record['priority'] !== null) throw priorityGiven();
    const content = getString(record, 'content');
    return { content, disabled: findBoolean(record, 'disabled') ?? false };
  });
}

/** Before version 4 the priority of MX and SRV stood beside the content. */
function priorityGiven(): ApiError {
  return invalidRequest('`priority` element is not allowed in record; write it in the content');
}

function parseComments(document: JsonObject, nowSeconds: number): CommentText[] | undefined {
  return findArray(document, 'comments')?.map((element) => {
    const comment = asObject(element);
    return {
      content: getString(comment, 'content'),
      account: findString(comment, 'account') ?? '',
      modifiedAt: findCount(comment, 'modified_at', EPOCH_MAX) ?? nowSeconds,
    };
  });
}
