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
import type { Clock } from '#base/clock.ts';
import { errorCode, errorMessage } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import { EDNS_OPTION, type EdnsOption, EXTENDED_ERROR } from '#dns/wire/edns.ts';
import { FLAG_AA, RCODE } from '#dns/wire/header.ts';
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
import { ixfrRecords } from './ixfr-records.ts';
import { permitTransfer, type TransferRules } from './transfer-access.ts';
import { chooseContent, findDifferences, malformation } from './transfer-content.ts';
import {
  packRecords,
  type SentTransfer,
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
  readonly #slots: TransferSlots;
  readonly #refusals: RefusalLog;

  constructor(options: TransferOutOptions) {
    this.#options = options;
    this.#slots = new TransferSlots(options.limits);
    this.#refusals = new RefusalLog(options.log, options.clock);
  }

  /** Transfers under way over streams. */
  get underWay(): number {
    return this.#slots.taken;
  }

  async handle(request: CheckedRequest, replies: Replies): Promise<void> {
    const { question } = request.message;
    const kind = question?.type === TYPE.IXFR ? 'ixfr' : 'axfr';
    const malformed =
      question === undefined ? 'no question' : malformation(question, request.message);
    if (question === undefined || malformed !== undefined) {
      this.#options.onReport({ kind, result: 'refused' });
      await replies.sendStatus({ rcode: RCODE.FORMERR, extendedError: invalid(malformed) });
      return;
    }
    const refusal = await this.#refusal(question, request);
    if (refusal !== undefined) {
      this.#options.onReport({ kind, result: 'refused' });
      await replies.sendStatus(refusal);
      return;
    }
    if (request.transport === 'udp') await this.#answerDatagram(question, request, replies);
    else await this.#answerStream(question, request, replies);
  }

  /** Why the asker gets nothing of the zone; `undefined`: it does. */
  async #refusal(question: Question, request: CheckedRequest): Promise<ReplyStatus | undefined> {
    const { zones, rules } = this.#options;
    const state = question.class === CLASS_IN ? zones.find(question.name) : undefined;
    if (state === undefined) {
      const extendedError = { infoCode: EXTENDED_ERROR.NOT_AUTHORITATIVE, text: 'no such zone' };
      return { rcode: RCODE.NOTAUTH, extendedError };
    }
    const permit = await permitTransfer(rules, state.row.apex, state.row.settings, request);
    if (!permit.isAllowed) {
      this.#refusals.refused('transfer', state.row.apex, request, permit.reason);
      const extendedError = { infoCode: EXTENDED_ERROR.PROHIBITED, text: permit.reason };
      return { rcode: RCODE.REFUSED, extendedError };
    }
    return isServed(state) ? undefined : notReady('the zone is not served at present');
  }

  async #answerDatagram(
    question: Question,
    request: CheckedRequest,
    replies: Replies,
  ): Promise<void> {
    const { zones } = this.#options;
    const view = await zones.view(question.name);
    if (view === undefined) {
      await replies.sendStatus(notReady('the zone has just gone'));
      return;
    }
    try {
      const soa = await soaRecord(view);
      const deltas = await findDifferences(zones, view, request.message, soa);
      const reply = { request: request.message, question };
      const whole =
        deltas === undefined || deltas.length === 0
          ? undefined
          : packRecords(ixfrRecords(deltas), reply, replies.sizeMax);
      const message = whole ?? packRecords([soa], reply, replies.sizeMax);
      const options = this.#expireOption(request, soa);
      if (message === undefined) await replies.sendStatus({ rcode: RCODE.NOERROR, flags: FLAG_AA });
      else await replies.send(message, options);
      this.#options.onReport({ kind: 'ixfr', result: 'done' });
    } finally {
      await view.close();
    }
  }

  async #answerStream(question: Question, request: CheckedRequest, replies: Replies) {
    const { onReport } = this.#options;
    const kind = question.type === TYPE.IXFR ? 'ixfr' : 'axfr';
    const client = request.peer.address;
    if (!(await this.#slots.enter(client))) {
      onReport({ kind, result: 'refused' });
      this.#refusals.refused('transfer', question.name, request, 'too many are under way');
      await replies.sendStatus(notReady('too many transfers at a time'));
      return;
    }
    const begunAtMs = this.#options.clock.nowMs();
    let view: ZoneView | undefined;
    try {
      view = await this.#options.zones.view(question.name);
      if (view === undefined)
        throw new TransferOutError('TRANSFER_ZONE_EMPTY', 'the zone has gone');
      const sent = await this.#send(view, question, request, replies, begunAtMs);
      onReport({ kind, result: sent.isWhole ? 'done' : 'failed' });
    } catch (error) {
      onReport({ kind, result: 'failed' });
      this.#logFailure(question, request, error);
      // In the middle of a transfer too: an error code there tells the client to drop it all.
      await replies.sendStatus({ rcode: RCODE.SERVFAIL });
    } finally {
      await view?.close();
      this.#slots.leave(client);
    }
  }

  async #send(
    view: ZoneView,
    question: Question,
    request: CheckedRequest,
    replies: Replies,
    begunAtMs: number,
  ): Promise<SentTransfer> {
    const { zones, clock, log } = this.#options;
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
        throw new TransferOutError('TRANSFER_TOO_SLOW', 'the client takes hours for the transfer');
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
    return sent;
  }

  #expireOption({ message }: CheckedRequest, soa: ResourceRecord): EdnsOption[] {
    if (message.edns?.options.some(({ code }) => code === EDNS_OPTION.EXPIRE) !== true) return [];
    const seconds = this.#options.expiresInSeconds?.(soa.owner) ?? readSoa(soa.rdata).expire;
    const data = new Uint8Array(4);
    new DataView(data.buffer).setUint32(0, seconds);
    return [{ code: EDNS_OPTION.EXPIRE, data }];
  }

  #logFailure(question: Question, request: CheckedRequest, error: unknown): void {
    const place = { zone: formatName(question.name), ...askerOf(request) };
    const reason = errorMessage(error);
    this.#options.log.error({ ...place, code: errorCode(error), reason }, 'zone not sent');
  }
}

function invalid(reason = '') {
  return { infoCode: EXTENDED_ERROR.OTHER, text: reason };
}

function notReady(text: string): ReplyStatus {
  return {
    rcode: RCODE.SERVFAIL,
    extendedError: { infoCode: EXTENDED_ERROR.NOT_READY, text },
  };
}

function isServed({ fault }: Readonly<ZoneState>): boolean {
  return fault === undefined;
}
