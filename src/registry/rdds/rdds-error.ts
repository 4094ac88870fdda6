/** What can go wrong with database B and its stream; codes in docs/reference/errors.md. */
import { CodedError } from '#base/coded-error.ts';

export class RddsError extends CodedError {}
