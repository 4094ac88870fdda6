/**
 * A message as data (RFC 1035 section 4), for the control thread, transfers and tests; the packet
 * threads work on octets. OPT is no record here: it is `edns` and the high bits of `rcode`.
 */
import type { Edns } from './edns.ts';
import type { Name } from './name.ts';
import type { ResourceRecord } from './record.ts';

export interface Question {
  name: Name;
  type: number;
  class: number;
}

export interface Message {
  id: number;
  /** The `FLAG_*` bits of header.ts. */
  flags: number;
  opcode: number;
  /** 12 bits, those of the OPT record included. */
  rcode: number;
  /** UPDATE calls it zone (RFC 2136 section 2.3). */
  question: Question | undefined;
  /** UPDATE: prerequisites. */
  answer: ResourceRecord[];
  /** UPDATE: the changes. */
  authority: ResourceRecord[];
  /** Without OPT; a TSIG record is still here, last. */
  additional: ResourceRecord[];
  edns: Edns | undefined;
}

export type Section = 'answer' | 'authority' | 'additional';
