/**
 * Zones as other name servers fetch them from us: AXFR (RFC 5936) and IXFR (RFC 1995).
 *
 *     AXFR ──────────────────────────────────────────> whole zone
 *     IXFR ── serial is ours or newer ───────────────> our SOA alone
 *        │ ── the journal reaches back to it ────────> the differences
 *        └─── it does not, or they are more than all > whole zone
 *
 * Over UDP an IXFR whose differences do not fit is answered by our SOA alone, which says "come by
 * TCP" (RFC 1995 section 2); an AXFR does not come here. Who asks for it is told when the zone
 * expires (EDNS EXPIRE, RFC 7314).
 */
import { assert } from '#base/assert.ts';
import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import { EDNS_OPTION, type EdnsOption, EXTENDED_ERROR } from '#dns/wire/edns.ts';
import { FLAG_TC, RCODE } from '#dns/wire/header.ts';
import type { Question } from '#dns/wire/message.ts';
import { formatName, type Name } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { CLASS_IN, type ResourceRecord } from '#dns/wire/record.ts';
import { readSoa, soaSerial } from '#dns/zone/soa.ts';
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';
import type { ZoneState } from '#dns/zonedb/zone-list.ts';
import type { ZoneView } from '#dns/zonedb/zone-view.ts';
import { askerOf, RefusalLog } from '../refusal-log.ts';
import type { CheckedRequest, Replies, RequestPart } from '../request-router.ts';
import type { ReplyStatus } from '../sealed-replies.ts';
import { soaRecord } from './axfr-records.ts';
import { permitTransfer, type TransferRules } from './transfer-access.ts';
import { chooseContent, differenceRecords, malformation } from './transfer-content.ts';
import {
  packRecords,
  sendRecords,
  TransferOutError,
  type TransferReply,
} from './transfer-sender.ts';
import { type TransferSlotLimits, TransferSlots } from './transfer-slots.ts';

/** A transfer pins a version of the store: longer than this none takes part in. */
export const TRANSFER_MS_MAX = 2 * 60 * 60 * 1000;

/** How a transfer ended, for metrics. */
export interface TransferOutReport {
  kind: 'axfr' | 'ixfr';
  /** `failed`: the client left before the end, or the zone could not be read. */
  result: 'done' | 'refused' | 'failed';
}

export interface TransferOutOptions {
  zones: Pick<ZoneDb, 'find' | 'view' | 'changesSince'>;
  rules: TransferRules;
  limits: TransferSlotLimits;
  /** Seconds until a zone that we fetch ourselves expires; `undefined` for those of our own. */
  expiresInSeconds?: (apex: Name) => number | undefined;
  clock: Clock;
  log: Log;
  onReport: (report: TransferOutReport) => void;
}

export class TransferOut implements RequestPart {
  readonly #options: TransferOutOptions;
  #rules: TransferRules;
  readonly #slots: TransferSlots;
  readonly #refusals: RefusalLog;

  constructor(options: TransferOutOptions) {
    this.#options = options;
    this.#rules = options.rules;
    this.#slots = new TransferSlots(options.limits);
    this.#refusals = new RefusalLog(options.log, options.clock);
  }

  /** Other rules and limits, for requests from now on. */
  configure(rules: TransferRules, limits: TransferSlotLimits): void {
    this.#rules = rules;
    this.#slots.configure(limits);
  }

  /** Transfers under way. */
  get underWay(): number {
    return this.#slots.taken;
  }

