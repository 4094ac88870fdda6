/**
 * DNS UPDATE (RFC 2136): makes one Change of one message and answers with how it ended. The message
 * has been read and its signature checked by the router; here, in this order, nothing done before
 * all of it is known to be well:
 *
 *     zone section      one SOA of class IN        FORMERR
 *       |               a zone of ours             NOTAUTH, SERVFAIL where it is damaged
 *     policy            anything in this zone?     REFUSED
 *     update section    form, names in the zone    FORMERR, NOTZONE
 *     prerequisites     form, names in the zone    FORMERR, NOTZONE
 *     policy            each name and type         REFUSED
 *     zone database     prerequisites hold         YXDOMAIN, NXDOMAIN, YXRRSET, NXRRSET
 *       |               the result can stand       REFUSED; SERVFAIL where the disk fails
 *     NOERROR           on disk, synced, and served by the packet threads
 *
 * The policy comes before the prerequisites and not behind them, as section 3.3 would have it: who
 * may change nothing is not told by RCODEs what there is.
 */
import { createHash } from 'node:crypto';
import { latin1 } from '#base/bytes.ts';
import type { Clock } from '#base/clock.ts';
import { EXTENDED_ERROR } from '#dns/wire/edns.ts';
import { formatRcode, RCODE } from '#dns/wire/header.ts';
import type { Message } from '#dns/wire/message.ts';
import { formatName, lowerName, type Name } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { CLASS_IN } from '#dns/wire/record.ts';
import type { Change, ChangeOutcome } from '#dns/zonedb/change.ts';
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';
import { isFetched } from '#dns/zonedb/zone-row.ts';
import type { CheckedRequest, Replies, RequestPart } from '../request-router.ts';
import { readPrerequisiteSection } from './prerequisite-section.ts';
import { RECENT_SIGNED, RECENT_UNSIGNED, RecentUpdates } from './recent-updates.ts';
import { malformed, UpdateError } from './update-error.ts';
import { updateFailure } from './update-failure.ts';
import type { UpdatePolicy } from './update-policy.ts';
import { readUpdateSection, touchesOf } from './update-section.ts';

/** Updates that are worked on at once; more are answered SERVFAIL. */
export const UPDATES_ACTIVE_MAX = 1000;

/** How one UPDATE ended, for logs. */
export interface UpdateReport {
  atMs: number;
  /** The TSIG key, absolute, lower case; `undefined`: unsigned. */
  key: string | undefined;
  address: string;
  transport: 'udp' | 'tcp' | 'tls';
  /** As asked for, absolute; `undefined`: the message does not say. */
  zone: string | undefined;
  /** The message id. */
  id: number;
  /** Mnemonic. */
  rcode: string;
  /** With a reason when it was not made. */
  error: UpdateError | undefined;
  /** When it was made. */
  outcome: ChangeOutcome | undefined;
}

export interface UpdateDoorOptions {
  zones: Pick<ZoneDb, 'find' | 'apply'>;
  policy: UpdatePolicy;
  clock: Clock;
  /** Told of every UPDATE once it is answered, a repetition of one excepted. */
  onDone: (report: UpdateReport) => void;
}

/** A zone that may be updated, and what for. */
interface Target {
  zone: Name;
  metadata: Readonly<Record<string, readonly string[]>>;
}

export class UpdateDoor implements RequestPart {
  readonly #options: UpdateDoorOptions;
  readonly #signed: RecentUpdates<UpdateError | ChangeOutcome>;
  readonly #unsigned: RecentUpdates<UpdateError | ChangeOutcome>;
  #activeCount = 0;

  constructor(options: UpdateDoorOptions) {
    this.#options = options;
    this.#signed = new RecentUpdates(options.clock, RECENT_SIGNED);
    this.#unsigned = new RecentUpdates(options.clock, RECENT_UNSIGNED);
  }

  async handle(request: CheckedRequest, replies: Replies): Promise<void> {
    const atMs = this.#options.clock.nowMs();
    if (this.#activeCount >= UPDATES_ACTIVE_MAX) {
      const reason = `${UPDATES_ACTIVE_MAX} updates are being worked on`;
      await this.#answer(request, replies, atMs, busy(reason));
      return;
    }
    this.#activeCount += 1;
    try {
      await this.#answer(request, replies, atMs, await this.#update(request, atMs));
    } finally {
      this.#activeCount -= 1;
    }
  }

