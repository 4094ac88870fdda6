/**
 * The certificate of a TLS listener: read from two PEM files, or made for this machine alone where
 * none are configured; and the authorities of clients' certificates from a third, where it is
 * configured. The files are looked at every few seconds, because those who renew
 * certificates rarely tell; a pair that does not serve is said once and the old one goes on.
 *
 *   open -> credentials -> watch: changed on disk, or reload() -> read, check -> use(credentials)
 *
 * Renewal tools replace certificate and key one after the other: in between the pair does not fit,
 * and is read again at the next change.
 */
import { X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { type RepeatedWork, repeatEvery } from '#app/repeat-every.ts';
import type { ProcessParts } from '#app/running-process.ts';
import { formatInstant } from '#base/clock.ts';
import { CodedError, errorCode, errorMessage } from '#base/coded-error.ts';
import { makeSelfSigned } from '#net/self-signed-certificate.ts';
import { openSecureContext, type TlsCredentials } from '#net/tls-gate.ts';

const LOOK_INTERVAL_MS = 2_000;

/** What a configuration says of a TLS listener. */
export interface TlsFiles {
  listen: readonly { address: string }[];
  /** Paths. */
  certificate?: string | undefined;
  key?: string | undefined;
  clientCa?: string | undefined;
}

interface CertificateFiles {
  /** The server's own; without them it has one that was made at its start. */
  pair?: { certificate: string; key: string };
  clientCa?: string | undefined;
  /** Key of the configuration, for messages. */
  section: string;
}

export class TlsCertificate {
  readonly #parts: ProcessParts;
  readonly #files: CertificateFiles;
  #credentials: TlsCredentials;
  /** What the files looked like when they were read last. */
  #seen: string;

  private constructor(
    parts: ProcessParts,
    files: CertificateFiles,
    credentials: TlsCredentials,
    seen: string,
  ) {
    this.#parts = parts;
    this.#files = files;
    this.#credentials = credentials;
    this.#seen = seen;
  }

  /**
   * @param section key of the configuration that names the files
   * @throws CodedError TLS_FILE for a file that cannot be read
   * @throws NetError NET_TLS_CREDENTIALS for a pair that does not serve
   */
  static async open(section: string, tls: TlsFiles, parts: ProcessParts): Promise<TlsCertificate> {
    const { certificate, key, clientCa } = tls;
    const hasPair = certificate !== undefined && key !== undefined;
    const files = { ...(hasPair && { pair: { certificate, key } }), clientCa, section };
    const seen = await lookOf(files);
    const credentials = await readCredentials(files, hasPair ? undefined : makeOwn(tls, parts));
    if (hasPair) sayValidity(credentials, parts);
    return new TlsCertificate(parts, files, credentials, seen);
  }

  get credentials(): TlsCredentials {
    return this.#credentials;
  }

  /** Hands on what the files hold whenever they have changed, until it is closed. */
  watch(use: (credentials: TlsCredentials) => void): RepeatedWork {
    return repeatEvery(LOOK_INTERVAL_MS, () => this.reload(use, false));
  }

  /**
   * Reads the files again. A pair that does not serve is logged, never thrown.
   * @param isAsked also if they look as they did
   */
  async reload(use: (credentials: TlsCredentials) => void, isAsked = true): Promise<void> {
    const seen = await lookOf(this.#files);
    if (seen === this.#seen && !isAsked) return;
    this.#seen = seen;
    const { log } = this.#parts;
    try {
      const own = this.#files.pair === undefined ? this.#credentials : undefined;
      const credentials = await readCredentials(this.#files, own);
      if (isSame(credentials, this.#credentials)) return;
      use(credentials);
      this.#credentials = credentials;
      sayValidity(credentials, this.#parts);
    } catch (error) {
      log.error(
        { reason: errorMessage(error), files: pathsOf(this.#files) },
        'certificate not changed; the old one stays in use',
      );
    }
  }
}

function isSame(one: TlsCredentials, other: TlsCredentials): boolean {
  const { certificate, key, clientCa } = one;
  return certificate === other.certificate && key === other.key && clientCa === other.clientCa;
}

function makeOwn({ listen }: TlsFiles, parts: ProcessParts): TlsCredentials {
  const { random, log, clock } = parts;
  const addresses = listen.map(({ address }) => address);
  log.info({ addresses }, 'made a self-signed certificate; clients cannot verify it');
  return makeSelfSigned({ name: 'localhost', addresses, nowMs: clock.nowMs(), random });
}

function pathsOf({ pair, clientCa }: CertificateFiles): string[] {
  return [pair?.certificate, pair?.key, clientCa].filter((path) => path !== undefined);
}

/** A text that changes when a file is replaced, rewritten, removed or made unreadable. */
async function lookOf(files: CertificateFiles): Promise<string> {
  const looks = pathsOf(files).map(async (path) => {
    try {
      const { ino, size, mtimeMs, ctimeMs } = await stat(path);
      return `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
    } catch (error) {
      return errorCode(error) ?? 'unknown';
    }
  });
  return (await Promise.all(looks)).join(', ');
}

/** @param own what stands for the pair of files where there is none */
async function readCredentials(
  { pair, clientCa, section }: CertificateFiles,
  own: TlsCredentials | undefined,
): Promise<TlsCredentials> {
  const [certificate, key] = pair
    ? await Promise.all([pair.certificate, pair.key].map((path) => readPem(path, section)))
    : [own?.certificate ?? '', own?.key ?? ''];
  const authorities = clientCa === undefined ? undefined : await readPem(clientCa, section);
  const credentials = { certificate, key, clientCa: authorities };
  openSecureContext(credentials);
  return credentials;
}

async function readPem(path: string, section: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new CodedError(
      'TLS_FILE',
      `${path}: cannot be read: ${errorMessage(error)}; correct ${section} or let the ` +
        'server’s user read the file',
      { cause: error },
    );
  }
}

function sayValidity({ certificate }: TlsCredentials, { log, clock }: ProcessParts): void {
  const { subject, validFromDate, validToDate } = new X509Certificate(certificate);
  const until = formatInstant(validToDate.getTime());
  const nowMs = clock.nowMs();
  if (nowMs < validFromDate.getTime() || nowMs > validToDate.getTime()) {
    log.warn({ subject, until }, 'the certificate is not valid today; clients will refuse it');
  } else {
    log.info({ subject, until }, 'certificate in use');
  }
}
