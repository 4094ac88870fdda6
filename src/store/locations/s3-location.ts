/**
 * Backups in an S3-compatible object store: `PREFIX/ID/FILE` in one bucket. An object appears whole
 * or not at all: a small file is one PUT, a larger one a multipart upload that shows only once it
 * is completed, and is aborted when it fails. Every request is signed (AWS Signature Version 4)
 * with the SHA-256 of its body, so the service refuses octets that changed on the way.
 *
 * Requests that fail for the service's own reasons (5xx, 429, a connection cut) are sent again a
 * few times; what stands still for too long is given up.
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { AwsV4Signer } from 'aws4fetch';
import { requestReason } from '#base/coded-error.ts';
import type { Random } from '#base/random.ts';
import { type BackupLocation, MANIFEST_NAME } from './location.ts';
import { LocationError } from './location-error.ts';
import { cutPieces } from './octet-pieces.ts';
import { Silence } from './silence.ts';

export interface S3Options {
  /** `https://s3.example.net`, without a path. */
  readonly endpoint: string;
  readonly bucket: string;
  /** Put in front of every object's name, without slashes at its ends; empty: nothing. */
  readonly prefix: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secret: string;
  /** The bucket as first part of the path; otherwise it is part of the host's name. */
  readonly pathStyle: boolean;
  readonly random: Random;
  /** A request or a read without progress for so long is given up. Default: SILENCE_MS. */
  readonly silenceMs?: number;
  /** Octets of a part of a multipart upload, 5 MiB or more. Default: PIECE_OCTETS. */
  readonly pieceOctets?: number;
}

const SILENCE_MS = 60_000;
/** 10,000 parts are allowed: files of up to 160 GB. */
const PIECE_OCTETS = 16 << 20;
const ATTEMPTS_MAX = 4;
const RETRY_FIRST_MS = 200;
/** Answers that are not the content of a file: lists of a thousand names. */
const ANSWER_OCTETS_MAX = 8 << 20;
/** Pages of a listing, and octets of all of them; a location keeps far fewer backups. */
const PAGES_MAX = 1000;
const LISTING_OCTETS_MAX = 32 << 20;

interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Below the bucket, without a leading slash. */
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

export class S3Location implements BackupLocation {
  readonly name: string;
  readonly #options: S3Options;
  readonly #silenceMs: number;

  constructor(name: string, options: S3Options) {
    this.name = name;
    this.#options = options;
    this.#silenceMs = options.silenceMs ?? SILENCE_MS;
  }

  async listIds(): Promise<string[]> {
    const folder = this.#key('');
    const { folders } = await this.#list(folder, '/');
    return folders.map((path) => path.slice(folder.length).replace(/\/$/, ''));
  }

  async hasFile(id: string, file: string): Promise<boolean> {
    const { status } = await this.#ask({ method: 'HEAD', key: this.#key(id, file) }, [404]);
    return status !== 404;
  }

