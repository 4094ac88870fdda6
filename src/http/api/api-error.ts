/**
 * The refusals of the admin API, one function each, so that every implementation of the ports says
 * the same. The texts hold the phrases of PowerDNS's own, because clients and their operators
 * search for them. Status 422 is PowerDNS's for everything that is well-formed and not acceptable.
 */
import { waitSeconds } from '#base/request-rates.ts';
import { HttpError } from '#http/http-error.ts';
import type { BatchError } from './change-ports.ts';
import type { FileFinding } from './ports.ts';

/** An RRset as the texts name it. */
export interface RrsetKey {
  name: string;
  type: string;
}

export class ApiError extends HttpError {}

function label(rrset: RrsetKey): string {
  return `RRset ${rrset.name} IN ${rrset.type}`;
}

/** The request is well-formed JSON and asks for something that cannot be. */
export function invalidRequest(message: string): ApiError {
  return new ApiError('API_REQUEST_INVALID', 422, message);
}

export function zoneMissing(zone: string): ApiError {
  return new ApiError('API_ZONE_MISSING', 404, `Could not find zone '${zone}'`);
}

export function zoneExists(zone: string): ApiError {
  return new ApiError('API_ZONE_EXISTS', 409, `Zone '${zone}' already exists`);
}

/** The zone was imported with signatures and cannot be changed record by record. */
export function zoneSigned(zone: string): ApiError {
  return new ApiError(
    'API_ZONE_SIGNED',
    422,
    `Zone '${zone}' is presigned: it is served as it was imported and cannot be edited; ` +
      'sign the new version and import it',
  );
}

/** The zone changed through another door since its last import. */
export function zoneChanged(zone: string): ApiError {
  return new ApiError(
    'API_ZONE_CHANGED',
    409,
    `Zone '${zone}' was changed since it was last imported; import with force=true to replace it`,
  );
}

export function nameOutOfZone(rrset: RrsetKey): ApiError {
  return new ApiError('API_NAME_OUT_OF_ZONE', 422, `${label(rrset)}: Name is out of zone`);
}

export function typeUnknown(rrset: RrsetKey): ApiError {
  return new ApiError('API_TYPE_UNKNOWN', 422, `${label(rrset)}: unknown type given`);
}

/** `why` tells what the type wants. */
export function contentInvalid(rrset: RrsetKey, content: string, why: string): ApiError {
  return new ApiError(
    'API_CONTENT_INVALID',
    422,
    `Record ${rrset.name}/${rrset.type} '${content}': Not in expected format: ${why}`,
  );
}

export function recordDuplicate(rrset: RrsetKey, content: string): ApiError {
  return new ApiError(
    'API_RECORD_DUPLICATE',
    422,
    `${label(rrset)}: duplicate record with content "${content}"`,
  );
}

/** The store, the journal or the disk said no; `why` says whether anything was changed. */
export function writeFailed(why: string, options?: ErrorOptions): ApiError {
  return new ApiError('API_WRITE_FAILED', 500, `The change failed: ${why}`, options);
}

export function backupFailed(why: string, options?: ErrorOptions): ApiError {
  return new ApiError('API_BACKUP_FAILED', 500, `No location has a good backup: ${why}`, options);
}

/** @param what was asked for, and what to do, as in `backup yet; make one` */
export function backupMissing(what: string): ApiError {
  return new ApiError('API_BACKUP_MISSING', 404, `There is no ${what}`);
}

export function receiptMissing(id: string): ApiError {
  return new ApiError('API_RECEIPT_MISSING', 404, `There is no receipt '${id}'`);
}

export function cursorUnknown(cursor: string): ApiError {
  return new ApiError(
    'API_CURSOR_UNKNOWN',
    410,
    `Cursor '${cursor}' is not known or its events are no longer kept; read again without it`,
  );
}

/** A resource of PowerDNS's API that this version does not have. */
export function notAvailable(what: string): ApiError {
  return new ApiError('API_NOT_AVAILABLE', 501, `${what} is not available in this version`);
}

/** The master file was refused whole; every finding has its line and column. */
export function masterFileRefused(zone: string, findings: readonly FileFinding[]): ApiError {
  const [first] = findings;
  const place = first === undefined ? '' : `: line ${first.line}: ${first.message}`;
  return new ApiError(
    'API_MASTER_FILE_REFUSED',
    422,
    `Zone '${zone}' was not imported, ${findings.length} errors${place}`,
    { members: { errors: findings } },
  );
}

/**
 * The zone is not as `If-Match` or `If-None-Match` demands (RFC 9110 section 15.5.13).
 * @param version of the zone as it is; `undefined`: there is none
 */
export function versionDiffers(zone: string, version: number | undefined): ApiError {
  const is = version === undefined ? 'does not exist' : `has version ${version}`;
  return new ApiError(
    'API_PRECONDITION_FAILED',
    412,
    `Zone '${zone}' ${is}, which is not what the request is for: read it again and decide anew`,
    version === undefined ? {} : { headers: { etag: `"${version}"` } },
  );
}

