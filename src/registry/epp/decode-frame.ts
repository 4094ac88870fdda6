/**
 * What a client sent, from the octets of its frame to a request that can be done, or to the refusal
 * of it. What comes first decides which result a frame with several faults gets:
 *
 *   well-formed 2001 > known command 2000, 2101 > known object 2307 > known extension 2103
 *     > protocol version 2100 > schema 2001 > what the schema cannot say 2003, 2004, 2102, 2306
 */
import type { RegistryCommand } from '#registry/model/command.ts';
import { RESULT, RegistryError } from '#registry/model/result.ts';
import type { TransferOperation } from '#registry/model/transfer.ts';
import { decodeContact } from './decode-contact.ts';
import { type DomainExtensions, decodeDomain } from './decode-domain.ts';
import { decodeHost } from './decode-host.ts';
import { checkLoginVersion, decodeLogin, type LoginRequest } from './decode-login.ts';
import { childOf, nameOf, refusal, tokenOf } from './element-reading.ts';
import { NAMESPACE, prefixOf } from './namespaces.ts';
import type { EppSchemas, SchemaFault } from './schemas.ts';
import { withDocument, type XmlElement } from './xml-reader.ts';

export type EppRequest =
  | { type: 'hello' }
  | { type: 'login'; login: LoginRequest }
  | { type: 'logout' }
  | {
      type: 'command';
      command: RegistryCommand;
      /** Namespaces of the object and the extensions that it uses; chosen at login, or refused. */
      objects: string[];
      extensions: string[];
    };

export interface DecodedFrame {
  /** For logs and figures: `domain:create`, `login`; `unknown` for what is none. */
  name: string;
  clTrid?: string;
  /** What is to be done, or why it is not. */
  request: EppRequest | RegistryError;
}

const VERBS: ReadonlySet<string> = new Set([
  'check',
  'create',
  'delete',
  'info',
  'renew',
  'transfer',
  'update',
]);

/** Verbs of each kind of object. */
const OBJECT_VERBS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  [NAMESPACE.domain, VERBS],
  [NAMESPACE.host, new Set(['check', 'create', 'delete', 'info', 'update'])],
  [NAMESPACE.contact, new Set(['check', 'create', 'delete', 'info', 'transfer', 'update'])],
  // Planned work reaches registrars by poll; asking for it is not implemented.
  [NAMESPACE.maintenance, new Set<string>()],
]);

/** Which elements extend which commands. */
const EXTENSIONS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  [NAMESPACE.secDns, new Set(['domain:create', 'domain:update'])],
  [NAMESPACE.rgp, new Set(['domain:update'])],
  [
    NAMESPACE.fee,
    new Set(['domain:check', 'domain:create', 'domain:renew', 'domain:transfer', 'domain:update']),
  ],
  [NAMESPACE.loginSec, new Set(['login'])],
]);

/** Longest reason that a fault of the schema gets; libxml2 quotes patterns and lists. */
const REASON_SIZE_MAX = 300;

/** Never throws for what a client sends. */
export function decodeFrame(octets: Uint8Array, schemas: EppSchemas): DecodedFrame {
  const frame: DecodedFrame = { name: 'unknown', request: { type: 'hello' } };
  try {
    withDocument(octets, (root, document) => {
      const fault = (): void => demandValid(schemas.validate(document));
      frame.request = decodeRoot(root, frame, fault);
    });
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    frame.request = error;
  }
  return frame;
}

/** @param demandSchema throws RegistryError 2001 for a document that is not valid */
function decodeRoot(root: XmlElement, frame: DecodedFrame, demandSchema: () => void): EppRequest {
  const [kind] = root.children;
  const isEpp = root.namespace === NAMESPACE.epp && root.name === 'epp';
  if (isEpp && kind?.namespace === NAMESPACE.epp) {
    if (kind.name === 'command') return decodeCommand(kind, frame, demandSchema);
    if (kind.name === 'extension') {
      throw refusal(RESULT.unimplementedExtension, 'the protocol is not extended here', kind);
    }
    if (kind.name === 'greeting' || kind.name === 'response') {
      throw refusal(RESULT.unknownCommand, 'this is what a server sends', { ...kind, text: '' });
    }
  }
  demandSchema();
  frame.name = 'hello';
  return { type: 'hello' };
}

