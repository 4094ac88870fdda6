/**
 * What a command to the register ends with: the result codes of EPP (RFC 5730 section 3), which the
 * operator's API and the jobs use as well, and the refusal that carries one.
 */
import { CodedError } from '#base/coded-error.ts';

/** Result codes by meaning; 1xxx done, 2xxx refused, x5xx and the session ends. */
export const RESULT = {
  done: 1000,
  pending: 1001,
  noMessages: 1300,
  message: 1301,
  ending: 1500,
  unknownCommand: 2000,
  syntax: 2001,
  use: 2002,
  missingParameter: 2003,
  parameterRange: 2004,
  parameterSyntax: 2005,
  protocolVersion: 2100,
  unimplementedCommand: 2101,
  unimplementedOption: 2102,
  unimplementedExtension: 2103,
  billing: 2104,
  notRenewable: 2105,
  notTransferable: 2106,
  authentication: 2200,
  authorization: 2201,
  authInfo: 2202,
  pendingTransfer: 2300,
  notPendingTransfer: 2301,
  exists: 2302,
  missing: 2303,
  statusProhibits: 2304,
  associationProhibits: 2305,
  policy: 2306,
  unimplementedService: 2307,
  dataPolicy: 2308,
  failed: 2400,
  failedClosing: 2500,
  authenticationClosing: 2501,
  limitClosing: 2502,
} as const;

export type ResultCode = (typeof RESULT)[keyof typeof RESULT];

/** The element and text that a refusal is about, told to the client in `<extValue>`. */
export interface Offender {
  /** Name of the element with its usual prefix, as `domain:name`. */
  element: string;
  /** Its text as the client sent it; empty for an element that is missing. */
  text: string;
}

/** A command that the register refuses. `code` is `EPP_` and the result. */
export class RegistryError extends CodedError {
  readonly result: ResultCode;
  /** What a registrar's developer must know to mend the command; one sentence. */
  readonly reason: string;
  readonly offender: Offender | undefined;

  constructor(result: ResultCode, reason: string, offender?: Offender) {
    super(`EPP_${result}`, reason);
    this.result = result;
    this.reason = reason;
    this.offender = offender;
  }
}
