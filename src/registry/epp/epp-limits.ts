/**
 * Every limit of the EPP server, with its unit and default. They keep one registrar, or somebody
 * who is none, from taking the place of others. What a client meets at a limit is in
 * docs/reference/epp.md.
 */
export interface EppLimits {
  /** Octets of a data unit with its header (RFC 5734 section 4); a longer one ends the session. */
  frameSizeMax: number;
  /** Open connections; a further one is told 2502 and closed. */
  connectionsMax: number;
  /** Of one address: before the login, as we cannot know whose it is. */
  connectionsPerAddressMax: number;
  /** Connections that one address may begin at once after a pause; further ones are closed. */
  connectionBurstMax: number;
  /** Connections that it may begin in the long run: each costs us a handshake. */
  connectionsPerSecond: number;
  /** Sessions that one registrar may have logged in at the same time; the next login gets 2502. */
  sessionsPerRegistrarMax: number;
  /** From the accepted connection to a login that succeeded. */
  loginTimeoutMs: number;
  /** Between two commands. */
  idleTimeoutMs: number;
  /** From the login to the end, whatever the session does. */
  sessionTimeoutMs: number;
  /** From the first octet of a data unit to its last. */
  frameTimeoutMs: number;
  /** Logins that wait for their turn, as one is worked out at a time; the next gets 2400. */
  loginsWaitingMax: number;
  /** Of one client network. */
  loginsWaitingPerClientMax: number;
  /** Logins that fail before the connection is closed with 2501. */
  loginFailuresMax: number;
  /** Commands that a session may send at once after a pause; then it has the pace below. */
  burstMax: number;
  /** Commands a second of one session in the long run; who is faster is read from more slowly. */
  commandsPerSecond: number;
  /** Commands that came faster than the pace for so long are answered 2400 until it stops. */
  overloadMs: number;
  /** Octets of answers that a client has not taken before we stop reading from it. */
  unsentSizeMax: number;
  /** A client that takes none of its answers for so long is closed. */
  unsentTimeoutMs: number;
  /** For the commands under way when the server closes, and for a client to close after us. */
  closeGraceMs: number;
}

export const EPP_LIMITS: EppLimits = {
  frameSizeMax: 64 * 1024,
  connectionsMax: 1024,
  connectionsPerAddressMax: 128,
  connectionBurstMax: 256,
  connectionsPerSecond: 50,
  sessionsPerRegistrarMax: 32,
  loginTimeoutMs: 10_000,
  idleTimeoutMs: 600_000,
  sessionTimeoutMs: 86_400_000,
  frameTimeoutMs: 10_000,
  loginsWaitingMax: 1024,
  loginsWaitingPerClientMax: 128,
  loginFailuresMax: 3,
  burstMax: 1000,
  commandsPerSecond: 500,
  overloadMs: 30_000,
  unsentSizeMax: 256 * 1024,
  unsentTimeoutMs: 30_000,
  closeGraceMs: 2_000,
};
