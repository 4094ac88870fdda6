/**
 * What can be wrong with a scope, a token, a key or an autoprimary that somebody gives:
 * `ACCESS_…` codes, each documented in docs/reference/errors.md. Damage of the rows themselves is
 * the store's to tell.
 */
import { CodedError } from '#base/coded-error.ts';

/**
 * `ACCESS_SCOPE_INVALID`, `ACCESS_INVALID` (name, secret or address), `ACCESS_EXISTS`,
 * `ACCESS_MISSING`, `ACCESS_CONFIGURED` (it stands in the configuration file), `ACCESS_FULL`.
 */
export class AccessError extends CodedError {}