  async #answer(
    request: CheckedRequest,
    replies: Replies,
    atMs: number,
    { result, isRepeated = false }: Ended,
  ): Promise<void> {
    const error = result instanceof UpdateError ? result : undefined;
    const rcode = error?.rcode ?? RCODE.NOERROR;
    if (!isRepeated) {
      const { question, id } = request.message;
      this.#options.onDone({
        atMs,
        key: request.key && formatName(request.key.name),
        address: request.peer.address,
        transport: request.transport,
        zone: question && formatName(question.name),
        id,
        rcode: formatRcode(rcode),
        error,
        outcome: result instanceof UpdateError ? undefined : result,
      });
    }
    const told = error?.told;
    await replies.sendStatus({ rcode, ...(told !== undefined && { extendedError: told }) });
  }

  async #update(request: CheckedRequest, atMs: number): Promise<Ended> {
    try {
      const change = this.#readChange(request, atMs);
      const id = identify(request);
      return await (id === undefined
        ? { result: await this.#apply(change) }
        : this.#once(request, id, change));
    } catch (error) {
      if (error instanceof UpdateError) return { result: error };
      throw error;
    }
  }

  /** Makes the change, or gives how it ended when the same request made it before. */
  async #once({ mac }: CheckedRequest, id: string, change: Change): Promise<Ended> {
    const recent = mac === undefined ? this.#unsigned : this.#signed;
    const earlier = recent.find(id);
    if (earlier !== undefined) return { result: await earlier, isRepeated: true };
    const applied = this.#apply(change);
    recent.remember(id, applied);
    let isFinal = false;
    try {
      const result = await applied;
      isFinal = !(result instanceof UpdateError && result.rcode === RCODE.SERVFAIL);
      return { result };
    } finally {
      if (!isFinal) recent.forget(id);
    }
  }

  /** @throws UpdateError */
  #readChange(request: CheckedRequest, atMs: number): Change {
    const { message, key, peer } = request;
    const target = this.#findTarget(message);
    const { zone } = target;
    this.#refuse(request, target, []);
    this.#refuseSecondary(zone);
    const operations = readUpdateSection(message.authority, zone);
    const prerequisites = readPrerequisiteSection(message.answer, zone);
    this.#refuse(request, target, operations);
    return {
      zone,
      ...(prerequisites.length > 0 && { precondition: { prerequisites } }),
      operations,
      context: {
        source: 'update',
        actor: key === undefined ? peer.address : formatName(key.name),
        transactionId: String(message.id),
        receivedAtMs: atMs,
        sourceAddress: peer.address,
      },
    };
  }

  /** @throws UpdateError UPDATE_FORMERR, UPDATE_NOTAUTH */
  #findTarget({ question }: Message): Target {
    if (question === undefined || question.type !== TYPE.SOA) {
      throw malformed('the zone section is not one record of type SOA');
    }
    const zone = lowerName(question.name);
    const state = question.class === CLASS_IN ? this.#options.zones.find(zone) : undefined;
    if (state === undefined) {
      throw new UpdateError(
        'UPDATE_NOTAUTH',
        RCODE.NOTAUTH,
        `there is no zone ${formatName(zone)} here`,
        { infoCode: EXTENDED_ERROR.NOT_AUTHORITATIVE, text: '' },
      );
    }
    return { zone, metadata: state.row.settings.metadata };
  }

  /** @throws UpdateError UPDATE_REFUSED */
  #refuse(
    request: CheckedRequest,
    target: Target,
    operations: ReturnType<typeof readUpdateSection>,
  ): void {
    const touches = touchesOf(operations);
    const reason = this.#options.policy.findRefusal({ asker: request, ...target, touches });
    if (reason === undefined) return;
    // Who has shown a key is told why; a stranger is not told which keys and addresses there are.
    const text = request.key === undefined ? '' : reason;
    const told = { infoCode: EXTENDED_ERROR.PROHIBITED, text };
    throw new UpdateError('UPDATE_REFUSED', RCODE.REFUSED, reason, told);
  }

  /** What a primary gives us changes there (RFC 2136 section 6); nothing is forwarded. */
  #refuseSecondary(zone: Name): void {
    const settings = this.#options.zones.find(zone)?.row.settings;
    if (settings === undefined || !isFetched(settings)) return;
    const text = `${formatName(zone)} is transferred from its primary: send updates there`;
    const told = { infoCode: EXTENDED_ERROR.NOT_SUPPORTED, text };
    throw new UpdateError('UPDATE_REFUSED', RCODE.REFUSED, text, told);
  }

  /** Rejects with what is no CodedError only. */
  async #apply(change: Change): Promise<UpdateError | ChangeOutcome> {
    try {
      return await this.#options.zones.apply(change);
    } catch (error) {
      const failure = updateFailure(error);
      if (failure instanceof UpdateError) return failure;
      throw failure;
    }
  }
}

interface Ended {
  result: UpdateError | ChangeOutcome;
  /** It was done before, and told of then. */
  isRepeated?: boolean;
}

function busy(reason: string): Ended {
  const told = { infoCode: EXTENDED_ERROR.OTHER, text: reason };
  return { result: new UpdateError('UPDATE_FAILED', RCODE.SERVFAIL, reason, told) };
}

/**
 * The same for the same octets: signed, whoever sends them; a datagram, from the same sender.
 * `undefined`: nobody sends an unsigned one twice over a connection and means it once.
 */
function identify(request: CheckedRequest): string | undefined {
  const { mac, key, octets, peer, transport } = request;
  if (mac !== undefined && key !== undefined) return `${latin1(key.name)} ${latin1(mac)}`;
  if (transport !== 'udp') return undefined;
  const digest = createHash('sha256').update(octets).digest('latin1');
  return `${peer.address} ${peer.port} ${digest}`;
}
