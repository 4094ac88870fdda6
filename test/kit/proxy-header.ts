/** PROXY version 2 headers as a load balancer writes them, built without the server's own code. */
import { isIPv6 } from 'node:net';

export interface ProxyHeaderFields {
  source: string;
  destination: string;
  /** Of the source. */
  port: number;
  /** LOCAL instead of PROXY. */
  isLocal?: boolean;
  options?: Uint8Array;
}

export function buildProxyHeader(fields: ProxyHeaderFields): Uint8Array {
  const { source, destination, port, isLocal = false, options = new Uint8Array() } = fields;
  const family = isIPv6(source) ? 0x22 : 0x12;
  const rest = [
    ...addressOctets(source),
    ...addressOctets(destination),
    port >>> 8,
    port & 0xff,
    0,
    53,
    ...options,
  ];
  const signature = [0x0d, 0x0a, 0x0d, 0x0a, 0, 0x0d, 0x0a, ...Buffer.from('QUIT\n')];
  const command = isLocal ? 0x20 : 0x21;
  return Uint8Array.from([...signature, command, family, 0, rest.length, ...rest]);
}

/** IPv6 with one `::` at most and no embedded IPv4. */
function addressOctets(address: string): number[] {
  if (!isIPv6(address)) return address.split('.').map(Number);
  const [left, right = []] = address.split('::').map(groupsOf);
  const middle = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...middle, ...right].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >>> 8, value & 0xff];
  });
}

function groupsOf(text: string): string[] {
  return text === '' ? [] : text.split(':');
}
