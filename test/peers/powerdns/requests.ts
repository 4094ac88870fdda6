/**
 * Random requests to the PowerDNS API about few names, so that they meet: most are good, some are
 * wrong in a way that both servers must refuse. What docs/reference/powerdns-differences.md lists is
 * not asked: contents are canonical, and a request never leads through a state that is forbidden.
 */
import type { Random } from '#base/random.ts';

export interface ApiRequest {
  method: string;
  path: string;
  body?: unknown;
}

const SERVER = '/api/v1/servers/localhost';
export const ZONES = `${SERVER}/zones`;
export const ZONE_NAMES = ['sub.one.test.', 'one.test.', 'two.test.'];

const OWNERS = ['', '', 'www.', 'mail.', '*.', 'a.b.', 'b.', '_srv._tcp.', 'x-1.', 'WWW.'];
const TTLS: readonly unknown[] = [1, 60, 300, 3600, '300', 2_147_483_647];

const CONTENTS: Readonly<Record<string, readonly string[]>> = {
  A: ['192.0.2.1', '192.0.2.2', '198.51.100.255'],
  AAAA: ['2001:db8::1', '2001:db8:0:1::2', '::1'],
  CNAME: ['www.one.test.', 'target.example.'],
  MX: ['10 mail.one.test.', '20 mail.example.', '0 .'],
  TXT: ['"one"', '"two words"', '"a" "b"', '"quote \\" in"', '""'],
  NS: ['ns1.example.', 'ns2.example.'],
  SRV: ['1 2 53 ns1.example.', '0 0 0 .'],
  CAA: ['0 issue "ca.example"', '128 iodef "mailto:a@example"'],
  PTR: ['host.example.'],
  SSHFP: ['1 1 123456789abcdef67890123456789abcdef67890'],
  TLSA: ['3 1 1 0b9fa5a59eed715c26c1020c711b4f6ec42d58b0015e14337a39dad301c5afc3'],
  NAPTR: ['100 10 "u" "sip+E2U" "!^.*$!sip:a@example!" .'],
  HINFO: ['"PC" "Linux"'],
  TYPE65281: ['\\# 3 0a0b0c'],
};
const BAD_CONTENTS: Readonly<Record<string, readonly string[]>> = {
  A: ['192.0.2', '2001:db8::1', '', '192.0.2.256'],
  AAAA: ['192.0.2.1', ':::'],
  MX: ['mail.one.test.', 'x mail.one.test.'],
  SRV: ['1 2 ns1.example.'],
  CAA: ['issue ca.example'],
};
const TYPES = Object.keys(CONTENTS);
const METADATA = ['ALLOW-AXFR-FROM', 'ALSO-NOTIFY', 'X-NOTE', 'IXFR', 'PRESIGNED', 'NONE'];

