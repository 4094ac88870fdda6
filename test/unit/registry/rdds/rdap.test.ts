// RDAP over HTTP: every member of the objects, and what every response has, errors included.
import { describe, expect, it, onTestFinished } from 'vitest';
import { openClock } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { systemRandom } from '#base/random.ts';
import { type RateLimit, RequestRates } from '#base/request-rates.ts';
import { openRddsHttp } from '#registry/rdds/rdds-http.ts';
import { ReplicaEvents } from '#registry/rdds/replica/replica-events.ts';
import { followRegister } from '../../../kit/rdds/followed-register.ts';
import { temporaryStore } from '../../../kit/temporary-store.ts';

const URL_BASE = 'https://rdds.example';
const RDAP = `${URL_BASE}/rdap`;
const NO_LIMIT = { perSecond: 0, burst: 1 };
const DATE = '2026-11-22T00:00:00Z';

/** Counts what look-ups come to. */
async function openServer(limit: RateLimit = NO_LIMIT) {
  const followed = await followRegister();
  const clock = openClock({ kind: 'system' });
  const counted: string[] = [];
  const { app } = await openRddsHttp(
    { listen: { host: '127.0.0.1', port: 0 }, log: silentLog(), clock, random: systemRandom() },
    {
      directory: followed.directory,
      events: await ReplicaEvents.open(await temporaryStore()),
      rates: new RequestRates(limit, clock),
      count: (service, outcome) => counted.push(`${service} ${outcome}`),
      url: URL_BASE,
      metrics: { metrics: async () => '' },
      health: { check: async () => [] },
    },
  );
  onTestFinished(() => app.close());
  const ask = async (url: string, method: 'GET' | 'HEAD' | 'OPTIONS' | 'POST' = 'GET') => {
    const { statusCode, headers, body } = await app.inject({ method, url });
    return { statusCode, headers, body, json: () => JSON.parse(body) as Record<string, unknown> };
  };
  return { ...followed, ask, counted };
}

const REGISTRAR = (asked: string) => ({
  objectClassName: 'entity',
  handle: '9999',
  publicIds: [{ type: 'IANA Registrar ID', identifier: '9999' }],
  roles: ['registrar'],
  vcardArray: [
    'vcard',
    [
      ['version', {}, 'text', '4.0'],
      ['fn', {}, 'text', 'Example Registrar, Inc.'],
      ['tel', { type: 'voice' }, 'uri', 'tel:+1.5551230000'],
      ['email', {}, 'text', 'hello@registrar.example'],
    ],
  ],
  entities: [
    {
      objectClassName: 'entity',
      roles: ['abuse'],
      vcardArray: [
        'vcard',
        [
          ['version', {}, 'text', '4.0'],
          ['fn', {}, 'text', 'Abuse'],
          ['tel', { type: 'voice' }, 'uri', 'tel:+1.5551234567'],
          ['email', {}, 'text', 'abuse@registrar.example'],
        ],
      ],
    },
  ],
  links: [
    { value: asked, rel: 'self', href: `${RDAP}/entity/9999`, type: 'application/rdap+json' },
    { value: asked, rel: 'about', href: 'https://registrar.example' },
  ],
});

