/**
 * The memory that all transfers under way may take together. Each has its own limits, but as many
 * as are fetched at a time, each brought by a hostile primary to its limits, would be more than a
 * machine has.
 */
import { TransferError } from './transfer-error.ts';

/** What a record costs beside its name and RDATA, at most. */
const RECORD_OVERHEAD = 65;

export class IncomingRoom {
  readonly #octetsMax: number;
  #held = 0;

  constructor(octetsMax: number) {
    this.#octetsMax = octetsMax;
  }

  /** The share of one transfer; to be given back in any case. */
  open(): IncomingShare {
    let taken = 0;
    return {
      take: ({ owner, rdata }) => {
        const octets = owner.length + rdata.length + RECORD_OVERHEAD;
        taken += octets;
        this.#held += octets;
        if (this.#held <= this.#octetsMax) return;
        const text = `the transfers under way have more than ${this.#octetsMax} octets together`;
        throw new TransferError('TRANSFER_LIMIT', text);
      },
      giveBack: () => {
        this.#held -= taken;
        taken = 0;
      },
    };
  }
}

export interface IncomingShare {
  /** Counts one record. @throws TransferError TRANSFER_LIMIT */
  take(record: { owner: Uint8Array; rdata: Uint8Array }): void;
  giveBack(): void;
}
