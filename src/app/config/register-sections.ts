/**
 * The keys `epp` and `rdds`: where registrars reach the register of names and for which zones it is
 * (RFC 5730-5734), and where WHOIS and RDAP answer from their own copy of it (RFC 3912, RFC 9082).
 * Registrars, prices and rules are no configuration: operators set them while it runs.
 */
import { z } from 'zod';
import { checkAddressRange } from '#net/address-ranges.ts';
import { formatListenAddress, isLoopback } from '#net/listen-address.ts';
import {
  domainName,
  httpUrl,
  listenAddress,
  path,
  reading,
  section,
  uniqueList,
} from './schema-parts.ts';

const TLDS_MAX = 64;
const REQUEST_RATE_MAX = 1_000_000;

export type EppConfiguration = z.output<ReturnType<typeof eppSection>>;

/** `epp`; `folder` is where the configuration lies. */
export function eppSection(folder: string) {
  return section({
    listen: listenAddress()
      .prefault('127.0.0.1:7000')
      .describe('Address for registrars: EPP over TLS. The port that IANA gave it is 700.'),
    tls: section({
      certificate: path(folder).describe(
        'PEM file of the certificate and the authorities between it and its root; read again ' +
          'when it changes.',
      ),
      key: path(folder).describe('PEM file of its private key, without a passphrase.'),
      clientCa: path(folder).describe(
        'PEM file of the authorities that registrars’ certificates must come from; read again ' +
          'when it changes.',
      ),
    })
      .optional()
      .describe(
        'None: an authority and a certificate of its own are made in `epp` of `data`, for a ' +
          'loopback address only.',
      ),
    tlds: uniqueList(domainName(), (name) => name)
      .pipe(z.array(z.string()).min(1).max(TLDS_MAX))
      .describe(
        'Zones that names are registered in, second-level ones too (`co.example.`). Each must be ' +
          'served here; one that the register does not know yet begins with the usual rules.',
      ),
    replicaKeyFile: path(folder)
      .optional()
      .describe(
        'File of the key that `holdfast rdds` follows the register with, and that is good for ' +
          'nothing else; made at the first start if missing. None: `rdds.key` in `data`.',
      ),
    demoRegistrar: z
      .string({ error: 'write the id of a registrar' })
      .regex(/^[A-Za-z0-9][A-Za-z0-9-]{1,14}[A-Za-z0-9]$/, 'use 3 to 16 letters, digits, dashes')
      .optional()
      .describe(
        'Id of a registrar to try things with: made at the first start, its certificate, key and ' +
          'password in `epp` of `data`. Only without `tls`. None: none is made.',
      ),
  }).superRefine(({ listen, tls, demoRegistrar }, context) => {
    if (tls === undefined && !isLoopback(listen)) {
      const message =
        `${formatListenAddress(listen)} is not loopback: it needs tls, because nobody could ` +
        'verify a certificate that is made here';
      context.addIssue({ code: 'custom', path: ['listen'], message });
    }
    if (tls === undefined || demoRegistrar === undefined) return;
    const message = 'is for trying without tls; remove it, or tls';
    context.addIssue({ code: 'custom', path: ['demoRegistrar'], message });
  });
}

/** `rdds`; `folder` is where the configuration lies. */
export function rddsSection(folder: string) {
  return section({
    listen: section({
      whois: listenAddress()
        .prefault('127.0.0.1:4343')
        .describe('Address of WHOIS. The port that IANA gave it is 43.'),
      http: listenAddress()
        .prefault('127.0.0.1:8083')
        .describe('Address of RDAP, the WHOIS page, `/metrics` and `/healthz`.'),
      https: listenAddress()
        .optional()
        .describe('Address of the same over TLS, as RDAP wants it. None: it is not offered.'),
    }).prefault({}),
    tls: section({
      certificate: path(folder).describe(
        'PEM file of the certificate and the authorities between it and its root; read again ' +
          'when it changes.',
      ),
      key: path(folder).describe('PEM file of its private key, without a passphrase.'),
    })
      .optional()
      .describe('For `listen.https`. None: one is made at each start, for loopback only.'),
    url: httpUrl()
      .optional()
      .describe(
        'URL under which the world reaches it, for links in RDAP. None: that of `listen.https`, ' +
          'or of `listen.http`.',
      ),
    proxies: uniqueList(reading('an address or network', checkAddressRange), (text) => text)
      .default([])
      .describe(
        'Proxies in front of it whose `X-Forwarded-For` says who asks. None: no header counts.',
      ),
    rateLimit: section({
      perSecond: requestCount()
        .default(50)
        .describe('Look-ups a second that one client (IPv4 address, IPv6 /56) may go on making.'),
      burst: requestCount().default(200).describe('Look-ups that may come at once.'),
    })
      .prefault({})
      .describe('Of WHOIS, and of RDAP and the page together.'),
    primary: httpUrl()
      .optional()
      .describe(
        'URL of the admin API of the server that has the register. None: that of this file.',
      ),
    keyFile: path(folder)
      .optional()
      .describe(
        'File of the key for it: that of `epp.replicaKeyFile` there. None: `rdds.key` in `data`.',
      ),
  }).superRefine(({ listen: { https }, tls }, context) => {
    if (https === undefined || tls !== undefined || isLoopback(https)) return;
    const message =
      `${formatListenAddress(https)} is not loopback: it needs tls, because nobody could verify ` +
      'a certificate that is made here';
    context.addIssue({ code: 'custom', path: ['listen', 'https'], message });
  });
}

function requestCount() {
  return z.int({ error: 'write a whole number' }).min(1).max(REQUEST_RATE_MAX);
}
