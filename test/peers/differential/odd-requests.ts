/**
 * Requests that no resolver sends, or hardly one: other opcodes and classes, header bits, counts that
 * are wrong, OPT where it does not belong, options of every size, types that only a question can have,
 * broken names. Each is a real query of `www.example.test. A` with something done to it.
 */
import { nameOctets, type QueryFields, writeQuery } from '../../kit/dns-query.ts';

export const ODD_ZONE = 'example.test.';
export const ODD_ZONE_TEXT = `$ORIGIN ${ODD_ZONE}
@ 3600 SOA ns hostmaster 1 7200 1800 1209600 300
@ 3600 NS ns
ns 3600 A 192.0.2.1
www 3600 A 192.0.2.80
`;

export interface OddRequest {
  what: string;
  octets: Uint8Array;
  isTcp: boolean;
}

/** Changes octets in place, or gives others. */
type Edit = (octets: Uint8Array) => Uint8Array | undefined;

const NAME = `www.${ODD_ZONE}`;
const QUESTION_SIZE = nameOctets(NAME).length + 4;
const EDNS = { payloadSize: 1232 };
const NOTHING = new Uint8Array();
/** Where the header has these counts, low octet. */
const COUNT_AT = { question: 5, answer: 7, authority: 9, additional: 11 };
const OPT = [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0];
const A_RECORD = [0, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 9];
/** Of the name asked for, with serial 0. */
const SOA_RECORD = [0xc0, 12, 0, 6, 0, 1, 0, 0, 0, 0, 0, 22, ...zeros(22)];
const TSIG_FIXED = [0, 250, 0, 255, 0, 0, 0, 0, 0, 61];
const TSIG_TIMES = [0, 0, 101, 0, 0, 0, 1, 44, 0, 32];
const TSIG_RECORD = [
  nameOctets('a.'),
  TSIG_FIXED,
  nameOctets('hmac-sha256.'),
  TSIG_TIMES,
  [...zeros(32), 0, 1, 0, 0, 0, 0],
].flat();

function zeros(count: number): number[] {
  return Array.from({ length: count }, () => 0);
}

function odd(what: string, fields: Partial<QueryFields> = {}, edit?: Edit): OddRequest {
  const octets = writeQuery({ name: NAME, type: 1, ...fields });
  return { what, octets: edit?.(octets) ?? octets, isTcp: false };
}

function overTcp(request: OddRequest): OddRequest {
  return { ...request, what: `${request.what} over TCP`, isTcp: true };
}

function option(code: number, data: Uint8Array = NOTHING) {
  return { edns: { ...EDNS, options: [{ code, data }] } };
}

function setting(at: number, value: number): Edit {
  return (octets) => {
    octets[at] = value;
    return octets;
  };
}

function adding(countAt: number, ...record: number[]): Edit {
  return (octets) => {
    const longer = Uint8Array.from([...octets, ...record]);
    longer[countAt] += 1;
    return longer;
  };
}

function appending(...more: number[]): Edit {
  return (octets) => Uint8Array.from([...octets, ...more]);
}

/** In place of name, type and class. */
function asking(...question: number[]): Edit {
  return (octets) => Uint8Array.from([...octets.subarray(0, 12), ...question]);
}

const withoutQuestion: Edit = (octets) => {
  const rest = octets.subarray(12 + QUESTION_SIZE);
  const bare = Uint8Array.from([...octets.subarray(0, 12), ...rest]);
  bare[COUNT_AT.question] = 0;
  return bare;
};
const twoQuestions: Edit = (octets) => {
  const question = octets.subarray(12, 12 + QUESTION_SIZE);
  const rest = octets.subarray(12 + QUESTION_SIZE);
  const both = Uint8Array.from([...octets.subarray(0, 12), ...question, ...question, ...rest]);
  both[COUNT_AT.question] = 2;
  return both;
};
const headerAlone: Edit = (octets) => octets.slice(0, 12);
const lastCut: Edit = (octets) => octets.slice(0, -1);

