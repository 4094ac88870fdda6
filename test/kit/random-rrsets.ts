/**
 * Random changes as the PowerDNS API takes them: over few names and types, so that later changes
 * meet what earlier ones made.
 */
import type { Random } from '#base/random.ts';

const HOSTS_MAX = 40;
const EDITS_MAX = 5;

const CONTENTS: Readonly<Record<string, (number: number, zone: string) => string>> = {
  A: (number) => `192.0.2.${number & 255}`,
  AAAA: (number) => `2001:db8::${(number + 1).toString(16)}`,
  TXT: (number) => `"${number}"`,
  MX: (number, zone) => `${number % 3} mail${number % 2}.${zone}`,
  SRV: (number, zone) => `0 ${number % 5} 443 h${number % 7}.${zone}`,
};
const TYPES = Object.keys(CONTENTS);

/** The `rrsets` of a PATCH: each RRset at most once. @param zone with its final dot */
export function randomRrsets(random: Random, zone: string): unknown[] {
  const rrsets = new Map<string, unknown>();
  for (let count = 1 + random.below(EDITS_MAX); count > 0; count--) {
    const prefix = ['h', 'new', 'deep.down', '*.w'][random.below(4)];
    const name = `${prefix}${random.below(HOSTS_MAX)}.${zone}`;
    const type = TYPES[random.below(TYPES.length)];
    const contents = Array.from({ length: 1 + random.below(3) }, () =>
      CONTENTS[type](random.below(1000), zone),
    );
    const records = [...new Set(contents)].map((content) => ({ content, disabled: false }));
    const changed = { changetype: 'REPLACE', ttl: 60 * (1 + random.below(3)), records };
    const isGone = random.below(4) === 0;
    rrsets.set(`${name} ${type}`, {
      name,
      type,
      ...(isGone ? { changetype: 'DELETE' } : changed),
    });
  }
  return [...rrsets.values()];
}