function decodeCommand(
  command: XmlElement,
  frame: DecodedFrame,
  demandSchema: () => void,
): EppRequest {
  readTransactionId(command, frame);
  const verb = command.children.find(
    ({ name, namespace }) =>
      namespace === NAMESPACE.epp && name !== 'extension' && name !== 'clTRID',
  );
  const object = verb !== undefined && VERBS.has(verb.name) ? demandObject(verb) : undefined;
  if (verb === undefined || (object === undefined && !/^(?:login|logout|poll)$/.test(verb.name))) {
    throw refusal(RESULT.unknownCommand, 'EPP has no such command', verb ?? command);
  }
  frame.name = object === undefined ? verb.name : `${prefixOf(object.namespace)}:${verb.name}`;
  const extensions = readExtensions(command, frame.name);
  if (verb.name === 'login') checkLoginVersion(verb);
  demandSchema();
  switch (verb.name) {
    case 'login':
      return { type: 'login', login: decodeLogin(verb, extensions.get(NAMESPACE.loginSec)) };
    case 'logout':
      return { type: 'logout' };
    case 'poll':
      return { type: 'command', command: decodePoll(verb), objects: [], extensions: [] };
    default:
      return {
        type: 'command',
        command: decodeObject(verb, object ?? verb, extensions),
        objects: object === undefined ? [] : [object.namespace],
        extensions: [...extensions.keys()],
      };
  }
}

/** Whatever is wrong with the rest, the client is told to which command the answer belongs. */
function readTransactionId(command: XmlElement, frame: DecodedFrame): void {
  const element = childOf(command, 'clTRID');
  const text = element === undefined ? '' : tokenOf(element);
  if (text.length >= 3 && text.length <= 64) frame.clTrid = text;
}

/**
 * The object of a command.
 * @throws RegistryError 2307, 2101, 2001
 */
function demandObject(verb: XmlElement): XmlElement | undefined {
  const [object] = verb.children;
  if (object === undefined) return verb;
  const verbs = OBJECT_VERBS.get(object.namespace);
  if (verbs === undefined) {
    const reason = `${object.namespace || 'no namespace'} is not in the greeting`;
    throw refusal(RESULT.unimplementedService, reason, { ...object, text: '' });
  }
  if (!verbs.has(verb.name)) {
    const reason = `there is no ${verb.name} of ${object.namespace}`;
    throw refusal(RESULT.unimplementedCommand, reason, { ...object, text: '' });
  }
  if (object.name !== verb.name) {
    const reason = `<${verb.name}> has <${nameOf({ ...object, name: verb.name })}> in it`;
    throw refusal(RESULT.syntax, reason, { ...object, text: '' });
  }
  return object;
}

/** By namespace. @throws RegistryError 2103, 2001 for one that stands twice */
function readExtensions(command: XmlElement, name: string): ReadonlyMap<string, XmlElement> {
  const found = new Map<string, XmlElement>();
  for (const element of childOf(command, 'extension')?.children ?? []) {
    const plain = { ...element, text: '' };
    const extended = EXTENSIONS.get(element.namespace);
    if (extended === undefined) {
      const reason = `${element.namespace || 'no namespace'} extends no command here`;
      throw refusal(RESULT.unimplementedExtension, reason, plain);
    }
    const verb = name.split(':').at(-1) ?? name;
    const wanted = element.namespace === NAMESPACE.loginSec ? 'loginSec' : verb;
    if (!extended.has(name) || element.name !== wanted) {
      const reason = `<${nameOf(element)}> does not extend ${name}`;
      throw refusal(RESULT.unimplementedExtension, reason, plain);
    }
    if (found.has(element.namespace)) {
      throw refusal(RESULT.syntax, `<${nameOf(element)}> stands twice`, plain);
    }
    found.set(element.namespace, element);
  }
  return found;
}

function decodePoll(poll: XmlElement): RegistryCommand {
  if (poll.attributes.get('op')?.trim() === 'req') return { kind: 'poll:req' };
  const id = poll.attributes.get('msgID')?.trim() ?? '';
  if (id !== '') return { kind: 'poll:ack', id };
  throw refusal(RESULT.missingParameter, 'an acknowledgement has a msgID', poll);
}

function decodeObject(
  verb: XmlElement,
  object: XmlElement,
  extensions: ReadonlyMap<string, XmlElement>,
): RegistryCommand {
  // Of a transfer only; the schema has seen that it is one of them.
  const operation = verb.attributes.get('op')?.trim() as TransferOperation;
  if (object.namespace === NAMESPACE.host) return decodeHost(verb.name, object);
  if (object.namespace === NAMESPACE.contact) return decodeContact(verb.name, object, operation);
  const secDns = extensions.get(NAMESPACE.secDns);
  const rgp = extensions.get(NAMESPACE.rgp);
  const fee = extensions.get(NAMESPACE.fee);
  const domainExtensions: DomainExtensions = {
    ...(secDns !== undefined && { secDns }),
    ...(rgp !== undefined && { rgp }),
    ...(fee !== undefined && { fee }),
  };
  return decodeDomain(verb.name, object, operation, domainExtensions);
}

function demandValid(fault: SchemaFault | undefined): void {
  if (fault === undefined) return;
  const { element, line, message } = fault;
  const reason = `line ${line}: ${message}`.slice(0, REASON_SIZE_MAX);
  const name = element && nameOf({ ...element, attributes: new Map(), text: '', children: [] });
  throw new RegistryError(
    RESULT.syntax,
    reason,
    name === undefined ? undefined : { element: name, text: '' },
  );
}
