import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '#base/random.ts';
import { makeSelfSigned } from '#net/self-signed-certificate.ts';
import { openSecureContext } from '#net/tls-gate.ts';

const NOW_MS = Date.UTC(2026, 10, 22, 1, 2, 3);

function make(addresses: string[], seed = 1) {
  const random = seededRandom(seed);
  return makeSelfSigned({ name: 'localhost', addresses, nowMs: NOW_MS, random });
}

describe('a self-signed certificate', () => {
  it('verifies with its own key and is for the names and addresses asked for', () => {
    const { certificate, key } = make(['127.0.0.1', '::1']);
    const read = new X509Certificate(certificate);
    expect(read.verify(read.publicKey)).toBe(true);
    expect(read.checkPrivateKey(createPrivateKey(key))).toBe(true);
    expect(read.checkHost('localhost')).toBe('localhost');
    expect(read.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(read.checkIP('::1')).toBe('::1');
    expect(read.checkIP('127.0.0.2')).toBeUndefined();
    expect(read.ca).toBe(false);
    expect(read.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  });

  it('is valid from an hour before it is made for 397 days', () => {
    const read = new X509Certificate(make([]).certificate);
    expect(read.validFromDate.getTime()).toBe(NOW_MS - 3_600_000);
    expect(read.validToDate.getTime()).toBe(NOW_MS + 397 * 86_400_000);
  });

  it('has a positive serial number of its own, whatever is drawn', () => {
    const serials = Array.from({ length: 32 }, (_, seed) => {
      return new X509Certificate(make([], seed).certificate).serialNumber;
    });
    expect(new Set(serials).size).toBe(32);
    for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9A-F]{31}$/);
  });

  it('takes so many addresses that lengths have two octets', () => {
    const addresses = Array.from({ length: 64 }, (_, i) => `127.0.0.${i}`);
    const read = new X509Certificate(make(addresses).certificate);
    expect(read.checkIP('127.0.0.63')).toBe('127.0.0.63');
  });
});

describe('credentials for TLS', () => {
  it('are refused where the key is that of another certificate, or no PEM', () => {
    const one = make([]);
    const other = make([], 2);
    const refused = expect.objectContaining({ code: 'NET_TLS_CREDENTIALS' });
    expect(() => openSecureContext({ ...one, key: other.key })).toThrow(refused);
    expect(() => openSecureContext({ ...one, certificate: 'none' })).toThrow(refused);
  });
});
