/** What the admin API asks of zones that pass between name servers. */
import type { SecondaryZones } from '#dns/transfer/secondary/secondary-zones.ts';
import type { Name } from '#dns/wire/name.ts';
import type { ZoneTransfers } from './zone-port.ts';

export class TransferAdapter implements ZoneTransfers {
  readonly #secondaries: SecondaryZones;

  constructor(secondaries: SecondaryZones) {
    this.#secondaries = secondaries;
  }

  state(apex: Name): { lastCheck: number; notifiedSerial: number } {
    const checkedAtMs = this.#secondaries.status(apex)?.checkedAtMs ?? 0;
    return { lastCheck: Math.floor(checkedAtMs / 1000), notifiedSerial: 0 };
  }

  /** Nobody is told; clients expect success all the same. */
  notify(_apex: Name): void {}

  retrieve(apex: Name): boolean {
    return this.#secondaries.retrieve(apex);
  }
}
