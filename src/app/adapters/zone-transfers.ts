/** What the admin API asks of zones that pass between name servers. */
import type { Notifier } from '#dns/transfer/notify/notifier.ts';
import type { SecondaryZones } from '#dns/transfer/secondary/secondary-zones.ts';
import type { Name } from '#dns/wire/name.ts';
import type { ZoneTransfers } from './zone-port.ts';

export class TransferAdapter implements ZoneTransfers {
  readonly #secondaries: SecondaryZones;
  readonly #notifier: Notifier;

  constructor(secondaries: SecondaryZones, notifier: Notifier) {
    this.#secondaries = secondaries;
    this.#notifier = notifier;
  }

  state(apex: Name): { lastCheck: number; notifiedSerial: number } {
    const checkedAtMs = this.#secondaries.status(apex)?.checkedAtMs ?? 0;
    const notifiedSerial = this.#notifier.notifiedSerial(apex);
    return { lastCheck: Math.floor(checkedAtMs / 1000), notifiedSerial };
  }

  notify(apex: Name): void {
    this.#notifier.notify(apex, { byHand: true });
  }

  retrieve(apex: Name): boolean {
    return this.#secondaries.retrieve(apex);
  }
}
