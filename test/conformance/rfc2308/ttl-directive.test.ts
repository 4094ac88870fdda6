/** RFC 2308 section 4: `$TTL`, and where a TTL comes from when the record has none. */
import { describe, expect, it } from 'vitest';
import { readText } from '../../kit/zonefile-text.ts';

const SOA = 'SOA ns h 1 2 3 4 99';

function ttls(records: string[]): string[] {
  return records.map((record) => record.split(' ')[1]);
}

describe('RFC 2308 section 4', () => {
  it('gives records without a TTL that of the last $TTL, not that of the record before', async () => {
    const { records } = await readText('$TTL 10\na TXT x\nb 20 TXT x\nc TXT x\n$TTL 30\nd TXT x\n');
    expect(ttls(records)).toEqual(['10', '20', '10', '30']);
  });

  it('takes the last stated TTL where there is no $TTL (RFC 1035)', async () => {
    const { records, said } = await readText(`@ 20 ${SOA}\nb TXT x\nc 5 TXT x\nd TXT x\n`);
    expect(ttls(records)).toEqual(['20', '20', '5', '5']);
    expect(said).toEqual([]);
  });

  it('takes the minimum field of an SOA without any TTL, for all that follows, and says so', async () => {
    const { records, said } = await readText(`@ ${SOA}\nb TXT x\nc 5 TXT x\nd TXT x\n`);
    expect(ttls(records)).toEqual(['99', '99', '5', '99']);
    expect(said).toEqual([
      "1:1: warning: no TTL and no $TTL: the SOA's minimum field, 99, is taken",
    ]);
  });

  it('refuses another record without any TTL before it', async () => {
    const { said } = await readText(`b TXT x\n@ ${SOA}\n`);
    expect(said[0]).toMatch(/^1:3: expected a TTL/);
  });

  it('reads units in either case', async () => {
    const { records } = await readText('$TTL 1W2d3H4m5S\na TXT x\nb 1h TXT x\n');
    expect(ttls(records)).toEqual([String((((7 + 2) * 24 + 3) * 60 + 4) * 60 + 5), '3600']);
  });
});
