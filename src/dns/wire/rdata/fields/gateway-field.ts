/**
 * The gateway of IPSECKEY (RFC 4025 section 2.3 and 2.5) and the relay of AMTRELAY (RFC 8777
 * section 4.2.3 and 4.2.4), which share their types: none, an IPv4 address, an IPv6 address, a
 * domain name that is never compressed.
 */
import { ipv4, ipv6 } from './address-fields.ts';
import type { Field } from './field.ts';
import { name } from './name-field.ts';

/** Takes no octets; a dot in text. */
const noGateway: Field = {
  parse(tokens) {
    const index = tokens.take('a gateway');
    if (!tokens.is(index, '.')) tokens.fail("expected '.' for no gateway", index);
  },
  format: () => '.',
  read: (_message, at) => at,
  size: () => 0,
};

const GATEWAYS: readonly (readonly Field[])[] = [
  [noGateway],
  [ipv4],
  [ipv6],
  [name('the name of a gateway')],
];

/** The field by gateway type; `undefined` for a type that nobody has registered. */
export function gatewayOfType(type: number): readonly Field[] | undefined {
  return GATEWAYS[type];
}
