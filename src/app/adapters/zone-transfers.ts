/** What the admin API asks of zones that pass between name servers. */
import type { CatalogConsumer } from '#dns/transfer/catalog/catalog-consumer.ts';
import type { Notifier } from '#dns/transfer/notify/notifier.ts';
import type { SecondaryZones } from '#dns/transfer/secondary/secondary-zones.ts';
import type { Name } from '#dns/wire/name.ts';
import type { ZoneTransfers } from './zone-port.ts';

export class TransferAdapter implements ZoneTransfers {
  readonly #secondaries: SecondaryZones;
  readonly #catalogs: CatalogConsumer;
  readonly #notifier: Notifier;

  constructor(parts: {
    secondaries: SecondaryZones;
    catalogs: CatalogConsumer;
    notifier: Notifier;
  }) {
    this.#secondaries = parts.secondaries;
    this.#catalogs = parts.catalogs;
    this.#notifier = parts.notifier;
  }

  state(apex: Name): { lastCheck: number; notifiedSerial: number } {
    const checkedAtMs = this.#secondaries.status(apex)?.checkedAtMs ?? 0;
    const notifiedSerial = this.#notifier.notifiedSerial(apex);
    return { lastCheck: Math.floor(checkedAtMs / 1000), notifiedSerial };
  }

  notify(apex: Name): void {
    this.#notifier.notify(apex, { byHand: true });
  }

  /** Of a catalog zone its removals too, however many: who asks by hand means them. */
  retrieve(apex: Name): boolean {
    this.#catalogs.force(apex);
    return this.#secondaries.retrieve(apex);
  }
}
