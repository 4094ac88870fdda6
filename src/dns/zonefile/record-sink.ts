/** Who takes the records of a master file as they are read. */
import type { FilePlace } from '#base/coded-error.ts';
import type { Name } from '#dns/wire/name.ts';
import type { RdataWriter } from '#dns/wire/rdata/rdata-writer.ts';

export interface RecordSink {
  /**
   * Called once a record, in order of the file; what it throws ends the reading and reaches the
   * caller of `parseZonefile`.
   * @param owner may be kept; neighbours with the same owner get the same object
   * @param ttl seconds, at most TTL_MAX
   * @param rdata its octets are valid during the call only: `rdata.take()` copies them
   * @param place of the record's first token; valid during the call only
   */
  record(
    owner: Name,
    type: number,
    ttl: number,
    rdata: RdataWriter,
    place: Readonly<FilePlace>,
  ): void;
}
