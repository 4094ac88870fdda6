/**
 * Zones in an image and an answerer over them, without sockets: zones as master file text, queries
 * as names, answers as dig-like text, so that tests read like sessions.
 */
import { openClock } from '#base/clock.ts';
import { seededRandom } from '#base/random.ts';
import { Answerer, type AnswererParts, type AnswerOptions } from '#dns/answer/answerer.ts';
import { ImageReader } from '#dns/image/image-reader.ts';
import { ImageWriter } from '#dns/image/image-writer.ts';
import type { EdnsOption } from '#dns/wire/edns.ts';
import { formatRcode } from '#dns/wire/header.ts';
import type { Message } from '#dns/wire/message.ts';
import { readMessage } from '#dns/wire/message-reader.ts';
import { formatName, type Name, parseName } from '#dns/wire/name.ts';
import { formatRdata, formatTypeCode, typeOfMnemonic } from '#dns/wire/rdata/registry.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import type { ResourceRecord } from '#dns/wire/record.ts';
import { writeMessage } from '#dns/wire/write-message.ts';
import type { Rrset } from '#dns/zone/rrset.ts';
import { buildRrset } from '#dns/zone/rrset-builder.ts';
import { parseZonefile } from '#dns/zonefile/parse-zonefile.ts';
import { pieces } from './zonefile-text.ts';

export const TEST_ARENA_SIZE = 64 * 1024 ** 2;
const SOA = '@ 3600 IN SOA ns.x. host.x. 1 7200 1800 1209600 300\n';

export function makeWriter(sizeBytes = TEST_ARENA_SIZE): ImageWriter {
  return ImageWriter.create({
    random: seededRandom(1),
    clock: openClock({ kind: 'system' }),
    sizeBytes,
  });
}

/** RRsets of master file text, unchecked, in the order of the text. */
export async function rrsetsOf(origin: string, text: string): Promise<Rrset[]> {
  const apex = parseName(origin);
  const groups = new Map<
    string,
    { owner: Name; type: number; ttls: number[]; data: Uint8Array[] }
  >();
  const sink = {
    record: (owner: Name, type: number, ttl: number, rdata: { take(): Uint8Array }): void => {
      const key = `${formatName(owner).toLowerCase()} ${type}`;
      const group = groups.get(key) ?? { owner: owner.slice(), type, ttls: [], data: [] };
      groups.set(key, group);
      group.ttls.push(ttl);
      group.data.push(rdata.take());
    },
  };
  const outcome = await parseZonefile(
    pieces(text, 65_536),
    { file: 'zone', origin: apex, includes: false },
    sink,
  );
  if (outcome.errors.length > 0) throw outcome.errors[0];
  return [...groups.values()].map(
    ({ owner, type, ttls, data }) => buildRrset(owner, type, ttls, data).rrset,
  );
}

/** Loads a zone; text without a SOA gets one with negative TTL 300. */
export async function loadText(writer: ImageWriter, origin: string, text: string): Promise<void> {
  const whole = /\sSOA\s/.test(text) ? text : SOA + text;
  const load = writer.loadZone(parseName(origin));
  for (const rrset of await rrsetsOf(origin, whole)) load.add(rrset);
  load.publish();
}

export interface AskOptions {
  edns?: boolean;
  dnssecOk?: boolean;
  payloadSize?: number;
  ednsVersion?: number;
  ednsOptions?: EdnsOption[];
  stream?: boolean;
  class?: number;
  flags?: number;
}

export class ImageFixture {
  readonly writer: ImageWriter;
  readonly reader: ImageReader;
  readonly answerer: Answerer;
  readonly #reply = new Uint8Array(70_000);

  constructor(
    writer: ImageWriter,
    options: AnswerOptions = {},
    slot = 0,
    parts: AnswererParts = {},
  ) {
    this.writer = writer;
    this.reader = ImageReader.open(writer.image, slot);
    this.answerer = new Answerer(this.reader, options, parts);
  }

  /** The reply's octets, or 0 or -1 as `answer` gives them. */
  send(query: Uint8Array, stream = false, replyMax = 65_535): Uint8Array | number {
    this.answerer.beginBatch();
    const size = this.answerer.answer(query, 0, query.length, this.#reply, 0, replyMax, stream);
    this.answerer.endBatch();
    return size > 0 ? this.#reply.slice(0, size) : size;
  }

  ask(name: string, type: string | number, options: AskOptions = {}): Message {
    const reply = this.send(makeQuery(name, type, options), options.stream);
    if (typeof reply === 'number') throw new Error(`no reply to ${name} ${type}: ${reply}`);
    return readMessage(reply);
  }

  /** The answer as text; see `formatMessage`. */
  dig(name: string, type: string | number, options: AskOptions = {}): string[] {
    return formatMessage(this.ask(name, type, options));
  }
}

/** A fixture with zones given as `{ 'example.com.': text }`. */
export async function serveText(
  zones: Record<string, string>,
  options: AnswerOptions = {},
  parts: AnswererParts = {},
): Promise<ImageFixture> {
  const writer = makeWriter();
  for (const [origin, text] of Object.entries(zones)) await loadText(writer, origin, text);
  return new ImageFixture(writer, options, 0, parts);
}

export function makeQuery(
  name: string,
  type: string | number,
  options: AskOptions = {},
): Uint8Array {
  const hasEdns =
    options.edns === true ||
    options.dnssecOk === true ||
    options.payloadSize !== undefined ||
    options.ednsVersion !== undefined ||
    options.ednsOptions !== undefined;
  return writeMessage({
    id: 0x1234,
    flags: options.flags ?? 0,
    opcode: 0,
    rcode: 0,
    question: {
      name: parseName(name),
      type: typeof type === 'number' ? type : (typeOfMnemonic(type) ?? TYPE.ANY),
      class: options.class ?? 1,
    },
    answer: [],
    authority: [],
    additional: [],
    edns: hasEdns
      ? {
          payloadSize: options.payloadSize ?? 1232,
          version: options.ednsVersion ?? 0,
          flags: options.dnssecOk === true ? 0x8000 : 0,
          options: options.ednsOptions ?? [],
        }
      : undefined,
  });
}

/**
 * `NOERROR aa`, then each record as `an|au|ad owner ttl type rdata`. Flags in the first line are
 * `aa` and `tc`; OPT is not shown.
 */
export function formatMessage(message: Message): string[] {
  const flags = [message.flags & 0x0400 ? ' aa' : '', message.flags & 0x0200 ? ' tc' : ''];
  return [
    formatRcode(message.rcode) + flags.join(''),
    ...message.answer.map((record) => `an ${formatRecord(record)}`),
    ...message.authority.map((record) => `au ${formatRecord(record)}`),
    ...message.additional.map((record) => `ad ${formatRecord(record)}`),
  ];
}

export function formatRecord({ owner, ttl, type, rdata }: ResourceRecord): string {
  return `${formatName(owner)} ${ttl} ${formatTypeCode(type)} ${formatRdata(type, rdata)}`;
}
