/**
 * TLS in front of a stream server (RFC 7858 for DNS queries, RFC 9103 for transfers): turns an
 * accepted socket into an encrypted one and changes certificates while connections are open. Those
 * keep the one that they began with; the next handshake gets the new one.
 *
 * A handshake costs us far more than the client, so what makes it dearer is off: renegotiation
 * (each would be another handshake on one connection), TLS before 1.2, client certificates. A
 * client may leave ALPN out (RFC 7858 has none); one that sends it must offer `protocol`.
 */
import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import { errorMessage } from '#base/coded-error.ts';
import { NetError } from './net-error.ts';

/** PEM texts; can be posted to a thread. */
export interface TlsCredentials {
  /** The server's certificate, then those of the authorities between it and its root. */
  certificate: string;
  /** The private key of the first certificate, without a passphrase. */
  key: string;
}

export class TlsGate {
  readonly #protocols: string[];
  #context: SecureContext;

  /**
   * @param protocol the ALPN name of what is spoken inside: `dot`
   * @throws NetError NET_TLS_CREDENTIALS
   */
  constructor(protocol: string, credentials: TlsCredentials) {
    this.#protocols = [protocol];
    this.#context = openSecureContext(credentials);
  }

  /**
   * For the handshakes that begin from now on.
   * @throws NetError NET_TLS_CREDENTIALS; the old ones stay
   */
  replace(credentials: TlsCredentials): void {
    this.#context = openSecureContext(credentials);
  }

  /** The encrypted side; it emits `secure` when the handshake has succeeded. */
  wrap(socket: Socket): TLSSocket {
    return new TLSSocket(socket, {
      isServer: true,
      secureContext: this.#context,
      ALPNProtocols: this.#protocols,
      requestCert: false,
      rejectUnauthorized: false,
    });
  }
}

/**
 * What handshakes are made with; also the check that key and certificate belong together.
 * @throws NetError NET_TLS_CREDENTIALS
 */
export function openSecureContext({ certificate, key }: TlsCredentials): SecureContext {
  try {
    return createSecureContext({
      cert: certificate,
      key,
      minVersion: 'TLSv1.2',
      honorCipherOrder: true,
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
      sessionIdContext: 'holdfast',
    });
  } catch (error) {
    throw new NetError(
      'NET_TLS_CREDENTIALS',
      `certificate and key do not serve: ${errorMessage(error)}; ` +
        'both must be PEM, the key that of the first certificate, without a passphrase',
      { cause: error },
    );
  }
}
