/** The zones of the admin API, watched: which views are open, and who was notified. */
import { ZoneAdapter } from '#app/adapters/zone-port.ts';
import type { ZoneView } from '#http/api/ports.ts';

export class WatchedZones extends ZoneAdapter {
  /** Views that were opened and not closed: a leak if it is not 0 at the end. */
  openViewCount = 0;
  /** Names of the zones that were notified, in order. */
  readonly notified: string[] = [];

  override async open(zone: string): Promise<ZoneView | undefined> {
    const view = await super.open(zone);
    if (view === undefined) return undefined;
    this.openViewCount += 1;
    return {
      ...view,
      close: async () => {
        this.openViewCount -= 1;
        await view.close();
      },
    };
  }

  override async notify(zone: string): Promise<void> {
    this.notified.push(zone);
    await super.notify(zone);
  }
}
