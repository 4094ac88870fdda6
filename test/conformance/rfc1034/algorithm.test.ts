// RFC 1034 section 4.3.2: the algorithm by which a server answers, step by step.
import { describe, expect, it } from 'vitest';
import { useServer } from '../../kit/network-server.ts';

const server = useServer({
  zones: {
    'parent.test.': `$TTL 3600
@ SOA ns hostmaster 1 7200 1800 1209600 300
@ NS ns
ns A 192.0.2.1
www A 192.0.2.2
www A 192.0.2.3
alias CNAME www
alias2 CNAME alias
outside CNAME www.elsewhere.invalid.
across CNAME www.child.parent.test.
round CNAME round
deleg NS ns.deleg
deleg NS ns.elsewhere.invalid.
ns.deleg A 192.0.2.4
hidden.deleg A 192.0.2.5
todeleg CNAME hidden.deleg
child NS ns.child
child DS 1 13 2 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
ns.child A 192.0.2.6
`,
    'child.parent.test.': `$TTL 3600
@ SOA ns hostmaster 1 7200 1800 1209600 300
@ NS ns
ns A 192.0.2.6
www A 192.0.2.7
`,
  },
});

describe('RFC 1034 section 4.3.2 step 2, the nearest zone', () => {
  it('answers from the child where both zones are served', async () => {
    const reply = await server.ask('www.child.parent.test.', 'A');
    expect(reply).toMatchObject({ rcode: 0, flags: ['qr', 'aa'] });
    expect(reply.answer).toEqual(['www.child.parent.test. 3600 A 192.0.2.7']);
  });

  it('answers DS from the parent, which owns it (RFC 4035 section 3.1.4.1)', async () => {
    const reply = await server.ask('child.parent.test.', 'DS');
    expect(reply.flags).toEqual(['qr', 'aa']);
    expect(reply.answer).toHaveLength(1);
    expect(reply.answer[0]).toMatch(/^child\.parent\.test\. 3600 DS 1 13 2 /);
  });

  it('refuses what is in no zone, and says nothing of it', async () => {
    const reply = await server.ask('www.elsewhere.invalid.', 'A');
    expect(reply).toMatchObject({ rcode: 5, flags: ['qr'], answer: [], authority: [] });
  });
});

describe('RFC 1034 section 4.3.2 step 3a, the whole name matches', () => {
  it('answers with all records of the type', async () => {
    const reply = await server.ask('www.parent.test.', 'A');
    expect(reply.answer.toSorted()).toEqual([
      'www.parent.test. 3600 A 192.0.2.2',
      'www.parent.test. 3600 A 192.0.2.3',
    ]);
  });

  it('follows CNAMEs, each in the answer', async () => {
    const reply = await server.ask('alias2.parent.test.', 'A');
    expect(reply.answer.toSorted()).toEqual([
      'alias.parent.test. 3600 CNAME www.parent.test.',
      'alias2.parent.test. 3600 CNAME alias.parent.test.',
      'www.parent.test. 3600 A 192.0.2.2',
      'www.parent.test. 3600 A 192.0.2.3',
    ]);
  });

  it('does not follow the CNAME that was asked for', async () => {
    const reply = await server.ask('alias2.parent.test.', 'CNAME');
    expect(reply.answer).toEqual(['alias2.parent.test. 3600 CNAME alias.parent.test.']);
  });

  it('ends with a CNAME that leads out of its zones, as no error', async () => {
    const reply = await server.ask('outside.parent.test.', 'A');
    expect(reply).toMatchObject({ rcode: 0, flags: ['qr', 'aa'], authority: [] });
    expect(reply.answer).toEqual(['outside.parent.test. 3600 CNAME www.elsewhere.invalid.']);
  });

  it('ends a CNAME that leads to itself at its first turn', async () => {
    const reply = await server.ask('round.parent.test.', 'A');
    expect(reply).toMatchObject({ rcode: 0, authority: [] });
    expect(reply.answer).toEqual(['round.parent.test. 3600 CNAME round.parent.test.']);
  });
});

describe('RFC 1034 section 4.3.2 step 3b, a referral', () => {
  it.each([
    'deleg.parent.test.',
    'any.deleg.parent.test.',
    'hidden.deleg.parent.test.',
    'ns.deleg.parent.test.',
  ])('refers %s to the name servers of the cut, with glue', async (name) => {
    const reply = await server.ask(name, 'A');
    expect(reply).toMatchObject({ rcode: 0, flags: ['qr'], answer: [] });
    expect(reply.authority.toSorted()).toEqual([
      'deleg.parent.test. 3600 NS ns.deleg.parent.test.',
      'deleg.parent.test. 3600 NS ns.elsewhere.invalid.',
    ]);
    expect(reply.additional).toEqual(['ns.deleg.parent.test. 3600 A 192.0.2.4']);
  });

  it('refers from behind a CNAME too, with AA for the name that was asked', async () => {
    const reply = await server.ask('todeleg.parent.test.', 'A');
    expect(reply.flags).toEqual(['qr', 'aa']);
    expect(reply.answer).toEqual(['todeleg.parent.test. 3600 CNAME hidden.deleg.parent.test.']);
    expect(reply.authority).toHaveLength(2);
  });

  it('answers DS at the cut itself: there is none', async () => {
    const reply = await server.ask('deleg.parent.test.', 'DS');
    expect(reply).toMatchObject({ rcode: 0, flags: ['qr', 'aa'], answer: [] });
    expect(reply.authority[0]).toMatch(/^parent\.test\. 300 SOA /);
  });
});

describe('RFC 1034 section 4.3.2, names', () => {
  it('matches without regard to case and gives the question back as it was', async () => {
    const reply = await server.ask('wWw.PARENT.test.', 'A');
    expect(Buffer.from(reply.question).toString('latin1')).toContain('\x03wWw\x06PARENT\x04test');
    expect(reply.answer).toHaveLength(2);
  });

  it('copies RD and sets no RA: it does not recurse', async () => {
    const reply = await server.ask('www.parent.test.', 'A', { recursionDesired: true });
    expect(reply.flags).toEqual(['qr', 'aa', 'rd']);
  });
});
