/**
 * Records into the messages of a transfer (RFC 5936 section 2.2). Names compress only against the
 * first 16 KiB of a message (a pointer has 14 bits), so longer messages would only grow; a record
 * that needs more gets a message of its own. Nothing is kept beyond the message at hand: the next
 * records are asked for when the client has made room.
 *
 *     question SOA record record … │ question record … │ … │ question record … SOA
 */
import { CodedError } from '#base/coded-error.ts';
import type { EdnsOption } from '#dns/wire/edns.ts';
import { FLAG_AA, FLAG_QR, FLAG_RD, OPCODE, RCODE } from '#dns/wire/header.ts';
import type { Message, Question } from '#dns/wire/message.ts';
import { MessageWriter } from '#dns/wire/message-writer.ts';
import { formatName } from '#dns/wire/name.ts';
import { formatTypeCode } from '#dns/wire/rdata/registry.ts';
import type { ResourceRecord } from '#dns/wire/record.ts';
import type { Replies } from '../request-router.ts';

/** Octets of a message, unless a single record needs more. */
export const TRANSFER_MESSAGE_SIZE = 16 * 1024;

/** A transfer that could not be sent to its end. */
export class TransferOutError extends CodedError {}

/** What was sent. */
export interface SentTransfer {
  messages: number;
  /** Of the messages, without OPT and signature. */
  octets: number;
  records: number;
  /** False when the client left before the end. */
  isWhole: boolean;
}

export interface TransferReply {
  request: Message;
  question: Question;
  replies: Replies;
  /** Of the first message. */
  options: readonly EdnsOption[];
  /** Asked before each message; throws to end the transfer. */
  permit?: () => void;
}

type RecordBatches = AsyncIterable<readonly ResourceRecord[]> | Iterable<readonly ResourceRecord[]>;

/**
 * Sends all records over a stream, in as many messages as they need.
 * @throws TransferOutError TRANSFER_RECORD_TOO_LARGE; what `permit` and the records throw
 */
export async function sendRecords(
  batches: RecordBatches,
  reply: TransferReply,
): Promise<SentTransfer> {
  const sender = new TransferSender(reply);
  for await (const batch of batches) {
    for (const record of batch) {
      if (sender.add(record)) continue;
      if (!(await sender.flush())) return sender.sent(false);
      sender.addFirst(record);
    }
  }
  return sender.sent(await sender.flush());
}

/** One message with all records in at most `sizeMax` octets; `undefined` when they do not fit. */
export function packRecords(
  records: readonly ResourceRecord[],
  { request, question }: Pick<TransferReply, 'request' | 'question'>,
  sizeMax: number,
): Uint8Array | undefined {
  const writer = new MessageWriter();
  writer.start({ ...headerOf(request), sizeMax });
  if (!writer.writeQuestion(question)) return undefined;
  const isWhole = records.every((record) => writer.writeRecord('answer', record));
  return isWhole ? writer.finish(RCODE.NOERROR) : undefined;
}

function headerOf({ id, flags }: Message) {
  // A secondary shall have names as we do (RFC 5936 section 3.4).
  const keepsCase = true;
  return { id, flags: FLAG_QR | FLAG_AA | (flags & FLAG_RD), opcode: OPCODE.QUERY, keepsCase };
}

class TransferSender {
  readonly #reply: TransferReply;
  readonly #writer = new MessageWriter();
  readonly #sent = { messages: 0, octets: 0, records: 0 };

  constructor(reply: TransferReply) {
    this.#reply = reply;
    this.#start(TRANSFER_MESSAGE_SIZE);
  }

  sent(isWhole: boolean): SentTransfer {
    return { ...this.#sent, isWhole };
  }

  /** False when the message has no room for the record. */
  add(record: ResourceRecord): boolean {
    if (!this.#writer.writeRecord('answer', record)) return false;
    this.#sent.records += 1;
    return true;
  }

  /** The record that begins a message, whatever its size. */
  addFirst(record: ResourceRecord): void {
    if (this.add(record)) return;
    this.#start(this.#reply.replies.sizeMax);
    if (this.add(record)) return;
    throw new TransferOutError(
      'TRANSFER_RECORD_TOO_LARGE',
      `${formatName(record.owner)} ${formatTypeCode(record.type)}: ${record.rdata.length} octets ` +
        'of data do not fit in a DNS message; split the record',
    );
  }

  /** Sends the message at hand and begins the next; false when the client has gone. */
  async flush(): Promise<boolean> {
    const { replies, options, permit } = this.#reply;
    permit?.();
    const message = this.#writer.finish(RCODE.NOERROR);
    this.#sent.octets += message.length;
    this.#sent.messages += 1;
    const isThere = await replies.send(message, this.#sent.messages === 1 ? options : []);
    this.#start(TRANSFER_MESSAGE_SIZE);
    return isThere;
  }

  #start(size: number): void {
    const { request, question, replies } = this.#reply;
    this.#writer.start({ ...headerOf(request), sizeMax: Math.min(size, replies.sizeMax) });
    this.#writer.writeQuestion(question);
  }
}
