/**
 * Random UPDATE messages over few names, types and values, so that they meet: prerequisites that hold
 * and that fail, every form of an update, and now and then one that breaks a rule. What BIND and we
 * do differently on purpose (docs/reference/update.md) is not among them.
 */
import type { Random } from '#base/random.ts';
import { readStep, type UpdateFields, type UpdateRecord } from '../../kit/update-message.ts';

export const UPDATED_ZONE = 'update.test.';
export const UPDATED_ZONE_TEXT = `$TTL 300
@ SOA ns.other.test. host.other.test. 4294967200 7200 900 1209600 300
@ NS ns1.other.test.
@ NS ns2.other.test.
@ TXT "apex"
a A 192.0.2.1
a A 192.0.2.2
b CNAME a
c MX 10 a
c TXT "c"
deep.er.d A 192.0.2.4
*.w TXT "wild"
`;

const HOSTS = ['a', 'A', 'b', 'c', 'd', 'er.d', 'deep.er.d', 'e', 'f', '*.w', 'x.y.z'];
const DATA: Readonly<Record<string, readonly string[]>> = {
  A: ['192.0.2.1', '192.0.2.2', '192.0.2.3'],
  AAAA: ['2001:db8::1', '2001:db8::2'],
  TXT: ['"c"', '"two"'],
  MX: ['10 a.update.test.', '10 A.Update.Test.', '20 mail.other.test.'],
  CNAME: ['a.update.test.', 'b.update.test.'],
  SRV: ['0 0 80 a.update.test.'],
  TYPE65280: ['\\# 2 0102', '\\# 0'],
};
const TYPES = Object.keys(DATA);
const TTLS = [0, 60, 300, 2_147_483_647];

/** One message; `serial` is the zone's as it is. */
export function makeUpdate(random: Random, serial: number): UpdateFields {
  const prerequisites = times(random.below(3), () => makePrerequisite(random));
  const updates = times(random.below(5), () => makeStep(random, serial));
  if (random.below(20) === 0) prerequisites.unshift(breakRule(random, makePrerequisite(random)));
  if (random.below(20) === 0) updates.push(breakRule(random, makeStep(random, serial)));
  return { zone: UPDATED_ZONE, prerequisites, updates };
}

function times<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}

function pick<T>(random: Random, values: readonly T[]): T {
  const value = values[random.below(values.length)];
  if (value === undefined) throw new Error('nothing to pick from');
  return value;
}

function pickName(random: Random): string {
  return random.below(8) === 0 ? UPDATED_ZONE : `${pick(random, HOSTS)}.${UPDATED_ZONE}`;
}

function makePrerequisite(random: Random): UpdateRecord {
  const name = pickName(random);
  const type = pick(random, TYPES);
  const forms = [
    `yxdomain ${name}`,
    `nxdomain ${name}`,
    `yxrrset ${name} ${type}`,
    `nxrrset ${name} ${type}`,
    `yxrrset ${name} ${type} ${pick(random, DATA[type] ?? [])}`,
  ];
  return readStep(pick(random, forms));
}

function makeStep(random: Random, serial: number): UpdateRecord {
  const name = pickName(random);
  const chance = random.below(20);
  if (chance === 0) return makeSoa(random, serial);
  if (chance === 1) {
    const server = `ns${random.below(4)}.other.test.`;
    const verb = random.below(2) === 0 ? 'add update.test. 300' : 'delete update.test.';
    return readStep(`${verb} NS ${server}`);
  }
  if (chance === 2) return readStep(`delete ${name}`);
  const type = pick(random, TYPES);
  if (chance < 6) return readStep(`delete ${name} ${type}`);
  const data = `${type} ${pick(random, DATA[type] ?? [])}`;
  if (chance < 11) return readStep(`delete ${name} ${data}`);
  // In lower case: BIND takes over the case of the owner's letters, we keep that of the first.
  return readStep(`add ${name.toLowerCase()} ${pick(random, TTLS)} ${data}`);
}

function makeSoa(random: Random, serial: number): UpdateRecord {
  const owner = random.below(4) === 0 ? `a.${UPDATED_ZONE}` : UPDATED_ZONE;
  const step = pick(random, [-1, 0, 1, 7]);
  const number = (serial + step + 0x1_0000_0000) % 0x1_0000_0000;
  const rest = `ns.other.test. host.other.test. ${number} 7200 900 1209600 300`;
  const verb = random.below(4) === 0 ? `delete ${owner}` : `add ${owner} 300`;
  return readStep(`${verb} SOA ${rest}`);
}

function breakRule(random: Random, record: UpdateRecord): UpdateRecord {
  const breaks: ((record: UpdateRecord) => UpdateRecord)[] = [
    (whole) => ({ ...whole, name: 'www.elsewhere.test.' }),
    (whole) => ({ ...whole, class: 3 }),
    (whole) => ({ ...whole, class: 254, ttl: 60 }),
    (whole) => ({ ...whole, type: pick(random, [250, 252, 253, 254]), rdata: new Uint8Array() }),
    (whole) => ({ ...whole, class: 255, type: 1, ttl: 0, rdata: Uint8Array.of(192, 0, 2, 1) }),
    (whole) => ({ ...whole, class: 1, type: 1, ttl: 0, rdata: Uint8Array.of(192, 0, 2) }),
    (whole) => ({ ...whole, class: 255, type: 255, ttl: 5, rdata: new Uint8Array() }),
  ];
  return pick(random, breaks)(record);
}
