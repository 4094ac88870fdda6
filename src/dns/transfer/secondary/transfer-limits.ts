/** What a primary may cost us: a broken or hostile one takes no more than this. */

export interface TransferLimits {
  /** For the TCP connection, and again for the TLS handshake. */
  connectMsMax: number;
  /** Until the answer to an SOA question, over each transport and per attempt. */
  replyMsMax: number;
  /** Between two messages of a transfer. */
  idleMsMax: number;
  /** For a transfer as a whole. */
  durationMsMax: number;
  /** A stream has to bring `progressOctetsMin` in each `progressMs`, or it is given up. */
  progressMs: number;
  progressOctetsMin: number;
  /** Of a transfer, the frames' lengths not counted. */
  octetsMax: number;
  recordsMax: number;
  /** Of all transfers under way, as they are held in memory. */
  octetsTogetherMax: number;
  /** Of an incremental transfer, which is held as objects; beyond, the zone is fetched whole. */
  deltaRecordsMax: number;
}

export const TRANSFER_LIMITS: TransferLimits = {
  connectMsMax: 10_000,
  replyMsMax: 3_000,
  idleMsMax: 30_000,
  durationMsMax: 2 * 3_600_000,
  progressMs: 60_000,
  progressOctetsMin: 10_240,
  octetsMax: 4 * 2 ** 30,
  recordsMax: 50_000_000,
  octetsTogetherMax: 4 * 2 ** 30,
  deltaRecordsMax: 200_000,
};
