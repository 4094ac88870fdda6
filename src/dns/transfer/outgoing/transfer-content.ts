/**
 * What a question for a transfer is answered with: the zone, what changed since the version that
 * the client has, or the SOA alone when it has nothing to learn.
 */
import type { Message, Question } from '#dns/wire/message.ts';
import { equalNames } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import type { ResourceRecord } from '#dns/wire/record.ts';
import { compareSerials } from '#dns/zone/serial.ts';
import { soaSerial } from '#dns/zone/soa.ts';
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';
import type { ZoneView } from '#dns/zonedb/zone-view.ts';
import { axfrRecords } from './axfr-records.ts';
import { ixfrRecords } from './ixfr-records.ts';

/** Records of differences that are written without letting others run. */
const BATCH_RECORDS = 1000;
/** The SOAs of a step, which a whole zone does not have. */
const SOA_PAIR = 2;

export interface TransferContent {
  form: 'axfr' | 'ixfr' | 'soa';
  batches: AsyncIterable<ResourceRecord[]> | Iterable<ResourceRecord[]>;
}

type Zones = Pick<ZoneDb, 'changesSince'>;

/** What is wrong with the question itself (RFC 5936 section 2.1, RFC 1995 section 3). */
export function malformation(
  question: Question,
  { answer, authority }: Pick<Message, 'answer' | 'authority'>,
): string | undefined {
  if (question.type === TYPE.AXFR) {
    return answer.length + authority.length === 0 ? undefined : 'AXFR is a question alone';
  }
  const [soa] = authority;
  const isVersioned =
    authority.length === 1 && soa.type === TYPE.SOA && equalNames(soa.owner, question.name);
  return isVersioned ? undefined : 'IXFR needs the SOA that the client has';
}

/**
 * @param view the zone; used until the batches are read
 * @param request without malformation
 * @param soa the zone's
 */
export async function chooseContent(
  zones: Zones,
  view: ZoneView,
  request: Message,
  soa: ResourceRecord,
): Promise<TransferContent> {
  if (request.question?.type === TYPE.IXFR) {
    const records = await differenceRecords(zones, view, request, soa);
    if (records !== undefined) {
      return { form: records.length === 1 ? 'soa' : 'ixfr', batches: inBatches(records) };
    }
  }
  return { form: 'axfr', batches: axfrRecords(view) };
}

/**
 * The records that answer an IXFR with differences, or with the SOA alone where the client has our
 * version or a newer one. `undefined`: the whole zone has to be sent, because the journal does not
 * reach back to that version, or because it is the shorter answer.
 */
export async function differenceRecords(
  zones: Zones,
  { row }: Pick<ZoneView, 'row'>,
  { authority: [asked] }: Pick<Message, 'authority'>,
  soa: ResourceRecord,
): Promise<ResourceRecord[] | undefined> {
  const serial = soaSerial(soa.rdata);
  const client = soaSerial(asked.rdata);
  if (client === serial || compareSerials(client, serial) > 0) return [soa];
  const deltas = await zones.changesSince(row.apex, client);
  if (deltas === undefined) return undefined;
  if (deltas.length === 0) return [soa];
  const records = ixfrRecords(deltas);
  return records.length > row.records + SOA_PAIR ? undefined : records;
}

function* inBatches(records: readonly ResourceRecord[]): Generator<ResourceRecord[]> {
  for (let at = 0; at < records.length; at += BATCH_RECORDS) {
    yield records.slice(at, at + BATCH_RECORDS);
  }
}
