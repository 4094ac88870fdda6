/** RFC 1035 section 5: master files, as the RFC describes and shows them. */
import { describe, expect, it } from 'vitest';
import { parseName } from '#dns/wire/name.ts';
import { loadText, printText, readText } from '../../kit/zonefile-text.ts';

describe('RFC 1035 section 5.1', () => {
  it('reads `@` as the origin and names without a final dot relative to it', async () => {
    const { records } = await readText('@ 1 NS a\na 1 NS b.\na.b.c. 1 NS @\n');
    expect(records).toEqual([
      'example.com. 1 NS a.example.com.',
      'a.example.com. 1 NS b.',
      'a.b.c. 1 NS example.com.',
    ]);
  });

  it('lets $ORIGIN reset the origin for relative names, itself relative or absolute', async () => {
    const { records } = await readText(
      '$ORIGIN x\na 1 NS b\n$ORIGIN y.z.\n@ 1 NS b\n$ORIGIN .\n@ 1 NS b\n',
    );
    expect(records).toEqual([
      'a.x.example.com. 1 NS b.x.example.com.',
      'y.z. 1 NS b.y.z.',
      '. 1 NS b.',
    ]);
  });

  it('takes the last stated owner where a line begins with a blank', async () => {
    const { records } = await readText('a 1 NS b\n\t1 NS c\n\n; comment\n$ORIGIN x.\n 1 NS d\n');
    expect(records).toEqual([
      'a.example.com. 1 NS b.example.com.',
      'a.example.com. 1 NS c.example.com.',
      'a.example.com. 1 NS d.x.',
    ]);
  });

  it('takes TTL and class in either order, and leaves out what is omitted', async () => {
    const { records } = await readText(
      'a 5 IN A 192.0.2.1\na IN 6 A 192.0.2.2\na IN A 192.0.2.3\na A 192.0.2.4\n',
    );
    expect(records.map((line) => line.split(' ')[1])).toEqual(['5', '6', '6', '6']);
  });

  it('reads \\X as X without its meaning and \\DDD as an octet', async () => {
    const { records } = await readText('a\\.b\\065 1 TXT c\\"d\\;e \\040 "\\\\"\n\\@ 1 NS \\@\n');
    expect(records).toEqual([
      'a\\.bA.example.com. 1 TXT "c\\"d;e" "(" "\\\\"',
      '\\@.example.com. 1 NS \\@.example.com.',
    ]);
  });

  it('crosses lines in parentheses only', async () => {
    const { records, said } = await readText('a 1 TXT ( "b" ; c\n"d" ) "e"\n');
    expect(said).toEqual([]);
    expect(records).toEqual(['a.example.com. 1 TXT "b" "d" "e"']);
    expect((await readText('a 1 TXT "b\nc"\n')).said[0]).toMatch(/^1:9: /);
  });

  it('takes any octet in a name and in a string', async () => {
    const octets: number[] = [];
    for (let octet = 128; octet < 256; octet++) octets.push(octet);
    const text = Buffer.concat([
      Buffer.from('\\000\\010'),
      Buffer.from(octets.slice(0, 40)),
      Buffer.from(' 1 TXT '),
      Buffer.from(octets),
      Buffer.from('\n'),
    ]);
    const { records } = await readText(new Uint8Array(text));
    expect(records).toHaveLength(1);
    expect(records[0].startsWith('\\000\\010\\128\\129')).toBe(true);
  });
});

describe('RFC 1035 section 5.2', () => {
  it('refuses a zone without exactly one SOA, or with data out of the zone', async () => {
    expect((await loadText('a 1 NS b.\n')).isRefused).toBe(true);
    expect((await loadText('@ 1 SOA a. b. 1 2 3 4 5\n@ 1 NS a.\nc. 1 NS a.\n')).isRefused).toBe(
      true,
    );
    expect((await loadText('@ 1 SOA a. b. 1 2 3 4 5\n@ 1 NS a.\n')).isRefused).toBe(false);
  });
});

describe('RFC 1035 section 5.3', () => {
  const EXAMPLE = `@   3600 IN  SOA     VENERA      Action\\.domains (
                                 20     ; SERIAL
                                 7200   ; REFRESH
                                 600    ; RETRY
                                 3600000; EXPIRE
                                 60)    ; MINIMUM

        NS      A.ISI.EDU.
        NS      VENERA
        NS      VAXA
        MX      10      VENERA
        MX      20      VAXA

A       A       26.3.0.103

VENERA  A       10.1.0.52
        A       128.9.0.32

VAXA    A       10.2.0.27
        A       128.9.0.33
`;

  it('is read as printed there', async () => {
    const zone = await loadText(EXAMPLE, parseName('ISI.EDU.'));
    expect(zone.findings).toEqual([]);
    expect((await printText(zone)).split('\n')).toEqual([
      'ISI.EDU.\t3600\tIN\tSOA\tVENERA.ISI.EDU. Action\\.domains.ISI.EDU. 20 7200 600 3600000 60',
      'ISI.EDU.\t3600\tIN\tNS\tA.ISI.EDU.',
      'ISI.EDU.\t3600\tIN\tNS\tVAXA.ISI.EDU.',
      'ISI.EDU.\t3600\tIN\tNS\tVENERA.ISI.EDU.',
      'ISI.EDU.\t3600\tIN\tMX\t10 VENERA.ISI.EDU.',
      'ISI.EDU.\t3600\tIN\tMX\t20 VAXA.ISI.EDU.',
      'A.ISI.EDU.\t3600\tIN\tA\t26.3.0.103',
      'VAXA.ISI.EDU.\t3600\tIN\tA\t10.2.0.27',
      'VAXA.ISI.EDU.\t3600\tIN\tA\t128.9.0.33',
      'VENERA.ISI.EDU.\t3600\tIN\tA\t10.1.0.52',
      'VENERA.ISI.EDU.\t3600\tIN\tA\t128.9.0.32',
      '',
    ]);
  });
});
