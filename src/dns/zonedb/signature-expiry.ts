/** When a signature expires: the fifth field of an RRSIG (RFC 4034 section 3.1.5). */

/**
 * Unix seconds.
 * @param at where the RDATA of the RRSIG begins
 */
export function signatureExpiry(octets: Uint8Array, at: number): number {
  const high = (octets[at + 8] << 8) | octets[at + 9];
  return high * 0x1_0000 + ((octets[at + 10] << 8) | octets[at + 11]);
}
