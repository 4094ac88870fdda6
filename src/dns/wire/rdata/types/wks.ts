/**
 * WKS: the services of a host, by protocol and ports (RFC 1035 section 3.4.2). Both may be given by
 * the names that they had then, and are printed as numbers.
 */

import { ipv4 } from '../fields/address-fields.ts';
import { defineType } from '../fields/field.ts';
import { type FlatBitmapItems, flatBitmap } from '../fields/flat-bitmap.ts';
import { namedU8 } from '../fields/named-numbers.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

/** IANA "Assigned Internet Protocol Numbers". */
const PROTOCOLS: ReadonlyMap<string, number> = new Map([
  ['ICMP', 1],
  ['IGMP', 2],
  ['GGP', 3],
  ['TCP', 6],
  ['EGP', 8],
  ['PUP', 12],
  ['UDP', 17],
  ['HMP', 20],
  ['XNS-IDP', 22],
  ['RDP', 27],
]);

/** Well-known ports of the days of WKS (RFC 1700), with the names that /etc/services has. */
const SERVICES: ReadonlyMap<string, number> = new Map([
  ['ECHO', 7],
  ['DISCARD', 9],
  ['SYSTAT', 11],
  ['DAYTIME', 13],
  ['NETSTAT', 15],
  ['QOTD', 17],
  ['CHARGEN', 19],
  ['FTP-DATA', 20],
  ['FTP', 21],
  ['SSH', 22],
  ['TELNET', 23],
  ['SMTP', 25],
  ['TIME', 37],
  ['NAMESERVER', 42],
  ['WHOIS', 43],
  ['NICNAME', 43],
  ['TACACS', 49],
  ['DOMAIN', 53],
  ['BOOTPS', 67],
  ['BOOTPC', 68],
  ['TFTP', 69],
  ['GOPHER', 70],
  ['FINGER', 79],
  ['HTTP', 80],
  ['KERBEROS', 88],
  ['HOSTNAMES', 101],
  ['ISO-TSAP', 102],
  ['POP2', 109],
  ['POP3', 110],
  ['SUNRPC', 111],
  ['AUTH', 113],
  ['NNTP', 119],
  ['NTP', 123],
  ['IMAP2', 143],
  ['SNMP', 161],
  ['SNMP-TRAP', 162],
  ['BGP', 179],
  ['IRC', 194],
  ['HTTPS', 443],
]);

const PORTS: FlatBitmapItems = {
  what: 'a port or the name of a service',
  bitMin: 0,
  bitMax: 0xffff,
  parse: (text) => (/^\d{1,5}$/.test(text) ? Number(text) : SERVICES.get(text.toUpperCase())),
  format: String,
};

export const wks: RdataType = defineType({
  code: TYPE.WKS,
  mnemonic: 'WKS',
  fields: [ipv4, namedU8('a protocol', PROTOCOLS), flatBitmap(PORTS)],
});
