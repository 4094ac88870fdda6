/**
 * TLS in front of a stream server (RFC 7858 for DNS queries, RFC 9103 for transfers): turns an
 * accepted socket into an encrypted one and changes certificates while connections are open. Those
 * keep the one that they began with; the next handshake gets the new one.
 *
 * A handshake costs us far more than the client, so what makes it dearer is off: renegotiation
 * (each would be another handshake on one connection), TLS before 1.2. A client may leave ALPN out
 * (RFC 7858 has none); one that sends it must offer `protocol`. Clients are asked for a certificate
 * only where authorities for them are given, and get in without one (peer-certificate.ts).
 */
import { constants, X509Certificate } from 'node:crypto';
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
  /** Certificates of the authorities that clients' certificates must come from; none: not asked. */
  clientCa?: string | undefined;
}

export class TlsGate {
  readonly #protocols: string[];
  #context: SecureContext;
  #asksClients: boolean;

  /**
   * @param protocol the ALPN name of what is spoken inside: `dot`
   * @throws NetError NET_TLS_CREDENTIALS
   */
  constructor(protocol: string, credentials: TlsCredentials) {
    this.#protocols = [protocol];
    this.#context = openSecureContext(credentials);
    this.#asksClients = credentials.clientCa !== undefined;
  }

  /**
   * For the handshakes that begin from now on.
   * @throws NetError NET_TLS_CREDENTIALS; the old ones stay
   */
  replace(credentials: TlsCredentials): void {
    this.#context = openSecureContext(credentials);
    this.#asksClients = credentials.clientCa !== undefined;
  }

  /** The encrypted side; it emits `secure` when the handshake has succeeded. */
  wrap(socket: Socket): TLSSocket {
    return new TLSSocket(socket, {
      isServer: true,
      secureContext: this.#context,
      ALPNProtocols: this.#protocols,
      requestCert: this.#asksClients,
      rejectUnauthorized: false,
    });
  }
}

/**
 * What handshakes are made with; also the check that key and certificate belong together.
 * @throws NetError NET_TLS_CREDENTIALS
 */
export function openSecureContext(credentials: TlsCredentials): SecureContext {
  const { certificate, key, clientCa } = credentials;
  if (clientCa !== undefined) readAuthority(clientCa);
  try {
    return createSecureContext({
      cert: certificate,
      key,
      ...(clientCa !== undefined && { ca: clientCa }),
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

/** OpenSSL takes a file without a single certificate, and would then refuse every client. */
function readAuthority(clientCa: string): X509Certificate {
  try {
    return new X509Certificate(clientCa);
  } catch (error) {
    const reason = `the authorities of clients do not serve: ${errorMessage(error)}`;
    const message = `${reason}; they must be certificates in PEM`;
    throw new NetError('NET_TLS_CREDENTIALS', message, { cause: error });
  }
}