function flags(): OddRequest[] {
  return [
    odd('the reserved bit', { reserved: true }),
    odd('AD', { authenticData: true }),
    odd('CD', { checkingDisabled: true }),
    odd('RD', { recursionDesired: true }),
    odd('AA', {}, setting(2, 0x04)),
    odd('TC', {}, setting(2, 0x02)),
    odd('RA', {}, setting(3, 0x80)),
    odd('an rcode', {}, setting(3, 0x03)),
    odd('a response', {}, setting(2, 0x80)),
    odd('every bit of the last octet', { edns: EDNS }, setting(3, 0xff)),
  ];
}

function opcodes(): OddRequest[] {
  return [1, 2, 3, 6, 7, 15].flatMap((opcode) => {
    const version1 = { edns: { ...EDNS, version: 1 } };
    return [
      odd(`opcode ${opcode}`, { opcode }),
      odd(`opcode ${opcode} with EDNS`, { opcode, edns: EDNS }),
      odd(`opcode ${opcode} with EDNS version 1`, { opcode, ...version1 }),
      odd(`opcode ${opcode} without a question`, { opcode }, withoutQuestion),
      odd(`opcode ${opcode} with two questions`, { opcode }, twoQuestions),
      odd(`opcode ${opcode}, a header alone`, { opcode }, headerAlone),
    ];
  });
}

function counts(): OddRequest[] {
  const cookie = option(10, new Uint8Array(8));
  return [
    odd('no question', {}, withoutQuestion),
    odd('no question with EDNS', { edns: EDNS }, withoutQuestion),
    odd('no question with EDNS version 1', { edns: { ...EDNS, version: 1 } }, withoutQuestion),
    odd('no question with a cookie', cookie, withoutQuestion),
    odd('a header that promises a question', {}, headerAlone),
    odd('a header shorter than one', {}, (octets) => octets.slice(0, 11)),
    odd('two questions (RFC 9619)', {}, twoQuestions),
    odd('two questions with EDNS', { edns: EDNS }, twoQuestions),
    odd('two questions, one there', {}, setting(COUNT_AT.question, 2)),
    odd('65,281 questions, one there', {}, setting(4, 0xff)),
    odd('an answer', {}, adding(COUNT_AT.answer, ...A_RECORD)),
    odd('an authority record', {}, adding(COUNT_AT.authority, ...A_RECORD)),
    odd('an additional record', {}, adding(COUNT_AT.additional, ...A_RECORD)),
    odd('an answer that is not there', {}, setting(COUNT_AT.answer, 1)),
    odd('an additional record that is not there', {}, setting(COUNT_AT.additional, 1)),
    odd('octets behind the end', {}, appending(0)),
    odd('octets behind OPT', { edns: EDNS }, appending(1, 2, 3)),
    odd('a TSIG of nobody', {}, adding(COUNT_AT.additional, ...TSIG_RECORD)),
  ];
}

function edns(): OddRequest[] {
  const versions = [1, 255].flatMap((version) => [
    odd(`EDNS version ${version}`, { edns: { ...EDNS, version } }),
    odd(`EDNS version ${version} with DO`, { edns: { ...EDNS, version, dnssecOk: true } }),
    odd(`EDNS version ${version} elsewhere`, { name: 'a.test.', edns: { ...EDNS, version } }),
  ]);
  return [
    ...versions,
    odd('two OPT records', { edns: EDNS }, adding(COUNT_AT.additional, ...OPT)),
    odd('OPT as an answer', {}, adding(COUNT_AT.answer, ...OPT)),
    odd('OPT as authority', {}, adding(COUNT_AT.authority, ...OPT)),
    odd('OPT with an owner', {}, adding(COUNT_AT.additional, 1, 97, ...OPT)),
    odd('OPT that is cut', { edns: EDNS }, lastCut),
    odd('OPT with a cut option', option(3), lastCut),
    odd('OPT with every flag', { edns: { ...EDNS, flags: 0x7fff } }),
    odd('a payload size of 0', { edns: { payloadSize: 0 } }),
    odd('an option that nobody knows', option(65_001, Uint8Array.of(1, 2))),
    odd('NSID', option(3)),
    odd('NSID with data', option(3, Uint8Array.of(1))),
    odd('a client subnet', option(8, Uint8Array.of(0, 1, 24, 0, 192, 0, 2))),
    odd('keepalive over UDP', option(11)),
    odd('padding over UDP', option(12, new Uint8Array(10))),
    ...[0, 7, 8, 9, 15, 16, 24, 40, 41].map((size) =>
      odd(`a cookie of ${size} octets`, option(10, new Uint8Array(size))),
    ),
  ];
}

