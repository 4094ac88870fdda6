// The same random requests to our API and PowerDNS's: the same statuses, the same zones after each.
// HOLDFAST_DIFFERENTIAL_API sets how many requests, for a long run; the seed is HOLDFAST_SEED.
import { describe, expect, it, onTestFinished } from 'vitest';
import { seededRandom } from '#base/random.ts';
import { startAdmin } from '../../kit/admin/admin-fixture.ts';
import { readEnvironmentNumber } from '../../kit/environment-number.ts';
import { peersMissing } from '../../kit/peers.ts';
import { POWERDNS_PROGRAM, startPowerDns } from '../../kit/powerdns-peer.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { type ApiRequest, RequestMaker, ZONE_NAMES, ZONES } from './requests.ts';

const REQUESTS = readEnvironmentNumber('HOLDFAST_DIFFERENTIAL_API', 600);
const SEED = readEnvironmentNumber('HOLDFAST_SEED', 20_261_122);
const TIMEOUT_MS = 30_000 + REQUESTS * 50;

interface Api {
  call(method: string, path: string, body?: unknown): Promise<Response>;
}

interface ListedRrset {
  name: string;
  type: string;
  ttl: number;
  records: { content: string; disabled: boolean }[];
}

/** A zone in a form that two servers share: settings, and its records without the SOA's serial. */
async function zoneOf(api: Api, name: string): Promise<unknown> {
  const response = await api.call('GET', `${ZONES}/${name}`);
  if (response.status !== 200) return response.status;
  const zone = (await response.json()) as Record<string, unknown> & { rrsets: ListedRrset[] };
  const { id, url, kind, account, masters, soa_edit, soa_edit_api, api_rectify, rrsets } = zone;
  const lines = rrsets.flatMap(({ name: owner, type, ttl, records }) =>
    records.map(({ content, disabled }) => {
      const shown = type === 'SOA' ? content.replace(/ \d+ /, ' SERIAL ') : content;
      return `${owner} ${ttl} ${type} ${shown} ${disabled}`;
    }),
  );
  const settings = { id, url, kind, account, masters, soa_edit, soa_edit_api, api_rectify };
  return { ...settings, records: lines.sort() };
}

/** 204 and 200 are one answer to DELETE of metadata (docs/reference/powerdns-differences.md). */
function statusOf({ method, path }: ApiRequest, { status }: Response): number {
  return method === 'DELETE' && path.includes('/metadata/') && status === 200 ? 204 : status;
}

describe.skipIf(peersMissing(POWERDNS_PROGRAM))('the API beside PowerDNS', () => {
  it(`answers ${REQUESTS} random requests alike and leaves the same zones`, {
    timeout: TIMEOUT_MS,
  }, async () => {
    const admin = await startAdmin();
    const peer = await startPowerDns(await temporaryFolder());
    onTestFinished(() => peer.close());
    const requests = new RequestMaker(seededRandom(SEED));
    const statuses = new Map<number, number>();
    for (let at = 1; at <= REQUESTS; at++) {
      const request = requests.next();
      const { method, path, body } = request;
      const [ours, theirs] = await Promise.all([
        admin.call(method, path, body),
        peer.call(method, path, body),
      ]);
      const texts = [await ours.text(), await theirs.text()];
      const label = `request ${at}: ${method} ${path} ${JSON.stringify(body)}\n${texts.join('\n')}`;
      expect({ label, status: statusOf(request, ours) }).toEqual({
        label,
        status: statusOf(request, theirs),
      });
      statuses.set(ours.status, (statuses.get(ours.status) ?? 0) + 1);
      const name = ZONE_NAMES.find((zone) =>
        `${path}${JSON.stringify(body)}`.toLowerCase().includes(zone),
      );
      if (name === undefined || method === 'GET') continue;
      expect({ label, zone: await zoneOf(admin, name) }).toEqual({
        label,
        zone: await zoneOf(peer, name),
      });
    }
    // A run in which everything is refused compares nothing.
    for (const status of [200, 201, 204, 404, 409, 422]) {
      const count = statuses.get(status) ?? 0;
      expect({ status, isMet: count > REQUESTS / 200 }).toEqual({ status, isMet: true });
    }
  });
});
