/**
 * An EPP server over TLS that knows a handful of objects and behaves as a test says. It reads
 * commands with regular expressions and shares nothing with the client that it serves. Closed with
 * the test.
 */
import { once } from 'node:events';
import { createServer, type TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';
import { type ListenAddress, parseListenAddress } from '#net/listen-address.ts';
import type { MadeCertificate } from './client-certificate.ts';
import { freePort } from './free-port.ts';

export type EppBehaviour =
  | 'good'
  /** Connects and never speaks. */
  | 'mute'
  /** Takes commands and does not answer them, but login. */
  | 'silent'
  | 'login-refused'
  | 'command-refused'
  /** Answers with the id of another command. */
  | 'other-id'
  /** Answers about another object. */
  | 'other-object'
  | 'no-xml'
  /** A data unit that says it is 3 octets long. */
  | 'bad-length'
  /** Closes instead of answering. */
  | 'cut'
  /** Answers logout and keeps the connection open. */
  | 'kept-open';

export interface ScriptedEpp {
  server: ListenAddress;
  behaviour: EppBehaviour;
  /** Before each answer to a command, milliseconds. */
  delayMs: number;
  /** Names of the commands so far, such as `domain:create probe-1.example`. */
  commands: string[];
  domains: Set<string>;
  /** Name servers of the domains, all of one set. */
  nameservers: Set<string>;
  /** Common names of the clients' certificates. */
  clients: (string | undefined)[];
}

const EPP = 'urn:ietf:params:xml:ns:epp-1.0';
const LOGIN = /<login><clID>probe<\/clID><pw>secret&amp;more<\/pw>/;

export async function scriptedEpp(
  own: MadeCertificate,
  authority: MadeCertificate,
): Promise<ScriptedEpp> {
  const port = await freePort();
  const script: ScriptedEpp = {
    server: parseListenAddress(`127.0.0.1:${port}`),
    behaviour: 'good',
    delayMs: 0,
    commands: [],
    domains: new Set(['probe.example']),
    nameservers: new Set(['ns1.example.net']),
    clients: [],
  };
  const sockets = new Set<TLSSocket>();
  const listener = createServer(
    {
      cert: own.certificate,
      key: own.key,
      ca: authority.certificate,
      requestCert: true,
      rejectUnauthorized: true,
      allowHalfOpen: true,
    },
    (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
      serve(script, socket);
    },
  );
  listener.on('tlsClientError', () => undefined);
  listener.listen(port, '127.0.0.1');
  await once(listener, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    listener.close();
  });
  return script;
}

function serve(script: ScriptedEpp, socket: TLSSocket): void {
  script.clients.push(socket.getPeerCertificate().subject?.CN as string | undefined);
  if (script.behaviour === 'mute') return;
  send(socket, `<epp xmlns="${EPP}"><greeting><svID>scripted</svID></greeting></epp>`);
  let held = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 4 && held.length >= held.readUInt32BE(0)) {
      const size = held.readUInt32BE(0);
      const xml = held.toString('utf8', 4, size);
      held = held.subarray(size);
      setTimeout(() => answer(script, socket, xml), script.delayMs);
    }
  });
  socket.on('end', () => {
    if (script.behaviour !== 'kept-open') socket.end();
  });
}