function classes(): OddRequest[] {
  const others = [0, 2, 3, 4, 5, 254, 255].flatMap((qclass) => [
    odd(`class ${qclass}`, { qclass }),
    odd(`class ${qclass} with EDNS`, { qclass, edns: EDNS }),
    odd(`class ${qclass}, a name that is not there`, { qclass, name: `no.${ODD_ZONE}` }),
    odd(`class ${qclass}, a zone that is not there`, { qclass, name: 'a.test.' }),
  ]);
  const CHAOS = 3;
  // Not version.server.: BIND has no answer of its own, and is silent or SERVFAIL as time-outs fall.
  const tellers = ['version.bind.', 'id.server.', 'hostname.bind.', 'x.bind.'];
  const told = tellers.flatMap((name) => [
    odd(`CHAOS TXT ${name}`, { qclass: CHAOS, type: 16, name }),
    odd(`CHAOS TXT ${name} with EDNS`, { qclass: CHAOS, type: 16, name, edns: EDNS }),
    odd(`CHAOS A ${name}`, { qclass: CHAOS, type: 1, name }),
    odd(`IN TXT ${name}`, { type: 16, name }),
  ]);
  return [...others, ...told];
}

function types(): OddRequest[] {
  const transfers = [251, 252].flatMap((type) => {
    const apart = [
      odd(`type ${type}`, { name: ODD_ZONE, type }),
      odd(`type ${type} with EDNS`, { name: ODD_ZONE, type, edns: EDNS }),
      odd(`type ${type} of no zone`, { name: 'a.test.', type }),
      odd(`type ${type} of a name within`, { type }),
      odd(`type ${type} CHAOS`, { name: ODD_ZONE, type, qclass: 3 }),
    ];
    return [...apart, ...apart.map(overTcp)];
  });
  const soa = adding(COUNT_AT.authority, ...SOA_RECORD);
  const asked = [0, 41, 128, 249, 250, 253, 254, 255, 65_535].flatMap((type) => [
    odd(`type ${type}`, { type }),
    odd(`type ${type} of the zone`, { name: ODD_ZONE, type }),
    odd(`type ${type} of a name that is not there`, { type, name: `no.${ODD_ZONE}` }),
    odd(`type ${type} elsewhere`, { type, name: 'a.test.' }),
  ]);
  return [
    ...transfers,
    overTcp(odd('IXFR with its SOA', { name: ODD_ZONE, type: 251 }, soa)),
    ...asked,
  ];
}

function names(): OddRequest[] {
  const longest = Array.from({ length: 4 }, () => [63, ...zeros(63)]).flat();
  return [
    odd('a pointer into the header', {}, asking(0xc0, 4, 0, 1, 0, 1)),
    odd('a pointer to itself', {}, asking(0xc0, 12, 0, 1, 0, 1)),
    odd('a label of type 01', {}, setting(12, 0x41)),
    odd('a label of type 10', {}, setting(12, 0x81)),
    odd('a name that is cut', {}, (octets) => octets.slice(0, 20)),
    odd('a type that is cut', {}, (octets) => octets.slice(0, -3)),
    odd('a name of 257 octets', {}, asking(...longest, 0, 0, 1, 0, 1)),
    odd('the root', { name: '.' }),
    odd('the root’s name servers', { name: '.', type: 2 }),
  ];
}

/** All of them; ids are 1, 2, … */
export function oddRequests(): OddRequest[] {
  const groups = [flags(), opcodes(), counts(), edns(), classes(), types(), names()];
  return groups.flat().map((request, index) => {
    request.octets[0] = (index + 1) >>> 8;
    request.octets[1] = index + 1;
    return request;
  });
}
