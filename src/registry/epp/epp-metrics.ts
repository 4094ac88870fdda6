/**
 * What the EPP server tells of itself. It counts nothing: whoever starts it hands in where the
 * figures go.
 */

/** Why a connection was ended by us, or not let in. */
export type EppRefusal =
  | 'connections'
  | 'address-connections'
  | 'connection-rate'
  | 'registrar-sessions'
  | 'certificate'
  | 'handshake'
  | 'login-timeout'
  | 'login-failures'
  | 'idle'
  | 'session-timeout'
  | 'frame-timeout'
  | 'frame-size'
  | 'unsent'
  | 'overload';

export interface EppMetrics {
  /** @param command as `domain:create`, `login`, `hello`; `unknown` for what is none */
  answered(command: string, result: number, seconds: number): void;
  refused(reason: EppRefusal): void;
  /** Open connections, and how many of them are logged in. */
  sessions(open: number, loggedIn: number): void;
}

export const NO_EPP_METRICS: EppMetrics = {
  answered: () => undefined,
  refused: () => undefined,
  sessions: () => undefined,
};
