/**
 * The key `nameserver.tls`: where DNS over TLS is offered (RFC 7858, RFC 9103), with which
 * certificate, and whose certificates its clients may show.
 */
import { formatListenAddress, isLoopback } from '#net/listen-address.ts';
import { listenEntries, path, section } from './schema-parts.ts';

/** `nameserver.tls`; `folder` is where the configuration lies. */
export function tlsSection(folder: string) {
  return section({
    listen: listenEntries()
      .prefault(['127.0.0.1:8853'])
      .describe('Addresses for TLS, as `nameserver.listen`.'),
    certificate: path(folder)
      .optional()
      .describe(
        'PEM file of the certificate and the authorities between it and its root; read again ' +
          'when it changes. None: one is made at each start, for loopback addresses only.',
      ),
    key: path(folder).optional().describe('PEM file of its private key, without a passphrase.'),
    clientCa: path(folder)
      .optional()
      .describe(
        'PEM file of the authorities that clients’ certificates must come from, read again when ' +
          'it changes. Clients are then asked for one and may have none; entries `cert:NAME` of ' +
          'lists need one. None: no client is asked.',
      ),
  }).superRefine(({ listen, certificate, key }, context) => {
    if ((certificate === undefined) !== (key === undefined)) {
      const message = 'certificate and key go together; give both, or neither';
      context.addIssue({ code: 'custom', message });
    }
    if (certificate !== undefined || key !== undefined) return;
    const at = listen.findIndex((address) => !isLoopback(address));
    if (at === -1) return;
    const message =
      `${formatListenAddress(listen[at])} is not loopback: it needs certificate and key, ` +
      'because nobody could verify one that is made here';
    context.addIssue({ code: 'custom', path: ['listen', at], message });
  });
}
