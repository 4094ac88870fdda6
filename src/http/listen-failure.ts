/** Why a server could not listen, with what to do about it. */
import { CodedError, errorCode, errorMessage } from '#base/coded-error.ts';

/** Where a server listens. Port 0 asks the system for a free one. */
export interface ListenAddress {
  host: string;
  port: number;
}

/** `127.0.0.1:8081`, `[::1]:8081`. */
export function formatListenAddress({ host, port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The coded error for a failed listen call. */
export function listenFailure(address: ListenAddress, error: unknown): CodedError {
  const place = formatListenAddress(address);
  const options = { cause: error };
  switch (errorCode(error)) {
    case 'EADDRINUSE':
      return new CodedError(
        'HTTP_ADDRESS_IN_USE',
        `${place}: another program listens on this address; stop it, or configure another port`,
        options,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new CodedError(
        'HTTP_ADDRESS_MISSING',
        `${place}: this machine has no such address; configure one that it has`,
        options,
      );
    case 'EACCES':
    case 'EPERM':
      return new CodedError(
        'HTTP_ADDRESS_DENIED',
        `${place}: not allowed to listen here; ports below 1024 need a privilege`,
        options,
      );
    default:
      return new CodedError('HTTP_LISTEN', `${place}: ${errorMessage(error)}`, options);
  }
}
