/**
 * A small S3 service for tests, which believes nobody: it recomputes the signature of every request
 * (AWS Signature Version 4) from what it received, with code of its own, and the SHA-256 of every
 * body, and answers 403 or 400 where they differ. Objects live in memory; multipart uploads, lists
 * in pages of two, and the errors that a test asks for are there.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { listenHttp } from './http-listener.ts';

const PAGE_SIZE = 2;
const DRIP_MS = 20;

export interface S3Server {
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secret: string;
  readonly bucket: string;
  /** By key. */
  readonly objects: Map<string, Buffer>;
  /** Uploads that were begun and neither completed nor aborted. */
  readonly uploads: Map<string, Map<number, Buffer>>;
  /** Methods and paths, in order. */
  readonly requests: string[];
  /** Looks at each request first; what it returns is done instead of an answer. */
  interfere: (method: string, url: URL) => Interference | undefined;
}

/**
 * An error, a text as if all were well, nothing ever, an octet now and then and never all, or the
 * end of the connection.
 */
export type Interference =
  | { status: number; code: string }
  | { text: string }
  | 'hang'
  | 'drip'
  | 'drop';

export async function startS3Server(): Promise<S3Server> {
  const state: S3Server = {
    endpoint: '',
    accessKey: 'AKIDEXAMPLE',
    secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
    bucket: 'backups',
    objects: new Map(),
    uploads: new Map(),
    requests: [],
    interfere: () => undefined,
  };
  const endpoint = await listenHttp((request, response) => answer(state, request, response));
  return Object.assign(state, { endpoint });
}

async function answer(
  state: S3Server,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', state.endpoint);
  const method = request.method ?? '';
  state.requests.push(`${method} ${url.pathname}`);
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const asked = state.interfere(method, url);
  if (asked === 'hang') return;
  if (asked === 'drip') {
    const timer = setInterval(() => response.write('x'), DRIP_MS);
    response.on('close', () => clearInterval(timer));
    return;
  }
  if (asked === 'drop') {
    request.socket.destroy();
    return;
  }
  if (asked !== undefined && 'text' in asked) {
    response.end(asked.text);
    return;
  }
  const refusal = asked ?? refuse(state, request, url, body);
  if (refusal !== undefined) {
    const text = `<Error><Code>${refusal.code}</Code><Message>said so</Message></Error>`;
    response.writeHead(refusal.status).end(method === 'HEAD' ? undefined : text);
    return;
  }
  serve(state, method, url, body, response);
}

