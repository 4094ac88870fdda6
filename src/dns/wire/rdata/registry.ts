/**
 * The record types whose RDATA we know, and RFC 3597 for the others: text, wire and canonical form
 * of any record's RDATA by the number of its type. A new type is one file in `types/` and one line
 * in the list below.
 */

import { formatHex } from '#base/bytes.ts';
import { errorCode } from '#base/coded-error.ts';
import { lowerOctet } from '../name.ts';
import { WireError } from '../wire-error.ts';
import { writeHex } from './fields/binary-fields.ts';
import type { RdataName, RdataType } from './rdata-type.ts';
import { RDATA_SIZE_MAX, RdataWriter } from './rdata-writer.ts';
import type { Tokens } from './tokens.ts';
import { formatTypeCode } from './type-codes.ts';
import { a } from './types/a.ts';
import { a6 } from './types/a6.ts';
import { aaaa } from './types/aaaa.ts';
import { afsdb } from './types/afsdb.ts';
import { amtrelay } from './types/amtrelay.ts';
import { apl } from './types/apl.ts';
import { atma } from './types/atma.ts';
import { avc } from './types/avc.ts';
import { brid } from './types/brid.ts';
import { caa } from './types/caa.ts';
import { cdnskey } from './types/cdnskey.ts';
import { cds } from './types/cds.ts';
import { cert } from './types/cert.ts';
import { cla } from './types/cla.ts';
import { cname } from './types/cname.ts';
import { csync } from './types/csync.ts';
import { dhcid } from './types/dhcid.ts';
import { dlv } from './types/dlv.ts';
import { dname } from './types/dname.ts';
import { dnskey } from './types/dnskey.ts';
import { doa } from './types/doa.ts';
import { ds } from './types/ds.ts';
import { dsync } from './types/dsync.ts';
import { eid } from './types/eid.ts';
import { eui48 } from './types/eui48.ts';
import { eui64 } from './types/eui64.ts';
import { gpos } from './types/gpos.ts';
import { hhit } from './types/hhit.ts';
import { hinfo } from './types/hinfo.ts';
import { hip } from './types/hip.ts';
import { https } from './types/https.ts';
import { ipn } from './types/ipn.ts';
import { ipseckey } from './types/ipseckey.ts';
import { isdn } from './types/isdn.ts';
import { key } from './types/key.ts';
import { kx } from './types/kx.ts';
import { l32 } from './types/l32.ts';
import { l64 } from './types/l64.ts';
import { loc } from './types/loc.ts';
import { lp } from './types/lp.ts';
import { mb } from './types/mb.ts';
import { md } from './types/md.ts';
import { mf } from './types/mf.ts';
import { mg } from './types/mg.ts';
import { minfo } from './types/minfo.ts';
import { mr } from './types/mr.ts';
import { mx } from './types/mx.ts';
import { naptr } from './types/naptr.ts';
import { nid } from './types/nid.ts';
import { nimloc } from './types/nimloc.ts';
import { ninfo } from './types/ninfo.ts';
import { ns } from './types/ns.ts';
import { nsap } from './types/nsap.ts';
import { nsapPtr } from './types/nsap-ptr.ts';
import { nsec } from './types/nsec.ts';
import { nsec3 } from './types/nsec3.ts';
import { nsec3param } from './types/nsec3param.ts';
import { nxt } from './types/nxt.ts';
import { openpgpkey } from './types/openpgpkey.ts';
import { ptr } from './types/ptr.ts';
import { px } from './types/px.ts';
import { resinfo } from './types/resinfo.ts';
import { rkey } from './types/rkey.ts';
import { rp } from './types/rp.ts';
import { rrsig } from './types/rrsig.ts';
import { rt } from './types/rt.ts';
import { sig } from './types/sig.ts';
import { sink } from './types/sink.ts';
import { smimea } from './types/smimea.ts';
import { soa } from './types/soa.ts';
import { spf } from './types/spf.ts';
import { srv } from './types/srv.ts';
import { sshfp } from './types/sshfp.ts';
import { svcb } from './types/svcb.ts';
import { ta } from './types/ta.ts';
import { talink } from './types/talink.ts';
import { tlsa } from './types/tlsa.ts';
import { txt } from './types/txt.ts';
import { uri } from './types/uri.ts';
import { wallet } from './types/wallet.ts';
import { wks } from './types/wks.ts';
import { x25 } from './types/x25.ts';
import { zonemd } from './types/zonemd.ts';

export { formatTypeCode, typeOfMnemonic } from './type-codes.ts';

const TYPES: readonly RdataType[] = [
  a,
  a6,
  aaaa,
  afsdb,
  amtrelay,
  apl,
  atma,
  avc,
  brid,
  caa,
  cdnskey,
  cds,
  cert,
  cla,
  cname,
  csync,
  dhcid,
  dlv,
  dname,
  dnskey,
  doa,
  ds,
  dsync,
  eid,
  eui48,
  eui64,
  gpos,
  hhit,
  hinfo,
  hip,
  https,
  ipn,
  ipseckey,
  isdn,
  key,
  kx,
  l32,
  l64,
  loc,
  lp,
  mb,
  md,
  mf,
  mg,
  minfo,
  mr,
  mx,
  naptr,
  nid,
  nimloc,
  ninfo,
  ns,
  nsap,
  nsapPtr,
  nsec,
  nsec3,
  nsec3param,
  nxt,
  openpgpkey,
  ptr,
  px,
  resinfo,
  rkey,
  rp,
  rrsig,
  rt,
  sig,
  sink,
  smimea,
  soa,
  spf,
  srv,
  sshfp,
  svcb,
  ta,
  talink,
  tlsa,
  txt,
  uri,
  wallet,
  wks,
  x25,
  zonemd,
];