  async handle(request: CheckedRequest, replies: Replies): Promise<void> {
    const { question } = request.message;
    assert(question !== undefined, 'a request that has been checked has a question');
    const kind = question.type === TYPE.IXFR ? 'ixfr' : 'axfr';
    const refusal = await this.#refusal(question, request);
    if (refusal !== undefined) {
      this.#options.onReport({ kind, result: 'refused' });
      await replies.sendStatus(refusal);
      return;
    }
    const client = request.peer.address;
    if (!(await this.#slots.enter(client))) {
      this.#options.onReport({ kind, result: 'refused' });
      this.#refusals.refused('transfer', question.name, request, 'too many are under way');
      await replies.sendStatus(notReady('too many transfers at a time'));
      return;
    }
    try {
      const isWhole = await this.#answer(question, request, replies);
      this.#options.onReport({ kind, result: isWhole ? 'done' : 'failed' });
    } catch (error) {
      this.#options.onReport({ kind, result: 'failed' });
      throw error;
    } finally {
      this.#slots.leave(client);
    }
  }

  /** Why the asker gets nothing of the zone; `undefined`: it does. */
  async #refusal(question: Question, request: CheckedRequest): Promise<ReplyStatus | undefined> {
    const { zones } = this.#options;
    const state = question.class === CLASS_IN ? zones.find(question.name) : undefined;
    if (state === undefined) {
      const extendedError = { infoCode: EXTENDED_ERROR.NOT_AUTHORITATIVE, text: 'no such zone' };
      return { rcode: RCODE.NOTAUTH, extendedError };
    }
    const permit = await permitTransfer(this.#rules, state.row.apex, state.row.settings, request);
    if (!permit.isAllowed) {
      this.#refusals.refused('transfer', state.row.apex, request, permit.reason);
      const extendedError = { infoCode: EXTENDED_ERROR.PROHIBITED, text: permit.reason };
      return { rcode: RCODE.REFUSED, extendedError };
    }
    const reason = malformation(question, request.message);
    if (reason !== undefined) return malformed(reason);
    return isServed(state) ? undefined : notReady('the zone is not served at present');
  }

  /** False when the client left before the end. @throws what cannot be read or sent */
  async #answer(question: Question, request: CheckedRequest, replies: Replies): Promise<boolean> {
    const view = await this.#options.zones.view(question.name);
    if (view === undefined) {
      const zone = formatName(question.name);
      throw new TransferOutError('TRANSFER_ZONE_EMPTY', `zone ${zone} has just been deleted`);
    }
    try {
      if (request.transport !== 'udp') {
        return await this.#sendStream(view, question, request, replies);
      }
      return await this.#sendDatagram(view, question, request, replies);
    } finally {
      await view.close();
    }
  }

  async #sendDatagram(
    view: ZoneView,
    question: Question,
    request: CheckedRequest,
    replies: Replies,
  ): Promise<boolean> {
    const soa = await soaRecord(view);
    const records = await differenceRecords(this.#options.zones, view, request.message, soa);
    const reply = { request: request.message, question };
    const whole = records && packRecords(records, reply, replies.sizeMax);
    const message = whole ?? packRecords([soa], reply, replies.sizeMax);
    // No room even for that: TC, as for any answer (RFC 2181 section 9).
    if (message === undefined) return replies.sendStatus({ rcode: RCODE.NOERROR, flags: FLAG_TC });
    return replies.send(message, this.#expireOption(request, soa));
  }

  async #sendStream(
    view: ZoneView,
    question: Question,
    request: CheckedRequest,
    replies: Replies,
  ): Promise<boolean> {
    const { zones, clock, log } = this.#options;
    const begunAtMs = clock.nowMs();
    const soa = await soaRecord(view);
    const serial = soaSerial(soa.rdata);
    const { form, batches } = await chooseContent(zones, view, request.message, soa);
    const reply: TransferReply = {
      request: request.message,
      question,
      replies,
      options: this.#expireOption(request, soa),
      permit: () => {
        if (clock.nowMs() - begunAtMs <= TRANSFER_MS_MAX) return;
        throw new TransferOutError('TRANSFER_TOO_SLOW', 'the client took too long for a transfer');
      },
    };
    const sent = await sendRecords(batches, reply);
    const { messages, octets, records, isWhole } = sent;
    log.info(
      {
        zone: formatName(view.row.apex),
        ...askerOf(request),
        form,
        serial,
        messages,
        octets,
        records,
        durationMs: Math.round(clock.nowMs() - begunAtMs),
      },
      isWhole ? 'zone sent' : 'zone not sent to its end: the client has left',
    );
    return isWhole;
  }

  #expireOption({ message }: CheckedRequest, soa: ResourceRecord): EdnsOption[] {
    if (message.edns?.options.some(({ code }) => code === EDNS_OPTION.EXPIRE) !== true) return [];
    const seconds = this.#options.expiresInSeconds?.(soa.owner) ?? readSoa(soa.rdata).expire;
    const data = new Uint8Array(4);
    new DataView(data.buffer).setUint32(0, seconds);
    return [{ code: EDNS_OPTION.EXPIRE, data }];
  }
}

function malformed(text: string): ReplyStatus {
  return { rcode: RCODE.FORMERR, extendedError: { infoCode: EXTENDED_ERROR.OTHER, text } };
}

function notReady(text: string): ReplyStatus {
  return {
    rcode: RCODE.SERVFAIL,
    extendedError: { infoCode: EXTENDED_ERROR.NOT_READY, text },
  };
}

function isServed({ fault, expired }: Readonly<ZoneState>): boolean {
  return fault === undefined && expired !== true;
}
