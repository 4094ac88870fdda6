/** All zones that are fetched from primaries. */
import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { Random } from '#base/random.ts';
import type { TsigKey, TsigKeyring } from '#dns/tsig/tsig-key.ts';
import type { Name } from '#dns/wire/name.ts';
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';
import type { ZoneSettings } from '#dns/zonedb/zone-row.ts';
import type { PeerAddress } from '#net/return-path.ts';
import type { Primary } from './primary.ts';
import type { RefreshRecords, SecondaryStatus } from './secondary-status.ts';
import type { TransferLimits } from './transfer-limits.ts';

/** A transfer or check that ended, for metrics. */
export interface TransferReport {
  kind: 'axfr' | 'ixfr' | 'check';
  /** `done`, or the code of the error. */
  outcome: string;
  durationMs: number;
  octets: number;
}

export interface SecondaryZonesOptions {
  zones: ZoneDb;
  keyring: TsigKeyring;
  /** In the order in which they are asked. */
  primariesOf: (apex: Name, settings: ZoneSettings) => readonly Primary[];
  records: RefreshRecords;
  clock: Clock;
  random: Random;
  log: Log;
  limits?: Partial<TransferLimits>;
  onReport?: (report: TransferReport) => void;
}

/** What became of a NOTIFY (RFC 1996). */
export type NotifyVerdict = 'taken' | 'not-secondary' | 'refused';

export class SecondaryZones {
  /** Begins to look after every zone of kind Slave or Consumer, those to come as well. */
  static async open(_options: SecondaryZonesOptions): Promise<SecondaryZones> {
    throw new Error('not built yet');
  }

  status(_apex: Name): SecondaryStatus | undefined {
    throw new Error('not built yet');
  }

  statuses(): SecondaryStatus[] {
    throw new Error('not built yet');
  }

  /** Asks the primaries now. False: the zone is not fetched from any. */
  retrieve(_apex: Name): boolean {
    throw new Error('not built yet');
  }

  /** @param serial what the NOTIFY says the primary has */
  notified(
    _apex: Name,
    _from: PeerAddress,
    _key: TsigKey | undefined,
    _serial: number | undefined,
  ): NotifyVerdict {
    throw new Error('not built yet');
  }

  /** Seconds until the zone expires, for those who fetch it from us (RFC 7314). */
  expiresInSeconds(_apex: Name): number | undefined {
    throw new Error('not built yet');
  }

  /** Breaks off what is under way. */
  async close(): Promise<void> {}
}
