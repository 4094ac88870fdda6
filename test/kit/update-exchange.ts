/**
 * A server for a whole suite that takes DNS UPDATE from 127.0.0.1, as `useServer` starts it
 * (HOLDFAST_CONFORMANCE_SERVER=bind aims the suite at BIND), and what is there to see afterwards.
 */
import { formatRcode } from '#dns/wire/header.ts';
import { DnsExchange } from './dns-exchange.ts';
import { type Reply, readReply } from './dns-reply.ts';
import { type ServedZones, useServer } from './network-server.ts';
import { type UpdateFields, writeUpdate } from './update-message.ts';

export interface Updated {
  rcode: string;
  reply: Reply;
  request: Uint8Array;
}

export interface UpdateServer {
  readonly port: number;
  /** The message, with an id of its own unless it is given. */
  write(fields: UpdateFields): Uint8Array;
  update(fields: UpdateFields, transport?: 'udp' | 'tcp'): Promise<Updated>;
  /** Any octets. */
  send(request: Uint8Array, transport?: 'udp' | 'tcp'): Promise<Updated>;
  /** What is answered: `ttl TYPE data` in order, the name left out. */
  records(name: string, type: string): Promise<string[]>;
  serial(zone: string): Promise<number>;
}

/** Call it in `describe` or at the top of the file. */
export function useUpdates({ keys = [], ...served }: ServedZones): UpdateServer {
  const allowing = 'update: { allow: ["127.0.0.1"] }';
  const server = useServer({ ...served, keys: [...keys, allowing], takesUpdates: true });
  let id = 0x4000;
  const send = async (request: Uint8Array, transport = 'udp'): Promise<Updated> => {
    const exchange = await DnsExchange.open(server.port);
    try {
      const octets =
        transport === 'udp' ? await exchange.askUdp(request) : await exchange.askTcp(request);
      if (octets === undefined) throw new Error('no reply to an update');
      const reply = readReply(octets);
      return { rcode: formatRcode(reply.rcode), reply, request };
    } finally {
      exchange.close();
    }
  };
  const write = (fields: UpdateFields): Uint8Array => {
    id += 1;
    return writeUpdate({ id, ...fields });
  };
  return {
    get port() {
      return server.port;
    },
    write,
    update: async (fields, transport) => send(write(fields), transport),
    send,
    async records(name, type) {
      const { answer } = await server.ask(name, type, { transport: 'tcp' });
      return answer.map((record) => record.replace(/^\S+ /, '')).sort();
    },
    async serial(zone) {
      const { answer } = await server.ask(zone, 'SOA');
      return Number(answer[0]?.split(' ')[5]);
    },
  };
}
