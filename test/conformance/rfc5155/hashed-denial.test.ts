// RFC 5155 section 7.2: what an authoritative server proves with NSEC3, and RFC 9276: without salt
// and iterations as well as with them.
import { describe, expect, it } from 'vitest';
import { readNsec3, signedZoneText } from '../../kit/denial-records.ts';
import type { Reply } from '../../kit/dns-reply.ts';
import { useServer } from '../../kit/network-server.ts';

const ZONES = ['nsec3.test.', 'optout.test.'] as const;
const NSEC3 = 50;
const server = useServer({
  zones: Object.fromEntries(ZONES.map((zone) => [zone, signedZoneText(zone)])),
});

async function ask(name: string, type: string | number): Promise<Reply> {
  return server.ask(name, type, { edns: { payloadSize: 4096, dnssecOk: true } });
}

describe.each(ZONES)('RFC 5155 section 7.2, %s', (zone) => {
  it('no such name: closest encloser, next closer name and wildcard (7.2.1, 7.2.2)', async () => {
    const reply = await ask(`a.missing.${zone}`, 'A');
    const nsec3 = readNsec3(reply.authority);
    expect(reply.rcode).toBe(3);
    expect(nsec3.matches(zone)).toBe(true);
    expect(nsec3.covers(`missing.${zone}`)).toBe(true);
    expect(nsec3.covers(`*.${zone}`)).toBe(true);
  });

  it('no data: the NSEC3 of the name, without the type (7.2.3)', async () => {
    const reply = await ask(`mail.${zone}`, 'AAAA');
    expect(reply.rcode).toBe(0);
    expect(readNsec3(reply.authority).typesAt(`mail.${zone}`)).toEqual(['A', 'TXT', 'RRSIG']);
  });

  it('no data at an empty non-terminal: its own NSEC3, without types', async () => {
    const reply = await ask(`c.ent.${zone}`, 'A');
    expect(reply.rcode).toBe(0);
    const nsec3 = readNsec3(reply.authority);
    expect([nsec3.matches(`c.ent.${zone}`), nsec3.typesAt(`c.ent.${zone}`)]).toEqual([true, []]);
  });

  it('a wildcard without the type: its NSEC3 beside the closest encloser proof (7.2.5)', async () => {
    const reply = await ask(`a.wild.${zone}`, 'TXT');
    const nsec3 = readNsec3(reply.authority);
    expect(reply.rcode).toBe(0);
    expect(nsec3.typesAt(`*.wild.${zone}`)).toEqual(['A', 'MX', 'RRSIG']);
    expect(nsec3.matches(`wild.${zone}`)).toBe(true);
    expect(nsec3.covers(`a.wild.${zone}`)).toBe(true);
  });

  it('a wildcard’s answer: the next closer name (7.2.6)', async () => {
    const reply = await ask(`a.b.wild.${zone}`, 'A');
    expect(reply.answer).toHaveLength(2);
    expect(readNsec3(reply.authority).covers(`b.wild.${zone}`)).toBe(true);
  });

  it('a name that only NSEC3 records have does not exist (7.2.8)', async () => {
    const missing = await ask(`missing.${zone}`, 'A');
    const owner = missing.authority.find((record) => record.includes(' NSEC3 '))?.split(' ')[0];
    expect(owner).toMatch(/^[0-9a-v]{32}\./i);
    for (const type of ['A', NSEC3]) {
      const reply = await ask(owner ?? '', type);
      expect([reply.rcode, reply.answer]).toEqual([3, []]);
    }
  });

  it('a DS at a secure cut is given, with its signature', async () => {
    const { authority } = await ask(`www.secure.${zone}`, 'A');
    const types = authority.map((record) => record.split(' ')[2]);
    expect(types).toEqual(['NS', 'DS', 'RRSIG']);
  });
});

describe('RFC 5155 section 7.2.4 and 7.2.7, no DS', () => {
  it('is shown by the NSEC3 of the cut, where every name has one', async () => {
    const { authority } = await ask('www.insecure.nsec3.test.', 'A');
    expect(readNsec3(authority).typesAt('insecure.nsec3.test.')).toEqual(['NS']);
    const asked = await ask('insecure.nsec3.test.', 'DS');
    expect(asked.rcode).toBe(0);
    expect(readNsec3(asked.authority).typesAt('insecure.nsec3.test.')).toEqual(['NS']);
  });

  it('is shown by a span with opt-out, where unsigned cuts have none', async () => {
    for (const [name, type] of [
      ['www.insecure.optout.test.', 'A'],
      ['insecure.optout.test.', 'DS'],
    ]) {
      const { authority } = await ask(name, type);
      const nsec3 = readNsec3(authority);
      expect(nsec3.matches('insecure.optout.test.')).toBe(false);
      expect(nsec3.covers('insecure.optout.test.')).toBe(true);
      expect(nsec3.matches('optout.test.')).toBe(true);
      expect(authority.some((record) => / NSEC3 1 1 5 AABBCCDD /i.test(record))).toBe(true);
    }
  });
});
