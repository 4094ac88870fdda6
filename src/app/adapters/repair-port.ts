/** Repairs of a zone's stored content that are asked for over the admin API. */
import type { ZoneRepairs } from '#app/zone-repairs.ts';
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';
import { ApiError, zoneMissing } from '#http/api/api-error.ts';
import type { RepairPort, ZoneRepair } from '#http/api/ports.ts';
import { refusing } from './change-refusal.ts';
import { readName } from './zone-text.ts';

export class RepairAdapter implements RepairPort {
  readonly #zones: Pick<ZoneDb, 'find'>;
  readonly #repairs: Pick<ZoneRepairs, 'repair'>;

  constructor(zones: Pick<ZoneDb, 'find'>, repairs: Pick<ZoneRepairs, 'repair'>) {
    this.#zones = zones;
    this.#repairs = repairs;
  }

  async repair(zone: string): Promise<ZoneRepair> {
    const apex = readName(zone);
    if (apex === undefined || this.#zones.find(apex) === undefined) throw zoneMissing(zone);
    const outcome = await refusing(zone, () => this.#repairs.repair(apex));
    if ('source' in outcome) return { zone, source: outcome.source };
    throw new ApiError('ZONE_DAMAGED', 409, `zone ${zone}: ${outcome.reasons.join('; ')}`);
  }
}