export class RequestMaker {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  next(): ApiRequest {
    const zone = this.#pick(ZONE_NAMES);
    const path = `${ZONES}/${zone}`;
    const choice = this.#random.below(100);
    if (choice < 66) return { method: 'PATCH', path, body: this.#patch(zone) };
    if (choice < 74) return { method: 'POST', path: ZONES, body: this.#newZone(zone) };
    if (choice < 79) return { method: 'DELETE', path };
    if (choice < 86) return { method: 'PUT', path, body: this.#settings() };
    if (choice < 93) return this.#metadata(path);
    return { method: 'PUT', path: `${path}/${this.#pick(['notify', 'rectify'])}` };
  }

  #patch(zone: string): unknown {
    const seen = new Set<string>();
    const edits: { changetype?: string }[] = [];
    for (let count = 1 + this.#random.below(3); count > 0; count--) {
      const edit = this.#edit(zone);
      const key = `${edit.name.toLowerCase()} ${edit.type}`;
      if (!seen.has(key)) edits.push(edit);
      seen.add(key);
    }
    // Deletions first, as octoDNS does: PowerDNS judges each step, we judge the whole.
    edits.sort((a, b) => Number(isRemoval(b)) - Number(isRemoval(a)));
    const chance = this.#random.below(40);
    if (chance === 0) return {};
    if (chance === 1) return { rrsets: [] };
    return { rrsets: edits };
  }

  #edit(zone: string): { name: string; type: string; changetype?: string } {
    const type = this.#random.below(30) === 0 ? 'NOSUCHTYPE' : this.#pick(TYPES);
    const isStranger = this.#random.below(40) === 0;
    const name = `${this.#pick(OWNERS)}${isStranger ? 'elsewhere.test.' : zone}`;
    const key = { name: this.#random.below(60) === 0 ? name.slice(0, -1) : name, type };
    const choice = this.#random.below(20);
    if (choice < 5) return { ...key, changetype: 'DELETE' };
    // Of nothing, and where PowerDNS finds no conflict with it.
    if (choice < 6 && type !== 'CNAME') {
      return { name: zone, type, changetype: 'REPLACE', ttl: 60, records: [] } as never;
    }
    const changetype = this.#random.below(40) === 0 ? 'FORGET' : 'REPLACE';
    return { ...key, changetype, ttl: this.#ttl(), records: this.#records(type) } as never;
  }

  #records(type: string): unknown[] {
    const isBad = this.#random.below(12) === 0;
    const contents = (isBad ? BAD_CONTENTS[type] : undefined) ?? CONTENTS[type] ?? ['x'];
    const count = type === 'CNAME' ? 1 : 1 + this.#random.below(contents.length);
    const start = this.#random.below(contents.length);
    return Array.from({ length: count }, (_, index) => ({
      content: contents[(start + index) % contents.length],
      ...(this.#random.below(4) === 0 && { disabled: index > 0 && this.#random.below(2) === 0 }),
      ...(this.#random.below(8) === 0 && { 'set-ptr': false, name: 'ignored' }),
    }));
  }

  #ttl(): unknown {
    return this.#random.below(20) === 0 ? undefined : this.#pick(TTLS);
  }

  #newZone(zone: string): unknown {
    const choice = this.#random.below(12);
    if (choice === 0) return { name: zone };
    if (choice === 1) return { name: zone.slice(0, -1), kind: 'Native' };
    if (choice === 2) return [];
    return {
      name: this.#random.below(5) === 0 ? zone.toUpperCase() : zone,
      kind: this.#pick(['Native', 'native', 'MASTER', 'Primary', 'Bogus']),
      soa_edit_api: this.#pick(['DEFAULT', 'increase', '']),
      nameservers: this.#pick([[], ['ns1.example.'], ['ns1.example.', 'ns2.example.'], ['ns1']]),
      masters: this.#pick([undefined, [], ['192.0.2.1:5300'], ['none']]),
      ...(this.#random.below(2) === 0 && { account: 'acme', rrsets: this.#rrsets(zone) }),
    };
  }

  #rrsets(zone: string): unknown[] {
    const type = this.#pick(['A', 'TXT', 'MX']);
    return [{ name: `new.${zone}`, type, ttl: this.#ttl(), records: this.#records(type) }];
  }

  #settings(): unknown {
    const all = {
      kind: this.#pick(['Native', 'Master', 'Producer']),
      account: this.#pick(['', 'acme', 'other']),
      masters: this.#pick([[], ['192.0.2.7'], ['x']]),
      soa_edit_api: this.#pick(['DEFAULT', 'INCREASE', 'EPOCH', 'default', '']),
      soa_edit: this.#pick(['', 'EPOCH']),
      api_rectify: this.#pick([true, false]),
      nsec3param: this.#pick(['', '1 0 0 -']),
      master_tsig_key_ids: this.#pick([[], ['none.']]),
    };
    const keys = Object.keys(all) as (keyof typeof all)[];
    const chosen = keys.filter(() => this.#random.below(3) === 0);
    return Object.fromEntries(chosen.map((key) => [key, all[key]]));
  }

  #metadata(path: string): ApiRequest {
    const kind = this.#pick(METADATA);
    const metadata = this.#pick<unknown>([[], ['1'], ['1', '2'], 'x', [1]]);
    switch (this.#random.below(4)) {
      case 0:
        return { method: 'GET', path: `${path}/metadata/${kind}` };
      case 1:
        return { method: 'DELETE', path: `${path}/metadata/${kind}` };
      case 2:
        return { method: 'POST', path: `${path}/metadata`, body: { kind, metadata } };
      default:
        return { method: 'PUT', path: `${path}/metadata/${kind}`, body: { metadata } };
    }
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#random.below(items.length)];
  }
}

function isRemoval(edit: { changetype?: string }): boolean {
  const { records } = edit as { records?: unknown[] };
  return edit.changetype === 'DELETE' || records?.length === 0;
}
