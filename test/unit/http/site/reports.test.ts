// Reports on the sidecar's site: listed without a script, sent with a policy of their own.
import { describe, expect, it, onTestFinished } from 'vitest';
import { openClock } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { seededRandom } from '#base/random.ts';
import { openHttpServer } from '#http/server.ts';
import type { ReportPorts } from '#http/site/report-ports.ts';
import { registerReports } from '#http/site/report-routes.ts';

const EVIL = '<script>alert(1)</script>';
const ID = 'registry-monthly-2026-10-v2';

const PORTS: ReportPorts = {
  reports: async () => [
    {
      id: ID,
      contract: EVIL,
      kind: 'monthly',
      period: '2026-10',
      status: 'final',
      madeAt: '2026-11-01T00:20:00Z',
      finalBy: null,
      supersedes: 'registry-monthly-2026-10-v1',
      isSuperseded: false,
      breaches: 1,
      digest: 'd'.repeat(64),
    },
  ],
  read: async (id, format) => (id === ID ? `${format} of ${id}` : undefined),
  contentPolicy: "default-src 'none'; style-src 'sha256-x'",
  compare: async () => {
    throw new Error('nothing is uploaded here');
  },
  expected: () => [
    {
      contract: 'biz-2013',
      month: '2026-10',
      paragraph: '8.3',
      dueAt: '2026-11-21T00:00:00Z',
      isOverdue: true,
    },
  ],
};

async function get(path: string): Promise<Response> {
  const server = await openHttpServer({
    listen: { host: '127.0.0.1', port: 0 },
    log: silentLog(),
    clock: openClock({ kind: 'system' }),
    random: seededRandom(1),
  });
  onTestFinished(() => server.close());
  registerReports(server.app, PORTS);
  const { port } = await server.listen();
  return fetch(`http://127.0.0.1:${port}${path}`);
}

describe('reports on the site', () => {
  it('are listed with their files, escaped, and what is overdue is said', async () => {
    const reply = await get('/reports');
    const text = await reply.text();
    expect(reply.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(text).not.toContain('<script');
    for (const format of ['html', 'csv', 'json', 'sha256']) {
      expect(text).toContain(`<a href="/reports/${ID}.${format}">`);
    }
    expect(text).toContain('<strong>overdue</strong>');
  });

  it('are listed for programs with their digests', async () => {
    const { reports } = (await (await get('/api/holdfast/v1/sla/reports')).json()) as {
      reports: object[];
    };
    expect(reports).toEqual(await PORTS.reports());
  });

  it.each([
    ['html', 'text/html; charset=utf-8', null],
    ['csv', 'text/csv; charset=utf-8; header=present', `attachment; filename="${ID}.csv"`],
    ['json', 'application/json; charset=utf-8', `attachment; filename="${ID}.json"`],
    ['sha256', 'text/plain; charset=utf-8', null],
  ])('are sent as %s', async (format, type, disposition) => {
    const reply = await get(`/reports/${ID}.${format}`);
    expect(await reply.text()).toBe(`${format} of ${ID}`);
    expect(reply.headers.get('content-type')).toBe(type);
    expect(reply.headers.get('content-disposition')).toBe(disposition);
    const policy = reply.headers.get('content-security-policy');
    expect(policy).toBe(format === 'html' ? PORTS.contentPolicy : "default-src 'none'");
  });

  it.each(['/reports/none.json', '/reports/..%2f..%2fetc%2fpasswd', `/reports/${ID}.exe`])(
    'do not exist as %s',
    async (path) => {
      const reply = await get(path);
      expect(reply.status).toBe(404);
      expect(await reply.json()).toMatchObject({ code: 'SLA_REPORT_UNKNOWN' });
    },
  );
});
