/**
 * What the zone database refused, as the reply to an UPDATE. RFC 2136 knows no error that depends
 * on data once the prerequisites hold (section 3.4.2): what could be ignored in silence was ignored
 * there. The rest is refused whole, with the reason in an extended error, so that nobody takes a
 * change for made that was not.
 */
import { CodedError } from '#base/coded-error.ts';
import { EXTENDED_ERROR } from '#dns/wire/edns.ts';
import { RCODE } from '#dns/wire/header.ts';
import { ChangeError } from '#dns/zonedb/change.ts';
import { UpdateError } from './update-error.ts';

/** Codes of what the zone cannot take, however often it is tried. */
const REFUSED: ReadonlySet<string> = new Set([
  'CHANGE_CONFLICT',
  'CHANGE_SIGNED',
  'CHANGE_SOA',
  'CHANGE_TTL',
  'CHANGE_TYPE',
  'IMAGE_TOO_LARGE',
]);

/** The UpdateError for what `ZoneDb.apply` threw; anything uncoded is returned as it is. */
export function updateFailure(error: unknown): unknown {
  if (error instanceof UpdateError || !(error instanceof CodedError)) return error;
  const { code, message } = error;
  const cause = { cause: error };
  if (error instanceof ChangeError && error.detail.rcode !== undefined) {
    const rcode = RCODE[error.detail.rcode];
    return new UpdateError('UPDATE_PREREQ', rcode, message, undefined, cause);
  }
  if (code === 'ZONE_MISSING') {
    return new UpdateError('UPDATE_NOTAUTH', RCODE.NOTAUTH, message, undefined, cause);
  }
  const text = `${message} (${code})`;
  if (REFUSED.has(code)) {
    const infoCode =
      code === 'CHANGE_SIGNED' ? EXTENDED_ERROR.NOT_SUPPORTED : EXTENDED_ERROR.INVALID_DATA;
    return new UpdateError(
      'UPDATE_REFUSED',
      RCODE.REFUSED,
      text,
      { infoCode, text: message },
      cause,
    );
  }
  const told = {
    infoCode: EXTENDED_ERROR.OTHER,
    text: 'the change could not be stored; try later',
  };
  return new UpdateError('UPDATE_FAILED', RCODE.SERVFAIL, text, told, cause);
}
