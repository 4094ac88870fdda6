/**
 * What the register wants to see in a zone. A command names the owners whose delegation or glue it
 * may have moved; what belongs there is worked out from the register as it is when the zone is
 * changed, so that doing it again, late or twice, never brings back what is over.
 */
import type { DsData } from './domain.ts';

/** What is to be at one owner name of a zone. All empty: nothing. */
export interface Delegation {
  /** Owner, without a trailing dot: a domain or a host. */
  owner: string;
  /** Host names. */
  nameservers: readonly string[];
  ds: readonly DsData[];
  /** Glue, text forms. */
  addresses: readonly string[];
}

/** Work that a committed command left for the zone; kept until it is done. */
export interface DelegationTask {
  /** Order of commands. */
  sequence: number;
  tld: string;
  owners: readonly string[];
  svTrid: string;
  /** Registrar id. */
  actor: string;
  address?: string;
  receivedAtMs: number;
}

/** Brings zones in line with the register. */
export interface DelegationSink {
  /**
   * Takes a task whose command is durable; never throws and never waits. What cannot be done now is
   * tried again, by itself and after a restart.
   */
  offer(task: DelegationTask): void;
}
