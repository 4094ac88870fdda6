/**
 * A name server as the register knows it (RFC 5732). Internal hosts lie under a TLD of this
 * register, belong to their superordinate domain and may have addresses; external ones have none.
 */
import type { HostStatus, SetStatus } from './status.ts';

export interface Host {
  roid: string;
  name: string;
  /** The domain that it lies under; absent: external. */
  superordinate?: string;
  /** Text forms (RFC 5952 for IPv6), in the order of octets. */
  addresses: string[];
  statuses: SetStatus<HostStatus>[];
  /** Registrar ids. An internal host's sponsor is that of its domain, which this repeats. */
  sponsor: string;
  createdBy: string;
  createdAtMs: number;
  updatedBy?: string;
  updatedAtMs?: number;
  transferredAtMs?: number;
}