const TYPES_BY_CODE: ReadonlyMap<number, RdataType> = new Map(
  TYPES.map((type) => [type.code, type]),
);
const NO_NAMES: RdataName[] = [];

/** What we know of a type; `undefined` when its RDATA is plain octets to us. */
export function findType(code: number): RdataType | undefined {
  return TYPES_BY_CODE.get(code);
}

/**
 * Reads RDATA in text form, from the current token to the last, behind what `out` holds (normally
 * nothing). Every type may be given as `\# length hex` (RFC 3597 section 5); of a known type such
 * octets are checked and must be uncompressed.
 * @throws RdataTextError RDATA_INVALID, with the culprit's token; CodedError RDATA_TOO_LONG
 */
export function parseRdata(type: number, tokens: Tokens, out: RdataWriter): void {
  const first = tokens.position;
  if (!tokens.atEnd && tokens.is(first, '\\#')) {
    tokens.take('\\#');
    parseGeneric(type, tokens, out);
    return;
  }
  const known = TYPES_BY_CODE.get(type);
  if (known === undefined) {
    tokens.fail(`${formatTypeCode(type)} data is known only in the form \\# LENGTH HEX`, first);
  }
  known.parse(tokens, out);
  if (!tokens.atEnd) {
    tokens.fail(`expected the end of the ${known.mnemonic} record`, tokens.position);
  }
}

function parseGeneric(type: number, tokens: Tokens, out: RdataWriter): void {
  const start = out.size;
  const length = tokens.takeNumber('the length of the data', RDATA_SIZE_MAX);
  if (length > 0 || !tokens.atEnd) writeHex(tokens, 'data', out);
  if (out.size - start !== length) {
    tokens.fail(`\\# announces ${length} octets and gives ${out.size - start}`);
  }
  try {
    checkRdata(type, out.buffer.slice(start, out.size));
  } catch (error) {
    if (error instanceof WireError) tokens.fail(error.message);
    throw error;
  }
}

/**
 * Text form of valid RDATA: one blank between fields, names absolute; `\# …` of other types, of
 * the empty RDATA that UPDATE has (RFC 2136 section 2.4), and of octets that a type cannot show.
 */
export function formatRdata(type: number, rdata: Uint8Array): string {
  const known = rdata.length === 0 ? undefined : TYPES_BY_CODE.get(type);
  return known?.hasText(rdata) === true ? known.format(rdata) : formatGeneric(rdata);
}

/** `\# 4 0A000001` (RFC 3597 section 5). */
export function formatGeneric(rdata: Uint8Array): string {
  if (rdata.length === 0) return '\\# 0';
  return `\\# ${rdata.length} ${formatHex(rdata).toUpperCase()}`;
}

/**
 * Reads RDATA out of a message, uncompressed, behind what `out` holds.
 * @throws WireError WIRE_RDATA, WIRE_NAME, WIRE_TRUNCATED
 */
export function readRdata(
  type: number,
  message: Uint8Array,
  at: number,
  end: number,
  out: RdataWriter,
): void {
  const known = TYPES_BY_CODE.get(type);
  if (known === undefined) {
    out.range(message, at, end);
    return;
  }
  try {
    known.read(message, at, end, out);
  } catch (error) {
    if (error instanceof WireError || errorCode(error) !== 'RDATA_TOO_LONG') throw error;
    throw new WireError('WIRE_RDATA', `${known.mnemonic} RDATA grows over 65,535 octets`);
  }
}

/**
 * Demands that the octets are uncompressed RDATA of the type; of types that we do not know any are.
 * @throws WireError WIRE_RDATA, WIRE_NAME, WIRE_TRUNCATED
 */
export function checkRdata(type: number, rdata: Uint8Array): void {
  const known = TYPES_BY_CODE.get(type);
  if (known === undefined) return;
  const out = new RdataWriter();
  known.read(rdata, 0, rdata.length, out);
  // Following a pointer would have changed the octets.
  if (Buffer.compare(out.buffer.subarray(0, out.size), rdata) !== 0) {
    throw new WireError('WIRE_RDATA', `${known.mnemonic} RDATA has a compressed name`);
  }
}

/**
 * Canonical form of valid RDATA (RFC 4034 section 6.2, RFC 6840 section 5.1): names in lower case
 * where the type says so. The given octets themselves when there is nothing to fold.
 */
export function canonicalRdata(type: number, rdata: Uint8Array): Uint8Array {
  const known = TYPES_BY_CODE.get(type);
  if (known === undefined || !known.foldsNames) return rdata;
  const canonical = new Uint8Array(rdata);
  for (const { at } of rdataNames(type, rdata)) {
    for (let next = at; canonical[next] !== 0; next += 1 + canonical[next]) {
      const end = next + canonical[next];
      for (let octet = next + 1; octet <= end; octet++) {
        canonical[octet] = lowerOctet(canonical[octet]);
      }
    }
  }
  return canonical;
}

/** Where domain names stand in valid uncompressed RDATA, in order; UPDATE's empty one has none. */
export function rdataNames(type: number, rdata: Uint8Array): readonly RdataName[] {
  if (rdata.length === 0) return NO_NAMES;
  return TYPES_BY_CODE.get(type)?.names(rdata) ?? NO_NAMES;
}
