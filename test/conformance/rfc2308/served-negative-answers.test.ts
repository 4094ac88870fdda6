// RFC 2308: what a negative answer holds, so that it can be kept for a known time.
import { describe, expect, it } from 'vitest';
import { useServer } from '../../kit/network-server.ts';

const server = useServer({
  zones: {
    'minimum.test.': `$TTL 3600
@ SOA ns hostmaster 1 7200 1800 1209600 300
@ NS ns
ns A 192.0.2.1
alias CNAME missing
alias2 CNAME ns
sub NS ns.sub
ns.sub A 192.0.2.2
`,
    'ttl.test.': `$TTL 3600
@ 60 SOA ns hostmaster 1 7200 1800 1209600 300
@ NS ns
ns A 192.0.2.1
`,
  },
});

const RDATA = 'ns.minimum.test. hostmaster.minimum.test. 1 7200 1800 1209600 300';

describe('RFC 2308 section 2.1, name error', () => {
  it('is NXDOMAIN with AA, the SOA alone in the authority section', async () => {
    const reply = await server.ask('nothing.minimum.test.', 'A');
    expect(reply).toMatchObject({ rcode: 3, flags: ['qr', 'aa'], answer: [], additional: [] });
    expect(reply.authority).toEqual([`minimum.test. 300 SOA ${RDATA}`]);
  });

  it('stands behind the CNAME that led there', async () => {
    const reply = await server.ask('alias.minimum.test.', 'A');
    expect(reply).toMatchObject({ rcode: 3, flags: ['qr', 'aa'] });
    expect(reply.answer).toEqual(['alias.minimum.test. 3600 CNAME missing.minimum.test.']);
    expect(reply.authority).toEqual([`minimum.test. 300 SOA ${RDATA}`]);
  });
});

describe('RFC 2308 section 2.2, no data', () => {
  it('is NOERROR with AA, no answer and the SOA', async () => {
    const reply = await server.ask('ns.minimum.test.', 'AAAA');
    expect(reply).toMatchObject({ rcode: 0, flags: ['qr', 'aa'], answer: [] });
    expect(reply.authority).toEqual([`minimum.test. 300 SOA ${RDATA}`]);
  });

  it('stands behind the CNAME that led there', async () => {
    const reply = await server.ask('alias2.minimum.test.', 'AAAA');
    expect(reply.answer).toEqual(['alias2.minimum.test. 3600 CNAME ns.minimum.test.']);
    expect(reply.authority).toEqual([`minimum.test. 300 SOA ${RDATA}`]);
  });

  it('is told from a referral: that has NS records and neither SOA nor AA', async () => {
    const reply = await server.ask('www.sub.minimum.test.', 'A');
    expect(reply).toMatchObject({ rcode: 0, flags: ['qr'], answer: [] });
    expect(reply.authority).toEqual(['sub.minimum.test. 3600 NS ns.sub.minimum.test.']);
  });
});

describe('RFC 2308 sections 3 and 5, how long it may be kept', () => {
  it('gives the SOA the TTL of MINIMUM where its own is larger', async () => {
    const { authority } = await server.ask('nothing.minimum.test.', 'A');
    expect(authority[0]).toMatch(/^minimum\.test\. 300 SOA /);
  });

  it('gives the SOA its own TTL where MINIMUM is larger', async () => {
    const { authority } = await server.ask('nothing.ttl.test.', 'A');
    expect(authority[0]).toMatch(/^ttl\.test\. 60 SOA /);
  });

  it('leaves the TTL of an SOA that was asked for', async () => {
    const { answer } = await server.ask('minimum.test.', 'SOA');
    expect(answer).toEqual([`minimum.test. 3600 SOA ${RDATA}`]);
  });
});
