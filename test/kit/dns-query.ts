/**
 * Queries as octets, written without the server's own codec, with every header bit and EDNS field in
 * the test's hand: what resolvers send, and what they should not.
 *
 *     writeQuery({ name: 'www.example.', type: 1, edns: { payloadSize: 1232, dnssecOk: true } })
 */

export interface EdnsFields {
  payloadSize: number;
  dnssecOk?: boolean;
  version?: number;
  /** The low 15 flag bits beside DO. */
  flags?: number;
  options?: readonly { code: number; data: Uint8Array }[];
}

export interface QueryFields {
  id?: number;
  /** Presentation form, absolute with or without final dot; `\.` and `\DDD` are understood. */
  name: string;
  type: number;
  qclass?: number;
  opcode?: number;
  recursionDesired?: boolean;
  authenticData?: boolean;
  checkingDisabled?: boolean;
  /** The header's reserved bit. */
  reserved?: boolean;
  edns?: EdnsFields;
}

const TYPE_OPT = 41;

export function writeQuery(query: QueryFields): Uint8Array {
  const { id = 0, type, qclass = 1, opcode = 0, edns } = query;
  const flags =
    (opcode << 11) |
    (query.recursionDesired === true ? 0x0100 : 0) |
    (query.reserved === true ? 0x0040 : 0) |
    (query.authenticData === true ? 0x0020 : 0) |
    (query.checkingDisabled === true ? 0x0010 : 0);
  const header = [id, flags, 1, 0, 0, edns === undefined ? 0 : 1].flatMap(u16);
  const question = [...nameOctets(query.name), ...u16(type), ...u16(qclass)];
  return Uint8Array.from([...header, ...question, ...(edns === undefined ? [] : optOctets(edns))]);
}

function optOctets(edns: EdnsFields): number[] {
  const flags = (edns.flags ?? 0) | (edns.dnssecOk === true ? 0x8000 : 0);
  const options = (edns.options ?? []).flatMap(({ code, data }) => [
    ...u16(code),
    ...u16(data.length),
    ...data,
  ]);
  return [
    0,
    ...u16(TYPE_OPT),
    ...u16(edns.payloadSize),
    0,
    edns.version ?? 0,
    ...u16(flags),
    ...u16(options.length),
    ...options,
  ];
}

function u16(value: number): number[] {
  return [value >>> 8, value & 0xff];
}

/** Labels with their length octets and the root's; throws what `Buffer` throws on none. */
export function nameOctets(name: string): number[] {
  const labels: number[][] = [[]];
  for (let at = 0; at < name.length; at++) {
    const escaped = /^\\(?:(\d{3})|(.))/.exec(name.slice(at, at + 4));
    if (escaped !== null) {
      labels.at(-1)?.push(escaped[1] === undefined ? name.charCodeAt(at + 1) : Number(escaped[1]));
      at += escaped[0].length - 1;
    } else if (name[at] === '.') labels.push([]);
    else labels.at(-1)?.push(name.charCodeAt(at));
  }
  return [...labels.filter((label) => label.length > 0), []].flatMap((label) => [
    label.length,
    ...label,
  ]);
}
