/**
 * A client of EPP for tests (RFC 5734): connects over TLS, sends octets as it is told and hands out
 * the data units that come, each of which must be valid by the schemas that the server ships.
 */
import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';

export interface EppClientOptions {
  port: number;
  ca: string;
  certificate?: string;
  key?: string;
  host?: string;
}

const HEADER_SIZE = 4;
const WAIT_MS = 5_000;

export class EppTestClient {
  readonly socket: TLSSocket;
  #held = Buffer.alloc(0);
  #isEnded = false;
  #wake: () => void = () => undefined;
  #error: Error | undefined;

  private constructor(socket: TLSSocket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#held = Buffer.concat([this.#held, chunk]);
      this.#wake();
    });
    socket.on('error', (error) => {
      this.#error = error;
      this.#wake();
    });
    socket.on('close', () => {
      this.#isEnded = true;
      this.#wake();
    });
    socket.on('end', () => {
      this.#isEnded = true;
      this.#wake();
    });
  }

  static async open({
    port,
    ca,
    certificate,
    key,
    host,
  }: EppClientOptions): Promise<EppTestClient> {
    const socket = connect({
      host: host ?? '127.0.0.1',
      port,
      ca,
      servername: 'localhost',
      ...(certificate !== undefined && { cert: certificate }),
      ...(key !== undefined && { key }),
    });
    const client = new EppTestClient(socket);
    await once(socket, 'secureConnect');
    return client;
  }

  /** The same, with the greeting read. */
  static async greeted(options: EppClientOptions): Promise<EppTestClient> {
    const client = await EppTestClient.open(options);
    await client.next();
    return client;
  }

  /** The XML of the next unit; `undefined`: the server has closed. */
  async next(): Promise<string | undefined> {
    const untilMs = performance.now() + WAIT_MS;
    for (;;) {
      const size = this.#held.length < HEADER_SIZE ? Infinity : this.#held.readUInt32BE(0);
      if (this.#held.length >= size) {
        const text = this.#held.toString('utf8', HEADER_SIZE, size);
        this.#held = this.#held.subarray(size);
        return text;
      }
      if (this.#isEnded) return undefined;
      if (performance.now() > untilMs) throw new Error('no answer of the server');
      await this.#wait(untilMs);
    }
  }

  /** Sends a document and gives the answer to it. */
  async ask(xml: string): Promise<string> {
    this.send(xml);
    const answer = await this.next();
    if (answer === undefined) throw new Error(`the server has closed: ${this.#error?.message}`);
    return answer;
  }

  send(xml: string): void {
    this.socket.write(frameOf(xml));
  }

  close(): void {
    this.socket.destroy();
  }

  async #wait(untilMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, Math.max(1, untilMs - performance.now()));
    this.#wake = resolve;
    await promise;
    clearTimeout(timer);
  }
}

export function frameOf(xml: string): Buffer {
  const body = Buffer.from(xml, 'utf8');
  const header = Buffer.alloc(HEADER_SIZE);
  header.writeUInt32BE(HEADER_SIZE + body.length);
  return Buffer.concat([header, body]);
}

/** A command in its envelope. */
export function commandOf(body: string, clTrid = 'TEST-1', extension = ''): string {
  const extended = extension === '' ? '' : `<extension>${extension}</extension>`;
  const id = clTrid === '' ? '' : `<clTRID>${clTrid}</clTRID>`;
  return (
    '<?xml version="1.0" encoding="UTF-8"?><epp xmlns="urn:ietf:params:xml:ns:epp-1.0">' +
    `<command>${body}${extended}${id}</command></epp>`
  );
}

export interface LoginOptions {
  id: string;
  password: string;
  newPassword?: string;
  objects?: readonly string[];
  extensions?: readonly string[];
  extension?: string;
  version?: string;
  language?: string;
}

const OBJECTS = ['domain-1.0', 'host-1.0', 'contact-1.0', 'epp:maintenance-1.0'];
const EXTENSIONS = ['secDNS-1.1', 'rgp-1.0', 'epp:fee-1.0', 'epp:loginSec-1.0', 'changePoll-1.0'];

export function loginCommand(options: LoginOptions): string {
  const { id, password, newPassword, version = '1.0', language = 'en' } = options;
  const objects = options.objects ?? OBJECTS.map(uriOf);
  const extensions = options.extensions ?? EXTENSIONS.map(uriOf);
  const uris = objects.map((uri) => `<objURI>${uri}</objURI>`).join('');
  const more = extensions.map((uri) => `<extURI>${uri}</extURI>`).join('');
  const changed = newPassword === undefined ? '' : `<newPW>${newPassword}</newPW>`;
  return commandOf(
    `<login><clID>${id}</clID><pw>${password}</pw>${changed}<options><version>${version}</version>` +
      `<lang>${language}</lang></options><svcs>${uris}` +
      `${more === '' ? '' : `<svcExtension>${more}</svcExtension>`}</svcs></login>`,
    'LOGIN-1',
    options.extension,
  );
}

export function uriOf(name: string): string {
  return `urn:ietf:params:xml:ns:${name}`;
}

/** Result code of a response. */
export function resultOf(xml: string): number {
  return Number(/<result code="(\d{4})">/.exec(xml)?.[1] ?? 0);
}

/** `<reason>` of a response. */
export function reasonOf(xml: string): string {
  return /<reason>([^<]*)<\/reason>/.exec(xml)?.[1] ?? '';
}

/** Text of the first element of this name, prefix included. */
export function textOf(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}(?: [^>]*)?>([^<]*)</${name}>`).exec(xml)?.[1];
}
