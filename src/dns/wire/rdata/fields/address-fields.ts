/** Addresses: 4 octets (RFC 1035 section 3.4.1) and 16 octets (RFC 3596 section 2.2). */
import { formatIpv4, formatIpv6, parseIpv4Into, parseIpv6Into } from '../address-text.ts';
import { copyOctets, type Field } from './field.ts';

export const ipv4: Field = {
  parse(tokens, out) {
    const index = tokens.take('an IPv4 address');
    const { source, starts, ends } = tokens;
    if (!parseIpv4Into(source, starts[index], ends[index], out.buffer, out.size)) {
      tokens.fail('expected an IPv4 address', index);
    }
    out.advance(4);
  },
  format: formatIpv4,
  read: (message, at, end, out) => copyOctets(message, at, 4, end, out, 'an IPv4 address'),
  size: () => 4,
};

export const ipv6: Field = {
  parse(tokens, out) {
    const index = tokens.take('an IPv6 address');
    const { source, starts, ends } = tokens;
    if (!parseIpv6Into(source, starts[index], ends[index], out.buffer, out.size)) {
      tokens.fail('expected an IPv6 address', index);
    }
    out.advance(16);
  },
  format: formatIpv6,
  read: (message, at, end, out) => copyOctets(message, at, 16, end, out, 'an IPv6 address'),
  size: () => 16,
};
