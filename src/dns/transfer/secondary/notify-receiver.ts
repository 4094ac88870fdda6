/**
 * NOTIFY as a secondary takes it (RFC 1996): from a primary of the zone, by its address or by its
 * key, and then the zone is looked after at once. Others are refused, whatever they say; what the
 * message says of the serial only spares a question, and nothing else in it is believed.
 */

import type { Log } from '#base/log.ts';
import { EXTENDED_ERROR } from '#dns/wire/edns.ts';
import { FLAG_AA, RCODE } from '#dns/wire/header.ts';
import { equalNames, formatName } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { CLASS_IN, type ResourceRecord } from '#dns/wire/record.ts';
import { soaSerial } from '#dns/zone/soa.ts';
import type { CheckedRequest, Replies, RequestPart } from '../request-router.ts';
import type { ReplyStatus } from '../sealed-replies.ts';
import type { NotifyVerdict } from './secondary-status.ts';
import type { SecondaryZones } from './secondary-zones.ts';

const STATUS: Record<NotifyVerdict, ReplyStatus> = {
  taken: { rcode: RCODE.NOERROR, flags: FLAG_AA },
  'not-secondary': {
    rcode: RCODE.NOTAUTH,
    extendedError: { infoCode: EXTENDED_ERROR.NOT_AUTHORITATIVE, text: 'not fetched here' },
  },
  refused: {
    rcode: RCODE.REFUSED,
    extendedError: { infoCode: EXTENDED_ERROR.PROHIBITED, text: 'not from a primary' },
  },
};

export class NotifyReceiver implements RequestPart {
  readonly #secondaries: Pick<SecondaryZones, 'notified'>;
  readonly #log: Log;

  constructor(secondaries: Pick<SecondaryZones, 'notified'>, log: Log) {
    this.#secondaries = secondaries;
    this.#log = log;
  }

  async handle(request: CheckedRequest, replies: Replies): Promise<void> {
    const { message, peer, key } = request;
    const { question } = message;
    if (question === undefined || question.type !== TYPE.SOA || question.class !== CLASS_IN) {
      await replies.sendStatus({ rcode: RCODE.FORMERR });
      return;
    }
    const soa = message.answer.find((record) => isSoaOf(record, question.name));
    const serial = soa === undefined ? undefined : soaSerial(soa.rdata);
    const verdict = this.#secondaries.notified(question.name, peer, key, serial);
    const zone = formatName(question.name);
    this.#log.debug({ zone, peer: peer.address, serial, verdict }, 'NOTIFY');
    await replies.sendStatus(STATUS[verdict]);
  }
}

function isSoaOf(record: ResourceRecord, apex: Uint8Array): boolean {
  return record.type === TYPE.SOA && record.class === CLASS_IN && equalNames(record.owner, apex);
}
