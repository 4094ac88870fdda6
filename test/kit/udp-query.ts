/** A question asked and read with dns-packet, which shares no code with the server. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type DecodedPacket, decode, encode, type RecordType } from 'dns-packet';

export interface UdpQuestion {
  port: number;
  name: string;
  type: RecordType;
  address?: string;
  timeoutMs?: number;
}

export async function askUdp(question: UdpQuestion): Promise<DecodedPacket> {
  const { port, name, type, address = '127.0.0.1', timeoutMs = 5000 } = question;
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  try {
    const query = encode({
      type: 'query',
      id: Math.floor(Math.random() * 65_536),
      questions: [{ type, name: name.replace(/\.$/, '') }],
    });
    socket.send(query, port, address);
    const [message] = await once(socket, 'message', { signal: AbortSignal.timeout(timeoutMs) });
    return decode(message as Buffer);
  } finally {
    socket.close();
  }
}
