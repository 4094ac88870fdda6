// Who counts as one client where limits are per client.
import { expect, it } from 'vitest';
import { clientNetwork } from '#net/client-network.ts';

it('an IPv4 address is one client', () => {
  expect(clientNetwork('192.0.2.1')).not.toBe(clientNetwork('192.0.2.2'));
});

it('all addresses of an IPv6 /56 are one client, and those of the next /56 another', () => {
  const one = clientNetwork('2001:db8:1:2a00::1');
  expect(clientNetwork('2001:db8:1:2aff:ffff::9%eth0')).toBe(one);
  expect(clientNetwork('2001:db8:1:2b00::1')).not.toBe(one);
});
