/**
 * The certificate that a TLS client showed (mutual TLS, RFC 9103 section 9.3.3), as facts that can
 * be posted to another thread. Whoever asks over TLS may come without one: queries need none, and
 * what needs one looks here. A name counts only where `isAuthorized` says that an authority of
 * ours vouches for it.
 */
import type { TLSSocket } from 'node:tls';

export interface PeerCertificateFacts {
  /** SHA-256 of the certificate, as OpenSSL writes it: `AB:CD:…`. */
  fingerprint256: string;
  /** The DNS names of its subjectAltName, lower case, without final dot. */
  names: string[];
  /** It was made by one of the authorities that we ask for, and is in its time of validity. */
  isAuthorized: boolean;
}

/** More names than any client of ours has; the rest is not looked at. */
const NAMES_MAX = 100;

/** What OpenSSL found while it verified; Node tells it of sockets that a `tls.Server` made only. */
interface VerifyingHandle {
  verifyError(): Error | null;
}

/** After the handshake; `undefined` when the client showed none. */
export function readPeerCertificate(socket: TLSSocket): PeerCertificateFacts | undefined {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  const { fingerprint256, subjectAltName = '' } = certificate;
  const handle = (socket as unknown as { _handle: VerifyingHandle | null })._handle;
  const isAuthorized = handle !== null && !handle.verifyError();
  return { fingerprint256, names: dnsNames(subjectAltName), isAuthorized };
}

/** Of Node's text `DNS:a.example, IP Address:192.0.2.1`; names that it had to quote are none. */
function dnsNames(subjectAltName: string): string[] {
  return subjectAltName
    .split(', ', NAMES_MAX)
    .filter((entry) => /^DNS:[\w*-]+(\.[\w*-]+)*\.?$/.test(entry))
    .map((entry) => entry.slice('DNS:'.length).replace(/\.$/, '').toLowerCase());
}
