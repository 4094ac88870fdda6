/**
 * A whole message as octets, cut to a size the way a server cuts it (RFC 2181 section 9): RRsets
 * are left out whole; TC is set if one of the answer or authority section is missing; additional
 * records go silently; question and OPT always stay (RFC 6891 section 7).
 */
import { ednsSize } from './edns.ts';
import { FLAG_TC, MESSAGE_SIZE_MAX } from './header.ts';
import type { Message, Section } from './message.ts';
import { MessageWriter } from './message-writer.ts';
import { equalNames } from './name.ts';
import type { ResourceRecord } from './record.ts';
import { WireError } from './wire-error.ts';

/**
 * @param sizeMax octets of the result at most
 * @param writer whose memory to use; its last message is gone
 * @returns fresh memory
 * @throws WireError WIRE_TOO_LONG when not even question and OPT fit
 */
export function writeMessage(
  message: Message,
  sizeMax: number = MESSAGE_SIZE_MAX,
  writer: MessageWriter = new MessageWriter(),
): Uint8Array {
  const { id, flags, opcode, question, edns } = message;
  writer.start({ id, flags, opcode, sizeMax });
  if (edns !== undefined) writer.reserve(ednsSize(edns));
  if (question !== undefined && !writer.writeQuestion(question)) throw tooLong(sizeMax);
  const isWhole =
    writeRrsets(writer, 'answer', message.answer) &&
    writeRrsets(writer, 'authority', message.authority);
  if (isWhole) writeRrsets(writer, 'additional', message.additional);
  else writer.addFlags(FLAG_TC);
  writer.reserve(0);
  if (edns !== undefined && !writer.writeEdns(edns)) throw tooLong(sizeMax);
  return writer.finish(message.rcode).slice();
}

/** False when an RRset did not fit; it and those behind it are not written. */
function writeRrsets(
  writer: MessageWriter,
  section: Section,
  records: readonly ResourceRecord[],
): boolean {
  let mark = writer.mark();
  let before: ResourceRecord | undefined;
  for (const record of records) {
    if (before === undefined || !isSameRrset(before, record)) mark = writer.mark();
    if (!writer.writeRecord(section, record)) {
      writer.rollback(mark);
      return false;
    }
    before = record;
  }
  return true;
}

function isSameRrset(a: ResourceRecord, b: ResourceRecord): boolean {
  return a.type === b.type && a.class === b.class && equalNames(a.owner, b.owner);
}

function tooLong(sizeMax: number): WireError {
  return new WireError('WIRE_TOO_LONG', `question and OPT do not fit in ${sizeMax} octets`);
}
