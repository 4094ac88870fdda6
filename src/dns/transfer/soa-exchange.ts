/** Questions to name servers, and what is answered for the SOA: how we look at served zones. */
import { readMessage } from '#dns/wire/message-reader.ts';
import type { Name } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { WireError } from '#dns/wire/wire-error.ts';
import { soaSerial } from '#dns/zone/soa.ts';

/** What a server said. */
export interface SoaAnswer {
  id: number;
  rcode: number;
  /** The zone asked for, as the server echoes it. */
  apex: Name;
  /** Absent when the answer has no SOA. */
  serial: number | undefined;
}

/** A non-recursive SOA question, class IN. */
export function soaQuery(id: number, apex: Name): Uint8Array {
  return plainQuery(id, apex, TYPE.SOA);
}

/** A non-recursive question of class IN without EDNS (RFC 1035 section 4.1). */
export function plainQuery(id: number, name: Name, type: number): Uint8Array {
  const query = new Uint8Array(12 + name.length + 4);
  query[0] = id >>> 8;
  query[1] = id;
  query[5] = 1;
  query.set(name, 12);
  query[12 + name.length] = type >>> 8;
  query[12 + name.length + 1] = type;
  query[12 + name.length + 3] = 1;
  return query;
}

/** `undefined` for octets that are no answer to such a question. */
export function readSoaAnswer(message: Uint8Array): SoaAnswer | undefined {
  try {
    const { id, rcode, question, answer } = readMessage(message);
    if (question === undefined) return undefined;
    const soa = answer.find((record) => record.type === TYPE.SOA);
    return { id, rcode, apex: question.name, serial: soa && soaSerial(soa.rdata) };
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}