  async writeFile(id: string, file: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    const key = this.#key(id, file);
    const pieces = cutPieces(content, this.#options.pieceOctets ?? PIECE_OCTETS);
    const first = await pieces.next();
    const second = first.done ? first : await pieces.next();
    if (second.done) {
      const body = first.done ? new Uint8Array() : first.value;
      await this.#ask({ method: 'PUT', key, body });
      return;
    }
    if (!first.done) await this.#upload(key, chain([first.value, second.value], pieces));
  }

  async *readFile(id: string, file: string): AsyncGenerator<Uint8Array> {
    const silence = new Silence(this.#silenceMs);
    try {
      const response = await this.#send({ method: 'GET', key: this.#key(id, file) }, silence);
      if (response.status === 404) throw missing(file);
      if (!response.ok || response.body === null) throw await this.#refusal(response);
      for await (const chunk of response.body) {
        silence.progress(chunk.length);
        yield chunk;
      }
    } catch (error) {
      throw silence.explain(reason(error));
    } finally {
      silence.end();
    }
  }

  async remove(id: string): Promise<void> {
    await this.#ask({ method: 'DELETE', key: this.#key(id, MANIFEST_NAME) }, [404]);
    const { files } = await this.#list(this.#key(id, ''), undefined);
    for (const key of files) await this.#ask({ method: 'DELETE', key }, [404]);
  }

  #key(...parts: string[]): string {
    const { prefix } = this.#options;
    return (prefix === '' ? parts : [prefix, ...parts]).join('/');
  }

  async #upload(key: string, pieces: AsyncIterable<Uint8Array>): Promise<void> {
    const begun = await this.#ask({ method: 'POST', key, query: { uploads: '' } });
    const [uploadId] = tags(begun.text, 'UploadId');
    if (uploadId === undefined) throw failed('the service began no multipart upload');
    try {
      const parts: string[] = [];
      for await (const body of pieces) {
        const query = { partNumber: String(parts.length + 1), uploadId };
        const { headers } = await this.#ask({ method: 'PUT', key, query, body });
        const etag = escapeXml(headers.get('etag') ?? '');
        parts.push(`<Part><PartNumber>${parts.length + 1}</PartNumber><ETag>${etag}</ETag></Part>`);
      }
      const list = `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
      const done = await this.#ask({
        method: 'POST',
        key,
        query: { uploadId },
        body: Buffer.from(list),
      });
      // Completing may fail after the status line was sent: the body has the last word.
      if (!done.text.includes('CompleteMultipartUploadResult')) throw failed(shorten(done.text));
    } catch (error) {
      await this.#ask({ method: 'DELETE', key, query: { uploadId } }, [404]).catch(() => {});
      throw error;
    }
  }

  /** Names below a prefix; with a delimiter, those up to it as `folders`. */
  async #list(prefix: string, delimiter: string | undefined) {
    const files: string[] = [];
    const folders: string[] = [];
    let token: string | undefined;
    let octets = 0;
    for (let page = 0; page < PAGES_MAX; page++) {
      const { text } = await this.#ask({
        method: 'GET',
        query: {
          'list-type': '2',
          prefix,
          ...(delimiter !== undefined && { delimiter }),
          ...(token !== undefined && { 'continuation-token': token }),
        },
      });
      octets += text.length;
      if (octets > LISTING_OCTETS_MAX) break;
      for (const key of tags(text, 'Key')) if (key.startsWith(prefix)) files.push(key);
      for (const common of tags(text, 'CommonPrefixes')) {
        const [folder = ''] = tags(common, 'Prefix');
        if (folder.startsWith(prefix)) folders.push(folder);
      }
      [token] = tags(text, 'NextContinuationToken');
      if (token === undefined) return { files, folders };
    }
    throw failed(`the service lists more names below ${prefix} than any location has`);
  }

  /** A request whose answer is short, sent again while the service cannot take it. */
  async #ask(request: S3Request, allowed: readonly number[] = []) {
    for (let attempt = 1; ; attempt++) {
      const silence = new Silence(this.#silenceMs);
      try {
        const response = await this.#send(request, silence);
        const { status, headers } = response;
        if (response.ok || allowed.includes(status)) {
          return { status, headers, text: await readShort(response) };
        }
        const refusal = await this.#refusal(response);
        if (attempt === ATTEMPTS_MAX || (status < 500 && status !== 429) || status === 507) {
          throw refusal;
        }
      } catch (error) {
        if (error instanceof LocationError) throw error;
        if (silence.isOver || attempt === ATTEMPTS_MAX) throw silence.explain(reason(error));
      } finally {
        silence.end();
      }
      const pauseMs = RETRY_FIRST_MS * 2 ** attempt;
      await sleep(pauseMs / 2 + this.#options.random.below(pauseMs));
    }
  }

  async #send({ method, key = '', query = {}, body }: S3Request, silence: Silence) {
    const { endpoint, bucket, pathStyle, region, accessKey, secret } = this.#options;
    const url = new URL(endpoint);
    if (!pathStyle) url.hostname = `${bucket}.${url.hostname}`;
    url.pathname = pathStyle ? `/${bucket}/${key}` : `/${key}`;
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const content = createHash('sha256')
      .update(body ?? '')
      .digest('hex');
    const signed = await new AwsV4Signer({
      method,
      url: url.href,
      headers: { 'x-amz-content-sha256': content },
      accessKeyId: accessKey,
      secretAccessKey: secret,
      region,
      service: 's3',
    }).sign();
    return fetch(signed.url, {
      method,
      headers: signed.headers,
      ...(body !== undefined && { body: body as Uint8Array<ArrayBuffer> }),
      signal: silence.signal,
      // A redirect would carry the signature to somebody else.
      redirect: 'error',
    });
  }

  async #refusal(response: Response): Promise<LocationError> {
    const text = await readShort(response).catch(() => '');
    const [code = ''] = tags(text, 'Code');
    const [message = ''] = tags(text, 'Message');
    const said = shorten([`HTTP ${response.status}`, code, message].filter(Boolean).join(', '));
    if (response.status === 507 || /quota|storagefull|insufficient/i.test(code)) {
      return new LocationError('LOCATION_FULL', said);
    }
    if (response.status === 401 || response.status === 403) {
      return new LocationError('LOCATION_REFUSED', `the service refused: ${said}`);
    }
    return failed(said);
  }
}

async function* chain(
  first: readonly Uint8Array[],
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* first;
  yield* rest;
}

async function readShort(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > ANSWER_OCTETS_MAX) throw failed('the service answered with too much');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * The contents of all elements of that name; S3's answers nest none in one of its own name. Each
 * octet is looked at once or twice, whatever a service sends.
 */
function tags(xml: string, name: string): string[] {
  const open = `<${name}>`;
  const close = `</${name}>`;
  const found: string[] = [];
  for (let at = xml.indexOf(open); at !== -1; at = xml.indexOf(open, at)) {
    const end = xml.indexOf(close, at);
    if (end === -1) break;
    found.push(unescapeXml(xml.slice(at + open.length, end)));
    at = end;
  }
  return found;
}

function unescapeXml(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#34;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function shorten(text: string): string {
  return text
    .slice(0, 1000)
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .slice(0, 300);
}

function reason(error: unknown): unknown {
  return error instanceof LocationError ? error : failed(requestReason(error), error);
}

function missing(file: string): LocationError {
  return new LocationError('LOCATION_MISSING', `there is no ${file}`);
}

function failed(what: string, cause?: unknown): LocationError {
  return new LocationError('LOCATION_FAILED', what, { cause });
}
