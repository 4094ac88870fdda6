// RFC 4035 section 3.1: what an authoritative server does for clients that understand DNSSEC.
import { describe, expect, it } from 'vitest';
import { readNsec, signedZoneText } from '../../kit/denial-records.ts';
import type { Reply } from '../../kit/dns-reply.ts';
import { useServer } from '../../kit/network-server.ts';

const ZONE = 'nsec.test.';
const server = useServer({
  zones: { [ZONE]: signedZoneText(ZONE), 'sub.nsec.test.': signedZoneText('sub.nsec.test.') },
});
const RRSIG = 46;

async function ask(name: string, type: string | number, dnssecOk = true): Promise<Reply> {
  return server.ask(`${name}${ZONE}`, type, { edns: { payloadSize: 4096, dnssecOk } });
}

/** `A`, and `RRSIG A` for the signatures over it. */
function typesOf(records: readonly string[]): string[] {
  return records.map((record) => {
    const [, , type, covered] = record.split(' ');
    return type === 'RRSIG' ? `RRSIG ${covered}` : type;
  });
}

describe('RFC 4035 section 3.1.1, signatures', () => {
  it('go along with an answer for clients that set DO', async () => {
    expect(typesOf((await ask('mail.', 'A')).answer)).toEqual(['A', 'RRSIG A']);
  });

  it('do not for others, nor do proofs', async () => {
    expect(typesOf((await ask('mail.', 'A', false)).answer)).toEqual(['A']);
    const missing = await ask('missing.', 'A', false);
    expect(typesOf(missing.authority)).toEqual(['SOA']);
  });

  it('are given to who asks for them by type', async () => {
    const { answer } = await ask('mail.', RRSIG, false);
    expect(new Set(typesOf(answer))).toEqual(new Set(['RRSIG A', 'RRSIG TXT', 'RRSIG NSEC']));
  });

  it('go along with the SOA of a negative answer', async () => {
    expect(typesOf((await ask('mail.', 'AAAA')).authority)).toContain('RRSIG SOA');
  });
});

describe('RFC 4035 section 3.1.3, proofs', () => {
  it('no data: the NSEC of the name, without the type (3.1.3.1)', async () => {
    const reply = await ask('mail.', 'AAAA');
    const nsec = readNsec(reply.authority);
    expect([reply.rcode, nsec.typesAt(`mail.${ZONE}`)]).toEqual([0, ['A', 'TXT', 'RRSIG', 'NSEC']]);
  });

  it('no data at an empty non-terminal: the NSEC that spans it', async () => {
    const reply = await ask('b.c.ent.', 'A');
    expect(reply.rcode).toBe(0);
    expect(readNsec(reply.authority).covers(`b.c.ent.${ZONE}`)).toBe(true);
  });

  it('no such name: NSECs that span the name and the wildcard (3.1.3.2)', async () => {
    const reply = await ask('missing.', 'A');
    const nsec = readNsec(reply.authority);
    expect(reply.rcode).toBe(3);
    expect([nsec.covers(`missing.${ZONE}`), nsec.covers(`*.${ZONE}`)]).toEqual([true, true]);
  });

  it('a wildcard’s answer: the NSEC that spans the name itself (3.1.3.3)', async () => {
    const reply = await ask('a.b.wild.', 'A');
    expect(typesOf(reply.answer)).toEqual(['A', 'RRSIG A']);
    expect(reply.answer[1]).toContain(' RRSIG A 13 3 3600 ');
    expect(readNsec(reply.authority).covers(`a.b.wild.${ZONE}`)).toBe(true);
  });

  it('a wildcard without the type: its NSEC, and the one that spans the name (3.1.3.4)', async () => {
    const reply = await ask('a.wild.', 'TXT');
    const nsec = readNsec(reply.authority);
    expect(reply.rcode).toBe(0);
    expect(nsec.typesAt(`*.wild.${ZONE}`)).toContain('MX');
    expect(nsec.covers(`a.wild.${ZONE}`)).toBe(true);
  });
});

describe('RFC 4035 section 3.1.4, referrals', () => {
  it('have the DS and its signature, and none over the NS', async () => {
    const { authority, flags } = await ask('www.secure.', 'A');
    expect(flags).not.toContain('aa');
    expect(typesOf(authority)).toEqual(['NS', 'DS', 'RRSIG DS']);
  });

  it('have the NSEC that shows that there is no DS', async () => {
    const { authority } = await ask('www.insecure.', 'A');
    const types = readNsec(authority).typesAt(`insecure.${ZONE}`);
    expect(types).toContain('NS');
    expect(types).not.toContain('DS');
  });

  it('DS is the parent’s to answer, also where both sides are served (3.1.4.1)', async () => {
    const reply = await ask('sub.', 'DS');
    expect(typesOf(reply.answer)).toEqual(['DS', 'RRSIG DS']);
    expect(reply.flags).toContain('aa');
    const key = await ask('sub.', 'DNSKEY');
    expect(typesOf(key.answer)).toContain('DNSKEY');
  });
});

describe('RFC 4035 section 3.1.6, AD and CD', () => {
  it.each([{ authenticData: true }, { checkingDisabled: true }])(
    'are not set: %o',
    async (bits) => {
      const edns = { payloadSize: 1232, dnssecOk: true };
      const reply = await server.ask(`mail.${ZONE}`, 'A', { edns, ...bits });
      expect(reply.flags.filter((flag) => flag === 'ad' || flag === 'cd')).toEqual([]);
    },
  );
});
