// The sidecar's page and API: escaped, accessible, and closed to who has no token.
import { describe, expect, it, onTestFinished } from 'vitest';
import { openClock } from '#base/clock.ts';
import { html } from '#base/html.ts';
import { silentLog } from '#base/log.ts';
import { seededRandom } from '#base/random.ts';
import { ApiKey } from '#http/api-key.ts';
import { HttpError } from '#http/http-error.ts';
import { type HttpServer, openHttpServer } from '#http/server.ts';
import type { SitePorts, SiteStatus } from '#http/site/site-ports.ts';
import { registerSite } from '#http/site/site-routes.ts';
import { statusPage } from '#http/site/status-page.ts';

const EVIL = `<script>alert("1&1")</script>'`;
const AT = '2026-10-01T00:00:00.000Z';

const STATUS: SiteStatus = {
  now: AT,
  contracts: [
    {
      id: 'biz-2013-lab',
      title: EVIL,
      isContractual: false,
      month: '2026-10',
      asOf: AT,
      measuredSeconds: 180,
      unmeasuredSeconds: 93_784,
      parameters: [
        {
          name: 'dns-udp-rtt',
          subject: EVIL,
          figure: '1 of 1',
          limit: '',
          verdict: 'met',
          provisional: '2 of 2 in time',
        },
      ],
      incidents: [{ subject: 'dns', start: AT, end: '', downSeconds: 180 }],
    },
  ],
  incidents: {
    asOf: AT,
    incidents: [
      {
        contract: 'biz-2013-lab',
        subject: EVIL,
        state: 'open',
        start: AT,
        end: null,
        downSeconds: 180,
      },
    ],
    shares: [
      {
        contract: 'biz-2013-lab',
        service: 'dns',
        downSeconds: 1440,
        thresholdSeconds: 14_400,
        ratio: 0.1,
        percent: 10,
        escalation: 'suspended',
        suspendedUntil: '2026-10-01T01:00:00Z',
        fallsOut: { from: '2026-10-08T00:00:00Z', to: '2026-10-08T00:24:00Z', seconds: 1440 },
        belowAt: [{ ratio: 0.1, at: '2026-10-08T00:01:00Z' }],
      },
    ],
    backups: [{ contract: 'hosting', locationsMin: 2, good: [EVIL], lackingSince: AT }],
    corrections: [
      {
        contract: 'biz-2013-lab',
        entry: {},
        title: EVIL,
        reason: EVIL,
        agreedBy: EVIL,
        changes: [
          {
            month: '2026-10',
            parameter: 'dns-service-availability',
            subject: EVIL,
            before: { downSeconds: 180, verdict: 'breached' },
            after: { downSeconds: 0, verdict: 'met' },
          },
        ],
      },
    ],
    messages: [
      {
        id: 'a1',
        contact: EVIL,
        at: AT,
        state: 'dead',
        attempts: 5,
        detail: EVIL,
        summary: EVIL,
        evidence: ['biz-2013-lab-dns-a1.json'],
      },
    ],
  },
  tests: [
    {
      cycle: AT,
      probe: EVIL,
      nameserver: 'ns1.',
      address: '192.0.2.1',
      transport: 'udp',
      outcome: 'unanswered',
      detail: EVIL,
      isDecided: false,
    },
  ],
  updates: [{ change: EVIL, probe: 'p01', address: '192.0.2.1', confirmedAt: AT, took: '0.120 s' }],
  disagreements: [
    { at: AT, subject: EVIL, finding: 'probes-down', serverSays: EVIL, probesSay: 'down' },
  ],
  vantagePoints: ['192.0.2.1'],
  probes: [
    { name: 'p01', isUp: false, lastAt: AT },
    { name: 'p02', isUp: true, lastAt: AT },
    { name: 'p03', isUp: true, lastAt: AT },
  ],
  targets: [{ url: 'http://a/metrics', isUp: false, at: AT, reason: EVIL }],
};

describe('html', () => {
  it('escapes whatever is text, and takes HTML and lists as they are', () => {
    const parts = [html`<i>${'<'}</i>`, '&"\''];
    expect(html`<p title="${EVIL}">${parts}${7}${undefined}${false}</p>`.toString()).toBe(
      '<p title="&lt;script&gt;alert(&quot;1&amp;1&quot;)&lt;/script&gt;&#39;">' +
        '<i>&lt;</i>&amp;&quot;&#39;7</p>',
    );
  });
});