/** A list of entity tags that is none (RFC 9110 section 8.8.3). */
export function conditionInvalid(field: string): ApiError {
  const shown = field.length > 80 ? `${field.slice(0, 77)}...` : field;
  const message = `Not a list of entity tags: ${shown}; send back the ETag with its quotes, or *`;
  return new ApiError('API_CONDITION_INVALID', 400, message);
}

export function idempotencyKeyInvalid(): ApiError {
  const message =
    'Idempotency-Key is 1 to 255 printable characters, in double quotes or as they are';
  return new ApiError('API_IDEMPOTENCY_KEY_INVALID', 400, message);
}

export function idempotencyKeyReused(): ApiError {
  const message = 'The Idempotency-Key stands for another request: use a new key for a new request';
  return new ApiError('API_IDEMPOTENCY_KEY_REUSED', 422, message);
}

export function idempotencyKeyRunning(): ApiError {
  const message = 'The first request with this Idempotency-Key is still being worked on';
  return new ApiError('API_IDEMPOTENCY_KEY_RUNNING', 409, message, {
    headers: { 'retry-after': '1' },
  });
}

/** The request was done, and what was answered is not there any more. */
export function answerLost(receipts: readonly string[]): ApiError {
  const [first] = receipts;
  const as = first === undefined ? '' : ` (${receipts.join(', ')})`;
  return new ApiError(
    'API_ANSWER_LOST',
    409,
    `The request with this Idempotency-Key was done${as}; what was answered is no longer known`,
    {
      members: { receipts },
      ...(first !== undefined && { headers: { 'holdfast-receipt': first } }),
    },
  );
}

/**
 * A batch that was not made, with every mistake. 409 when it would be right of other versions of
 * its zones.
 */
export function batchRefused(errors: readonly BatchError[]): ApiError {
  const [first, ...others] = errors;
  const isOvertaken = errors.every(({ code }) => code === 'PRECONDITION_FAILED');
  const place = first === undefined ? '' : `: ${first.pointer}: ${first.detail}`;
  const more = others.length === 0 ? '' : `; and ${others.length} more, see errors`;
  return new ApiError(
    'API_CHANGES_REFUSED',
    isOvertaken ? 409 : 422,
    `Nothing was changed${place}${more}`,
    { members: { errors } },
  );
}

export function versionMissing(zone: string, version: number): ApiError {
  const message = `The journal has no version ${version} of zone '${zone}', or no longer`;
  return new ApiError('API_VERSION_MISSING', 404, message);
}

/** `realm` is quoted in the challenge (RFC 9110 section 11.6.1). */
export function keyWrong(realm: string): ApiError {
  return new ApiError('API_KEY_WRONG', 401, 'Unauthorized', {
    headers: { 'www-authenticate': `X-API-Key realm="${realm}"` },
  });
}

export function tokenMissing(id: string): ApiError {
  return new ApiError('API_TOKEN_MISSING', 404, `There is no token '${id}'`);
}

/** Too many requests of one principal, or too many wrong keys from one address. */
export function tooManyRequests(what: string, waitMs: number): ApiError {
  const seconds = waitSeconds(waitMs);
  return new ApiError('API_RATE', 429, `Too many ${what}: try again in ${seconds} s`, {
    headers: { 'retry-after': String(seconds) },
  });
}

/** @param max how many may follow the register at a time */
export function tooManyReplicas(max: number, retryAfterS: number): ApiError {
  return new ApiError('API_REPLICAS', 503, `${max} replicas follow the register already`, {
    headers: { 'retry-after': String(retryAfterS) },
  });
}

/** The token was good until then. */
export function tokenExpired(why: string): ApiError {
  return new ApiError('API_TOKEN_EXPIRED', 401, `The token is no longer valid: ${why}`, {
    headers: { 'www-authenticate': 'X-API-Key realm="Holdfast", error="invalid_token"' },
  });
}

/** @param lacks in words what the scope lacks: `not zone 'example.', only example.org.` */
export function notAllowed(lacks: string): ApiError {
  return new ApiError('API_NOT_ALLOWED', 403, `The token does not allow this: ${lacks}`);
}

/** Keys, tokens, audit and the server itself are the admin key's. */
export function adminOnly(): ApiError {
  return new ApiError('API_ADMIN_ONLY', 403, 'Only the admin key allows this, no token does');
}

/** @param type as `domain`, `registrar` */
export function objectMissing(type: string, key: string): ApiError {
  return new ApiError('API_OBJECT_MISSING', 404, `The register has no ${type} '${key}'`);
}

export function brakeOff(tld: string): ApiError {
  return new ApiError('API_BRAKE_OFF', 404, `No brake on removals is on for '${tld}'`);
}

/** The body is missing, or is not JSON in UTF-8. */
export function bodyUnreadable(): ApiError {
  return new ApiError('API_BODY_UNREADABLE', 400, 'Bad Request');
}

/** A zone id whose `=XX` escapes are broken. */
export function zoneIdInvalid(id: string): ApiError {
  return new ApiError('API_ZONE_ID_INVALID', 400, `Zone id '${id}' has a broken escape`);
}

export function methodWrong(method: string, allowed: readonly string[]): ApiError {
  return new ApiError('API_METHOD_WRONG', 405, 'Method Not Allowed', {
    headers: { allow: allowed.join(', ') },
    members: { method },
  });
}
