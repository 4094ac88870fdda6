/**
 * A refusal that knows its HTTP status. Pages and APIs raise it or a subclass; the error handler
 * of the part that was asked decides its shape (problem+json, or a compatible API's own).
 */
import { CodedError } from '#base/coded-error.ts';

export class HttpError extends CodedError {
  /** HTTP status code, 400 to 599. */
  readonly status: number;
  /** Header fields that go with the refusal, lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Extension members of the problem document (RFC 9457 section 3.2). */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    status: number,
    message: string,
    options?: ErrorOptions & {
      headers?: Record<string, string>;
      members?: Record<string, unknown>;
    },
  ) {
    super(code, message, options);
    this.status = status;
    this.headers = options?.headers ?? {};
    this.members = options?.members ?? {};
  }
}
