/**
 * The numbers of the record types: IANA's registry "Resource Record (RR) TYPEs" in full, question
 * and meta types included (RFC 6895 section 3.1). Whether we know a type's RDATA is a matter of
 * `registry.ts`; a type that it lacks is still called by its mnemonic, with its RDATA in the
 * generic form `\# length hex`, which RFC 3597 section 5 allows for every type.
 */

export const TYPE = {
  A: 1,
  NS: 2,
  MD: 3,
  MF: 4,
  CNAME: 5,
  SOA: 6,
  MB: 7,
  MG: 8,
  MR: 9,
  NULL: 10,
  WKS: 11,
  PTR: 12,
  HINFO: 13,
  MINFO: 14,
  MX: 15,
  TXT: 16,
  RP: 17,
  AFSDB: 18,
  X25: 19,
  ISDN: 20,
  RT: 21,
  NSAP: 22,
  'NSAP-PTR': 23,
  SIG: 24,
  KEY: 25,
  PX: 26,
  GPOS: 27,
  AAAA: 28,
  LOC: 29,
  NXT: 30,
  EID: 31,
  NIMLOC: 32,
  SRV: 33,
  ATMA: 34,
  NAPTR: 35,
  KX: 36,
  CERT: 37,
  A6: 38,
  DNAME: 39,
  SINK: 40,
  OPT: 41,
  APL: 42,
  DS: 43,
  SSHFP: 44,
  IPSECKEY: 45,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  DHCID: 49,
  NSEC3: 50,
  NSEC3PARAM: 51,
  TLSA: 52,
  SMIMEA: 53,
  HIP: 55,
  NINFO: 56,
  RKEY: 57,
  TALINK: 58,
  CDS: 59,
  CDNSKEY: 60,
  OPENPGPKEY: 61,
  CSYNC: 62,
  ZONEMD: 63,
  SVCB: 64,
  HTTPS: 65,
  DSYNC: 66,
  HHIT: 67,
  BRID: 68,
  SPF: 99,
  UINFO: 100,
  UID: 101,
  GID: 102,
  UNSPEC: 103,
  NID: 104,
  L32: 105,
  L64: 106,
  LP: 107,
  EUI48: 108,
  EUI64: 109,
  NXNAME: 128,
  TKEY: 249,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  MAILB: 253,
  MAILA: 254,
  ANY: 255,
  URI: 256,
  CAA: 257,
  AVC: 258,
  DOA: 259,
  AMTRELAY: 260,
  RESINFO: 261,
  WALLET: 262,
  CLA: 263,
  IPN: 264,
  TA: 32768,
  DLV: 32769,
} as const;

const CODES: ReadonlyMap<string, number> = new Map(Object.entries(TYPE));
const MNEMONICS: ReadonlyMap<number, string> = new Map(
  Object.entries(TYPE).map(([mnemonic, code]) => [code, mnemonic]),
);

/** `mx`, `MX` and `TYPE15` give 15; `undefined` for anything else (RFC 3597 section 5). */
export function typeOfMnemonic(text: string): number | undefined {
  const upper = text.toUpperCase();
  const known = CODES.get(upper);
  if (known !== undefined) return known;
  if (!/^TYPE\d{1,5}$/.test(upper)) return undefined;
  const code = Number(upper.slice(4));
  return code <= 0xffff ? code : undefined;
}

/** `MX`, or `TYPE65280` for a number without a mnemonic. */
export function formatTypeCode(code: number): string {
  return MNEMONICS.get(code) ?? `TYPE${code}`;
}

/**
 * Types of questions and messages, the reserved 0 among them: no zone holds records of these (RFC
 * 6895 section 3.1).
 */
export function isMetaType(code: number): boolean {
  return code === 0 || code === TYPE.OPT || (code >= 128 && code <= 255);
}