describe('the page', () => {
  const page = statusPage(STATUS);

  it('holds no text of strangers as HTML', () => {
    expect(page).not.toContain('<script');
    expect(page.split('&lt;script&gt;').length - 1).toBe(17);
  });

  it('says that the lab contract binds nobody, what is measured and what is provisional', () => {
    expect(page).toContain('not contractual — lab');
    expect(page).toContain('3 min measured');
    expect(page).toContain('1 d 2 h 3 min 4 s');
    expect(page).toContain('<em>provisional</em>');
    expect(page).toContain('Probes up: 2, at <strong>1 vantage point</strong> (192.0.2.1).');
    expect(page).toContain('and still open');
  });

  it('says how near the emergency threshold is, and when minutes leave the week, in UTC', () => {
    expect(page).toContain('suspended, until <time datetime="2026-10-01T01:00:00Z">');
    expect(page).toContain('10.00 %');
    expect(page).toContain('2026-10-08 00:00:00 UTC</time> to <time');
    expect(page).toContain('at <time datetime="2026-10-08T00:01:00Z">');
    expect(page).toContain('3 min down, breached, is superseded by\n0 s, met');
    expect(page).toContain('href="/api/holdfast/v1/evidence/biz-2013-lab-dns-a1.json"');
  });

  it('says where good backups lie, and since when that is too few places', () => {
    expect(page).toContain('Backups under hosting: 1 of 2 locations');
    expect(page).toMatch(/<p class="breached">Backups[^:]*: .*\n.*too few since <time/);
  });

  it('needs no script, has a language, a title, headings and captions', () => {
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(page).toContain('<title>');
    expect(page.match(/<table>/g)).toHaveLength(page.match(/<caption>/g)?.length ?? 0);
    expect(page.match(/<h1>/g)).toHaveLength(1);
  });
});

async function open(ports: Partial<SitePorts> = {}): Promise<HttpServer['app']> {
  const server = await openHttpServer({
    listen: { host: '127.0.0.1', port: 0 },
    log: silentLog(),
    clock: openClock({ kind: 'system' }),
    random: seededRandom(1),
  });
  onTestFinished(() => server.close());
  const given: SitePorts = {
    now: () => AT,
    status: () => STATUS,
    score: ({ contract }) => (contract === 'no' ? undefined : { contract: contract ?? 'first' }),
    handIn: async (text) => ({ accepted: text.length, repeated: 0, late: 0, now: AT }),
    ...ports,
  };
  registerSite(server.app, { ports: given, token: new ApiKey('secret') });
  return server.app;
}

const handIn = (app: HttpServer['app'], headers: Record<string, string>) =>
  app.inject({ method: 'POST', url: '/api/holdfast/v1/measurements', headers, payload: '{}\n' });
const ndjson = { 'content-type': 'application/x-ndjson' };

describe('the sidecar’s routes', () => {
  it('serve the page and its style under a policy that allows nothing else', async () => {
    const app = await open();
    const page = await app.inject({ url: '/' });
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    const style = await app.inject({ url: '/style.css' });
    expect(style.headers['content-type']).toBe('text/css; charset=utf-8');
  });

  it('serve the score of the first contract or of one that is named', async () => {
    const app = await open();
    expect((await app.inject({ url: '/api/holdfast/v1/sla' })).json()).toEqual({
      contract: 'first',
    });
    const named = await app.inject({ url: '/api/holdfast/v1/sla?contract=hosting' });
    expect(named.json()).toEqual({ contract: 'hosting' });
    const unknown = await app.inject({ url: '/api/holdfast/v1/sla?contract=no' });
    expect(unknown.statusCode).toBe(404);
    expect(unknown.json()).toMatchObject({ code: 'SLA_CONTRACT_UNKNOWN' });
  });

  it('take measurements from whoever has the token, and from nobody else', async () => {
    const app = await open();
    const taken = await handIn(app, { ...ndjson, authorization: 'Bearer secret' });
    expect([taken.statusCode, taken.json()]).toEqual([
      200,
      { accepted: 3, repeated: 0, late: 0, now: AT },
    ]);
    const wrong: Record<string, string>[] = [
      {},
      { authorization: 'Bearer wrong' },
      { authorization: 'secret' },
    ];
    for (const headers of wrong) {
      const refused = await handIn(app, { ...ndjson, ...headers });
      expect([refused.statusCode, refused.json()]).toMatchObject([
        401,
        { code: 'SLA_TOKEN_WRONG' },
      ]);
      expect(refused.headers['www-authenticate']).toContain('Bearer');
    }
  });

  it('refuse bodies of another type, and pass on why one was refused', async () => {
    const app = await open({
      handIn: async () => {
        throw new HttpError('MEASUREMENT_INVALID', 422, 'measurements:3: no');
      },
    });
    const authorization = 'Bearer secret';
    const json = await handIn(app, { 'content-type': 'application/json', authorization });
    expect(json.statusCode).toBe(415);
    const invalid = await handIn(app, { ...ndjson, authorization });
    expect(invalid.json()).toMatchObject({ status: 422, detail: 'measurements:3: no' });
  });
});
