/**
 * A name was deleted, and came back by a change that was prepared while the deletion waited to be
 * settled. When the reclaimer settled it before the change was published, the change led to a block
 * that was free and to a place in the table that was gone: the name was not answered, the image's
 * header was overwritten, and in the end the reclaimer went round in a circle for ever.
 */
import { describe, expect, it } from 'vitest';
import { parseName } from '#dns/wire/name.ts';
import { type ImageFixture, rrsetsOf, serveText } from '../../kit/image-fixture.ts';

const APEX = parseName('x.');
const SIGNED = `a NSEC b A NSEC
b NSEC x. A NSEC
`;

async function editsOf(text: string, isRemoval: boolean) {
  const rrsets = await rrsetsOf('x.', `$TTL 60\n${text}`);
  return rrsets.map((rrset) => ({
    owner: rrset.owner,
    type: rrset.type,
    rrset: isRemoval ? undefined : rrset,
  }));
}

function settle({ writer }: ImageFixture): void {
  while (writer.reclaim(100));
}

describe('a name that is deleted', () => {
  it.each([
    ['comes back', 'b A 192.0.2.2\n', '$TTL 60\na A 192.0.2.1\nb A 192.0.2.2\n'],
    ['with a name below it comes back', 'c.b A 192.0.2.2\n', '$TTL 60\nc.b A 192.0.2.2\n'],
    [
      'of a signed zone comes back',
      `b A 192.0.2.2\n${SIGNED}`,
      `$TTL 60\nb A 192.0.2.2\n${SIGNED}`,
    ],
  ])('%s whole by a change that was prepared before', async (_what, text, zone) => {
    const fixture = await serveText({ 'x.': zone });
    const name = text.startsWith('c') ? 'c.b.x.' : 'b.x.';
    const answer = ['NOERROR aa', `an ${name} 60 A 192.0.2.2`];
    for (let round = 0; round < 20; round++) {
      fixture.writer.apply(APEX, await editsOf(text, true));
      expect(fixture.dig(name, 'A')[0]).toBe('NXDOMAIN aa');
      const back = fixture.writer.prepare(APEX, await editsOf(text, false));
      settle(fixture);
      expect(fixture.dig(name, 'A')[0]).toBe('NXDOMAIN aa');
      back.publish();
      settle(fixture);
      expect(fixture.dig(name, 'A').slice(0, 2)).toEqual(answer);
    }
    expect(fixture.writer.statistics().retired).toBe(0);
  });

  it('stays deleted by a change that was prepared before and abandoned', async () => {
    const fixture = await serveText({ 'x.': '$TTL 60\nb A 192.0.2.2\n' });
    const used = fixture.writer.statistics().bytesUsed;
    fixture.writer.apply(APEX, await editsOf('b A 192.0.2.2\n', true));
    const back = fixture.writer.prepare(APEX, await editsOf('b A 192.0.2.2\n', false));
    settle(fixture);
    back.abandon();
    settle(fixture);
    expect(fixture.dig('b.x.', 'A')[0]).toBe('NXDOMAIN aa');
    expect(fixture.writer.statistics()).toMatchObject({ retired: 0 });
    expect(fixture.writer.statistics().bytesUsed).toBeLessThan(used);
  });
});
