/** Backups of nothing into lists: two locations, one of which a test can take down. */
import { backupFailed, backupMissing } from '#http/api/api-error.ts';
import type { BackupListing, BackupPort, BackupRun, BackupVerification } from '#http/api/ports.ts';

export class MemoryBackups implements BackupPort {
  readonly #listings: BackupListing[] = [];
  /** Locations that fail from now on. */
  readonly down = new Set<string>();

  async run(): Promise<BackupRun> {
    const id = `b-${this.#listings.length + 1}`;
    const locations = ['disk-1', 'disk-2'].map((location) => {
      if (this.down.has(location)) {
        return { location, stored: false, verified: false, message: 'disk is full' };
      }
      this.#listings.unshift({ id, atMs: 0, location, sizeBytes: 42 });
      return { location, stored: true, verified: true, sizeBytes: 42 };
    });
    if (locations.every(({ verified }) => !verified)) throw backupFailed('disk is full');
    return { id, atMs: 0, locations };
  }

  async list(): Promise<BackupListing[]> {
    return [...this.#listings];
  }

  async verify(selection: { id?: string; location?: string }): Promise<BackupVerification[]> {
    const { id = this.#listings[0]?.id, location } = selection;
    const found = this.#listings.filter(
      (listing) => listing.id === id && (location ?? listing.location) === listing.location,
    );
    if (found.length === 0) throw backupMissing(id ?? 'newest');
    return found.map((listing) => ({
      id: listing.id,
      location: listing.location,
      good: !this.down.has(listing.location),
      ...(this.down.has(listing.location) ? { message: 'part 1 is damaged' } : {}),
    }));
  }
}