function answer(script: ScriptedEpp, socket: TLSSocket, xml: string): void {
  const { behaviour } = script;
  const id = /<clTRID>(.*?)<\/clTRID>/.exec(xml)?.[1] ?? '';
  const verb = /<command><(\w+)/.exec(xml)?.[1] ?? '';
  const [, kind = '', name = ''] = /<(\w+):(?:name|id)[^>]*>([^<]*)</.exec(xml) ?? [];
  script.commands.push(kind === '' ? verb : `${kind}:${verb} ${name}`);
  const isLogin = verb === 'login';
  if (isLogin || verb === 'logout') {
    if (behaviour === 'silent' && !isLogin) return;
    if (behaviour === 'cut' && !isLogin) {
      socket.end();
      return;
    }
    const isRefused = isLogin && (behaviour === 'login-refused' || !LOGIN.test(xml));
    send(socket, response(isLogin ? (isRefused ? 2200 : 1000) : 1500, id, ''));
    if (!isLogin && behaviour !== 'kept-open') socket.end();
    return;
  }
  switch (behaviour) {
    case 'silent':
      return;
    case 'cut':
      socket.end();
      return;
    case 'no-xml':
      send(socket, '<!DOCTYPE epp><epp>');
      return;
    case 'bad-length':
      socket.write(Buffer.from([0, 0, 0, 3]));
      return;
    case 'command-refused':
      send(socket, response(2400, id, ''));
      return;
    default: {
      const [code, data] = run(script, verb, kind, name, xml);
      const said = behaviour === 'other-object' ? data.replaceAll(name, 'other.example') : data;
      send(socket, response(code, behaviour === 'other-id' ? 'x-1' : id, said));
    }
  }
}

/** Result code and resData of a command. */
function run(
  script: ScriptedEpp,
  verb: string,
  kind: string,
  name: string,
  xml: string,
): [number, string] {
  const { domains, nameservers } = script;
  const wrap = (tag: string, body: string): string =>
    `<resData><d:${tag} xmlns:d="urn:ietf:params:xml:ns:${kind}-1.0">${body}</d:${tag}></resData>`;
  const named = `<d:${kind === 'contact' ? 'id' : 'name'}>${name}</d:${kind === 'contact' ? 'id' : 'name'}>`;
  if (verb === 'poll') return [1300, ''];
  if (verb === 'check') {
    const field = kind === 'contact' ? 'id' : 'name';
    return [1000, wrap('chkData', `<d:cd><d:${field} avail="0">${name}</d:${field}></d:cd>`)];
  }
  if (kind === 'host') return [1000, ''];
  if (verb === 'create') {
    if (domains.has(name)) return [2302, ''];
    domains.add(name);
    return [1000, wrap('creData', `${named}<d:exDate>2027-01-02T00:00:00.0Z</d:exDate>`)];
  }
  if (!domains.has(name)) return [2303, ''];
  if (verb === 'delete') domains.delete(name);
  if (verb === 'renew') {
    return [xml.includes('2027-01-02') ? 1000 : 2004, wrap('renData', named)];
  }
  if (verb === 'info') {
    const hosts = [...nameservers].map((host) => `<d:hostObj>${host}</d:hostObj>`).join('');
    return [1000, wrap('infData', `${named}<d:ns>${hosts}</d:ns>`)];
  }
  if (verb === 'update') {
    const [, added = ''] = /<domain:add>(.*)<\/domain:add>/.exec(xml) ?? [];
    const [, removed = ''] = /<domain:rem>(.*)<\/domain:rem>/.exec(xml) ?? [];
    for (const host of hostsIn(added)) nameservers.add(host);
    for (const host of hostsIn(removed)) nameservers.delete(host);
  }
  return [1000, ''];
}

function hostsIn(xml: string): string[] {
  return [...xml.matchAll(/<domain:hostObj>([^<]+)</g)].map(([, host]) => host ?? '');
}

function response(code: number, id: string, data: string): string {
  return (
    `<?xml version="1.0"?><epp xmlns="${EPP}"><response><result code="${code}">` +
    `<msg lang="en">said</msg></result>${data}<trID><clTRID>${id}</clTRID>` +
    '<svTRID>s-1</svTRID></trID></response></epp>'
  );
}

function send(socket: TLSSocket, xml: string): void {
  if (socket.destroyed) return;
  const body = Buffer.from(xml);
  const header = Buffer.alloc(4);
  header.writeUInt32BE(body.length + 4);
  socket.write(Buffer.concat([header, body]));
}
