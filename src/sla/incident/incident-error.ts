/** What can go wrong with telling people. */
import { CodedError, errorMessage } from '#base/coded-error.ts';

/** The outbox cannot be read or written; what was to be told is tried again. */
export class OutboxError extends CodedError {
  constructor(file: string, cause: unknown) {
    const what = `${file}: cannot be used: ${errorMessage(cause)}`;
    super('OUTBOX_FAILED', `${what}; free the disk or correct the permissions`, { cause });
  }
}

/** A line of the outbox is not what was written. */
export class OutboxDamagedError extends CodedError {
  constructor(file: string, line: number, what: string) {
    super('OUTBOX_DAMAGED', `${file}:${line}: ${what}`);
  }
}

/** A message was not taken. */
export class DeliveryError extends CodedError {
  /** True if the other end looked at this very message and will not have it. */
  readonly isRefusal: boolean;

  constructor(what: string, options: ErrorOptions & { isRefusal?: boolean } = {}) {
    super('DELIVERY_FAILED', what, options);
    this.isRefusal = options.isRefusal ?? false;
  }
}
