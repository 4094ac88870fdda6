/**
 * Why a zone could not be fetched from a primary. The version that is served goes on; the message
 * names the primary, what it did, and what to do, and ends up in the log and in the zone's status.
 */
import { CodedError } from '#base/coded-error.ts';

export type TransferErrorCode =
  /** No connection, or one that ended early. */
  | 'TRANSFER_UNREACHABLE'
  /** No answer, or too slow a stream. */
  | 'TRANSFER_TIMEOUT'
  /** TLS: no handshake, or a certificate that is not trusted. */
  | 'TRANSFER_TLS'
  /** TSIG: no such key here, or a signature that is missing, wrong or refused. */
  | 'TRANSFER_KEY'
  /** The primary answered with an error; see `rcode`. */
  | 'TRANSFER_REFUSED'
  /** Messages that are no answer to what was asked. */
  | 'TRANSFER_MALFORMED'
  /** More than a transfer may bring. */
  | 'TRANSFER_LIMIT'
  /** The primary is behind what is served (RFC 1982). */
  | 'TRANSFER_SERIAL'
  /** Differences that do not fit the zone that is here; the whole zone is fetched instead. */
  | 'TRANSFER_DELTA'
  /** The zone has no primaries, or is none that is fetched. */
  | 'TRANSFER_PRIMARY'
  /** The server is being stopped. */
  | 'TRANSFER_STOPPED';

export class TransferError extends CodedError {
  override readonly code: TransferErrorCode;
  /** Of TRANSFER_REFUSED. */
  readonly rcode: number | undefined;

  constructor(
    code: TransferErrorCode,
    message: string,
    options?: ErrorOptions & { rcode?: number },
  ) {
    super(code, message, options);
    this.code = code;
    this.rcode = options?.rcode;
  }
}