/** What is wrong with a request. */
function refuse(
  { secret, accessKey, bucket }: S3Server,
  request: IncomingMessage,
  url: URL,
  body: Buffer,
): { status: number; code: string } | undefined {
  const header = (name: string): string => String(request.headers[name] ?? '');
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      header('authorization'),
    );
  if (match === null) return { status: 403, code: 'AccessDenied' };
  const [, credential, day, region, signedHeaders, signature] = match;
  if (credential !== accessKey) return { status: 403, code: 'InvalidAccessKeyId' };
  const names = signedHeaders.split(';');
  if (!['host', 'x-amz-content-sha256', 'x-amz-date'].every((name) => names.includes(name))) {
    return { status: 403, code: 'AccessDenied' };
  }
  if (sha256(body) !== header('x-amz-content-sha256')) {
    return { status: 400, code: 'XAmzContentSHA256Mismatch' };
  }
  const query = [...url.searchParams]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
  const canonical = [
    request.method,
    url.pathname
      .split('/')
      .map((part) => encode(decodeURIComponent(part)))
      .join('/'),
    query,
    ...names.map((name) => `${name}:${header(name).trim()}`),
    '',
    signedHeaders,
    header('x-amz-content-sha256'),
  ].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', header('x-amz-date'), scope, sha256(canonical)].join('\n');
  const key = [day, region, 's3', 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secret}`);
  const wanted = hmac(key, toSign);
  if (!timingSafeEqual(wanted, Buffer.from(signature, 'hex'))) {
    return { status: 403, code: 'SignatureDoesNotMatch' };
  }
  return url.pathname.startsWith(`/${bucket}/`) ? undefined : { status: 404, code: 'NoSuchBucket' };
}

function serve(
  state: S3Server,
  method: string,
  url: URL,
  body: Buffer,
  response: ServerResponse,
): void {
  const { objects, bucket } = state;
  const key = decodeURIComponent(url.pathname.slice(bucket.length + 2));
  const reply = (status: number, text = ''): void => {
    response.writeHead(status).end(text);
  };
  if (url.searchParams.has('uploads') || url.searchParams.has('uploadId')) {
    serveUpload(state, method, url, { key, body }, response);
  } else if (method === 'GET' && key === '') reply(200, listPage(objects, url.searchParams));
  else if (method === 'PUT') {
    objects.set(key, body);
    reply(200);
  } else if (method === 'DELETE') {
    objects.delete(key);
    reply(204);
  } else {
    const found = objects.get(key);
    if (found === undefined) reply(404, '<Error><Code>NoSuchKey</Code></Error>');
    else response.writeHead(200).end(method === 'HEAD' ? undefined : found);
  }
}

function serveUpload(
  { uploads, objects }: S3Server,
  method: string,
  url: URL,
  { key, body }: { key: string; body: Buffer },
  response: ServerResponse,
): void {
  const id = url.searchParams.get('uploadId') ?? `upload-${uploads.size + 1} &<`;
  const parts = uploads.get(id) ?? new Map<number, Buffer>();
  if (method === 'PUT') {
    const number = Number(url.searchParams.get('partNumber'));
    parts.set(number, body);
    response.writeHead(200, { etag: `"${sha256(body).slice(0, 32)}"` }).end();
  } else if (method === 'DELETE') {
    uploads.delete(id);
    response.writeHead(204).end();
  } else if (url.searchParams.has('uploads')) {
    uploads.set(id, parts);
    const escaped = id.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
    const text = `<InitiateMultipartUploadResult><UploadId>${escaped}</UploadId></InitiateMultipartUploadResult>`;
    response.writeHead(200).end(text);
  } else {
    const named = [...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>"(\w+)"/g)];
    const isWhole = named.every(([, number, etag]) => {
      const part = parts.get(Number(number));
      return part !== undefined && sha256(part).startsWith(etag);
    });
    if (!isWhole || named.length !== parts.size) {
      response.writeHead(400).end('<Error><Code>InvalidPart</Code></Error>');
      return;
    }
    uploads.delete(id);
    objects.set(key, Buffer.concat(named.map(([, number]) => parts.get(Number(number)) ?? body)));
    response.writeHead(200).end('<CompleteMultipartUploadResult/>');
  }
}

/** Names of objects, or with a delimiter of folders, two a page. */
function listPage(objects: ReadonlyMap<string, Buffer>, query: URLSearchParams): string {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter');
  const names = new Set<string>();
  for (const key of objects.keys()) {
    if (!key.startsWith(prefix)) continue;
    const end = delimiter === null ? -1 : key.indexOf(delimiter, prefix.length);
    names.add(end < 0 ? key : key.slice(0, end + 1));
  }
  const sorted = [...names].sort();
  const from = Number(query.get('continuation-token') ?? 0);
  const page = sorted.slice(from, from + PAGE_SIZE).map((name) => {
    const isFolder = delimiter !== null && name.endsWith(delimiter);
    return isFolder
      ? `<CommonPrefixes><Prefix>${name}</Prefix></CommonPrefixes>`
      : `<Contents><Key>${name}</Key></Contents>`;
  });
  const isMore = from + PAGE_SIZE < sorted.length;
  const next = isMore ? `<NextContinuationToken>${from + PAGE_SIZE}</NextContinuationToken>` : '';
  return `<ListBucketResult><Prefix>${prefix}</Prefix>${next}${page.join('')}</ListBucketResult>`;
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** RFC 3986: all but the unreserved characters. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