describe('RDAP', () => {
  it('shows a domain by the gTLD profile', async () => {
    const { ask } = await openServer();
    const { statusCode, headers, json } = await ask('/rdap/domain/EXAMPLE.tld');
    expect(statusCode).toBe(200);
    expect(headers['content-type']).toBe('application/rdap+json');
    const { entities, redacted, notices, ...domain } = json();
    const asked = `${RDAP}/domain/EXAMPLE.tld`;
    expect(domain).toEqual({
      rdapConformance: [
        'rdap_level_0',
        'icann_rdap_technical_implementation_guide_1',
        'icann_rdap_response_profile_1',
        'redacted',
      ],
      objectClassName: 'domain',
      handle: 'Dexample.tld-TEST',
      ldhName: 'example.tld',
      status: ['client transfer prohibited'],
      events: [
        { eventAction: 'registration', eventDate: '2026-01-02T03:04:05Z' },
        { eventAction: 'expiration', eventDate: '2027-01-02T03:04:05Z' },
        { eventAction: 'last changed', eventDate: '2026-02-03T04:05:06Z' },
        { eventAction: 'last update of RDAP database', eventDate: DATE },
      ],
      nameservers: [
        { objectClassName: 'nameserver', ldhName: 'ns.other.example' },
        {
          objectClassName: 'nameserver',
          ldhName: 'ns1.example.tld',
          ipAddresses: { v4: ['192.0.2.1'], v6: ['2001:db8::1'] },
        },
      ],
      secureDNS: {
        delegationSigned: true,
        dsData: [{ keyTag: 12345, algorithm: 13, digestType: 2, digest: 'AB'.repeat(32) }],
      },
      links: [
        {
          value: asked,
          rel: 'self',
          href: `${RDAP}/domain/example.tld`,
          type: 'application/rdap+json',
        },
      ],
    });
    const [registrar, registrant, admin, tech] = entities as Record<string, unknown>[];
    expect(registrar).toEqual(REGISTRAR(asked));
    expect(registrant).toEqual({
      objectClassName: 'entity',
      roles: ['registrant'],
      vcardArray: [
        'vcard',
        [
          ['version', {}, 'text', '4.0'],
          ['fn', {}, 'text', ''],
          ['org', {}, 'text', 'Novak Ltd'],
          ['adr', { cc: 'CZ' }, 'text', ['', '', '', '', 'Prague', '', '']],
        ],
      ],
    });
    expect(admin).toMatchObject({ roles: ['administrative'] });
    expect(tech).toEqual({
      objectClassName: 'entity',
      handle: 'CT1-TEST',
      roles: ['technical'],
      vcardArray: [
        'vcard',
        [
          ['version', {}, 'text', '4.0'],
          ['fn', {}, 'text', 'Jan Novak'],
          [
            'adr',
            { cc: 'CZ' },
            'text',
            ['', '', ['Dlouha 1', 'Floor 2'], 'Praha', 'Prague', '11000', ''],
          ],
          ['tel', { type: 'voice' }, 'uri', 'tel:+420.123456789;ext=12'],
          ['email', {}, 'text', 'jan@example.org'],
        ],
      ],
    });
    expect(redacted).toContainEqual({
      name: { type: 'Registry Registrant ID' },
      prePath: "$.entities[?(@.roles[0]=='registrant')].handle",
      pathLang: 'jsonpath',
      method: 'removal',
      reason: { description: 'Server policy' },
    });
    expect(redacted).toContainEqual({
      name: { type: 'Registrant Name' },
      postPath: "$.entities[?(@.roles[0]=='registrant')].vcardArray[1][?(@[0]=='fn')][3]",
      pathLang: 'jsonpath',
      method: 'emptyValue',
      reason: { description: 'Server policy' },
    });
    const techRedactions = (redacted as { name: { type?: string } }[]).filter(({ name }) =>
      name.type?.startsWith('Tech'),
    );
    expect(techRedactions.map(({ name }) => name.type)).toEqual(['Tech Organization']);
    expect((notices as { title: string }[]).map(({ title }) => title)).toEqual([
      'Status Codes',
      'RDDS Inaccuracy Complaint Form',
      'Terms of Use',
    ]);
  });

  it('finds an IDN in either form, and shows both', async () => {
    const { ask } = await openServer();
    for (const name of ['b%C3%BCcher.tld', 'xn--bcher-kva.tld']) {
      const { statusCode, json } = await ask(`/rdap/domain/${name}`);
      expect(statusCode).toBe(200);
      expect(json()).toMatchObject({ ldhName: 'xn--bcher-kva.tld', unicodeName: 'bücher.tld' });
    }
  });

  it('says the same without its path in front', async () => {
    const { ask } = await openServer();
    const [one, other] = [await ask('/rdap/domain/bare.tld'), await ask('/domain/bare.tld')];
    expect(other.json()).toMatchObject({ ldhName: 'bare.tld', status: ['inactive'] });
    expect(other.headers['access-control-allow-origin']).toBe('*');
    expect(one.json()['events']).toEqual(other.json()['events']);
  });

  it('shows a name server, a registrar and a contact', async () => {
    const { ask } = await openServer();
    const nameserver = (await ask('/rdap/nameserver/ns1.example.tld')).json();
    expect(nameserver).toMatchObject({
      objectClassName: 'nameserver',
      handle: 'Hns1.example.tld-TEST',
      ldhName: 'ns1.example.tld',
      ipAddresses: { v4: ['192.0.2.1'], v6: ['2001:db8::1'] },
      status: ['active'],
      events: [
        { eventAction: 'registration' },
        { eventAction: 'last update of RDAP database', eventDate: DATE },
      ],
    });
    for (const handle of ['9999', 'Example%20Registrar,%20Inc.']) {
      const registrar = (await ask(`/rdap/entity/${handle}`)).json();
      expect(registrar).toMatchObject(REGISTRAR(`${RDAP}/entity/${handle}`));
    }
    for (const handle of ['CR1-TEST', 'R1']) {
      const contact = (await ask(`/rdap/entity/${handle}`)).json();
      expect(contact).toMatchObject({ objectClassName: 'entity', handle: 'CR1-TEST' });
      expect(JSON.stringify(contact)).not.toMatch(/Novak|Praha|jan@/);
    }
  });

  it('shows no secret of the register', async () => {
    const { ask } = await openServer();
    const paths = ['domain/example.tld', 'entity/R1', 'entity/9999', 'nameserver/ns1.example.tld'];
    for (const path of paths) {
      const { body } = await ask(`/rdap/${path}`);
      expect(body).not.toMatch(/ffff|eeee|aaaa|secret|123456789"|123_456/);
    }
  });

  it('answers what it cannot with an error object that every page may read', async () => {
    const { ask, counted } = await openServer();
    for (const [path, status, outcome] of [
      ['/rdap/domain/nothing.tld', 404, 'missing'],
      ['/rdap/nameserver/ns9.example.tld', 404, 'missing'],
      ['/rdap/entity/nobody', 404, 'missing'],
      ['/rdap/domain/no%20name', 400, 'refused'],
      ['/rdap/domain/-x.tld', 400, 'refused'],
      ['/rdap/domain/%zz', 400, 'refused'],
      ['/rdap/nonsense', 400, 'refused'],
      ['/rdap/domains?name=ex*', 501, 'refused'],
      ['/rdap/ip/192.0.2.1', 501, 'refused'],
    ] as const) {
      const { statusCode, headers, json } = await ask(path);
      expect([path, statusCode, counted.pop()]).toEqual([path, status, `rdap ${outcome}`]);
      expect(headers['content-type']).toBe('application/rdap+json');
      expect(headers['access-control-allow-origin']).toBe('*');
      const { errorCode, rdapConformance } = json();
      expect(errorCode).toBe(status);
      expect(rdapConformance).toContain('rdap_level_0');
    }
  });

  it('answers HEAD without a body, OPTIONS with leave, and nothing else', async () => {
    const { ask } = await openServer();
    const head = await ask('/rdap/domain/example.tld', 'HEAD');
    expect([head.statusCode, head.body]).toEqual([200, '']);
    expect(head.headers['content-type']).toBe('application/rdap+json');
    expect((await ask('/rdap/domain/nothing.tld', 'HEAD')).statusCode).toBe(404);
    const options = await ask('/rdap/domain/example.tld', 'OPTIONS');
    expect([options.statusCode, options.headers['access-control-allow-methods']]).toEqual([
      204,
      'GET, HEAD, OPTIONS',
    ]);
    const post = await ask('/rdap/domain/example.tld', 'POST');
    expect([post.statusCode, post.headers['allow']]).toEqual([405, 'GET, HEAD, OPTIONS']);
  });

  it('tells who asks too often when to come again', async () => {
    const { ask, counted } = await openServer({ perSecond: 1, burst: 2 });
    for (let count = 0; count < 2; count++) await ask('/rdap/domain/example.tld');
    const { statusCode, headers, json } = await ask('/rdap/domain/example.tld');
    expect([statusCode, headers['retry-after']]).toEqual([429, '1']);
    expect(headers['access-control-allow-origin']).toBe('*');
    expect(json()).toMatchObject({ errorCode: 429 });
    const page = await ask('/whois?query=example.tld');
    expect([page.statusCode, page.headers['retry-after']]).toEqual([429, '1']);
    expect(counted).toEqual(['rdap found', 'rdap found', 'rdap limited', 'web limited']);
  });

  it('helps', async () => {
    const { ask } = await openServer();
    const { statusCode, json } = await ask('/rdap/help');
    expect(statusCode).toBe(200);
    expect(json()).toMatchObject({ notices: [{ title: 'Help' }, { title: 'Terms of Use' }] });
  });
});

describe('the page', () => {
  it('shows a form, and the fields that WHOIS has', async () => {
    const { ask, counted } = await openServer();
    const form = await ask('/');
    expect(form.body).toContain('<form action="/whois" method="get" role="search">');
    const { statusCode, headers, body } = await ask('/whois?query=example.tld');
    expect(statusCode).toBe(200);
    expect(headers['content-security-policy']).toContain("form-action 'self'");
    expect(body).toContain('<th scope="row">Registrant Name</th><td>REDACTED FOR PRIVACY</td>');
    expect(body).toContain('<th scope="row">Domain Name</th><td>example.tld</td>');
    expect(body).toContain(`As of <time datetime="${DATE}">`);
    expect(body).not.toMatch(/<script/);
    expect(counted).toEqual(['web found']);
  });

  it('puts what was typed back as text', async () => {
    const { ask, counted } = await openServer();
    const { statusCode, body } = await ask(`/whois?query=${encodeURIComponent('"><script>x')}`);
    expect(statusCode).toBe(400);
    expect(body).not.toContain('<script');
    const missing = await ask('/whois?query=nothing.tld');
    expect(missing.statusCode).toBe(404);
    expect(counted).toEqual(['web refused', 'web missing']);
  });
});
