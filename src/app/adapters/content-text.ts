/**
 * Contents in the form that PowerDNS gives them back in. Where our own text form differs it is as
 * right, but clients that compare contents as text (octoDNS, Terraform, dnscontrol) would find a
 * difference in every run and never come to rest. test/peers/powerdns/contents.test.ts compares.
 */
import { formatRdata } from '#dns/wire/rdata/registry.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';

/** Numbers and hexadecimal digits, which PowerDNS writes in lower case. */
const HEXADECIMAL_TYPES: ReadonlySet<number> = new Set([
  TYPE.DS,
  TYPE.CDS,
  TYPE.SSHFP,
  TYPE.TLSA,
  TYPE.SMIMEA,
  TYPE.NSEC3PARAM,
  TYPE.ZONEMD,
]);

export function formatContent(type: number, rdata: Uint8Array): string {
  const text = formatRdata(type, rdata);
  if (HEXADECIMAL_TYPES.has(type) || text.startsWith('\\#')) return text.toLowerCase();
  switch (type) {
    case TYPE.LOC:
      // Always centimetres.
      return text.replaceAll(/ (\d+)m(?= |$)/g, ' $1.00m');
    case TYPE.SVCB:
    case TYPE.HTTPS:
      // Quotes only where a protocol needs them.
      return text.replace(/ alpn="([^"\\ ;()]+)"/, ' alpn=$1');
    case TYPE.CERT:
      // Type and algorithm as numbers (RFC 4398 section 2).
      return text.replace(/^\S+ (\S+) \S+/, `${(rdata[0] << 8) | rdata[1]} $1 ${rdata[4]}`);
    default:
      return text;
  }
}
