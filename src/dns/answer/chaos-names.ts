/**
 * What a server says about itself in class CHAOS (RFC 4892): `version.bind` and `version.server`
 * give its version, `id.server` and `hostname.bind` its identity, each as one TXT record. Nothing
 * is said that the operator did not configure.
 */
import type { LookupName } from '#dns/image/lookup-name.ts';
import { parseName } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { CLASS_CH } from '#dns/wire/record.ts';
import type { ReplyWriter } from './reply-writer.ts';

/** Octets that a text may have: one string of a TXT record. */
export const CHAOS_TEXT_SIZE_MAX = 255;

const TYPE_TXT: number = TYPE.TXT;
const TYPE_ANY: number = TYPE.ANY;
/** RFC 4892 section 3: the answer is about this moment. */
const TTL = 0;

export interface ChaosTexts {
  /** At most CHAOS_TEXT_SIZE_MAX octets each. */
  version?: Uint8Array | undefined;
  identity?: Uint8Array | undefined;
}

export class ChaosNames {
  readonly #names: readonly { name: Uint8Array; text: Uint8Array }[];

  constructor({ version, identity }: ChaosTexts) {
    this.#names = [
      ...namesOf(['version.bind.', 'version.server.'], version),
      ...namesOf(['id.server.', 'hostname.bind.'], identity),
    ];
  }

  /** Answers a question of class CHAOS; false, and nothing written, with nothing to say. */
  answer(name: LookupName, qtype: number, writer: ReplyWriter): boolean {
    for (let index = 0; index < this.#names.length; index++) {
      const known = this.#names[index];
      if (!isName(name, known.name)) continue;
      if (qtype === TYPE_TXT || qtype === TYPE_ANY) writeText(name, known.text, writer);
      return true;
    }
    return false;
  }
}

function namesOf(names: string[], text: Uint8Array | undefined) {
  if (text === undefined) return [];
  const said = text.slice(0, CHAOS_TEXT_SIZE_MAX);
  return names.map((name) => ({ name: Uint8Array.from(parseName(name)), text: said }));
}

function isName(name: LookupName, octets: Uint8Array): boolean {
  if (name.size !== octets.length) return false;
  for (let step = 0; step < octets.length; step++) {
    if (name.octets[step] !== octets[step]) return false;
  }
  return true;
}

function writeText(name: LookupName, text: Uint8Array, writer: ReplyWriter): void {
  const { at } = writer;
  writer.openRecord(name.positions[0], TYPE_TXT, TTL, CLASS_CH);
  writer.octet(text.length);
  for (let step = 0; step < text.length; step++) writer.octet(text[step]);
  writer.closeRecord(at);
}
