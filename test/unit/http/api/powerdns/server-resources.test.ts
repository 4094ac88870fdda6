import { describe, expect, it } from 'vitest';
import { read, startAdmin } from '../../../../kit/admin/admin-fixture.ts';

const SERVER = '/api/v1/servers/localhost';

describe('the server resource', () => {
  it('is discovered the way lego does it', async () => {
    const admin = await startAdmin();
    expect((await read(await admin.call('GET', '/api'))).body).toEqual([
      { url: '/api/v1', version: 1 },
    ]);
    expect((await read(await admin.call('GET', '/api/v1'))).body).toEqual([
      { server_url: '/api/v1/servers{/server}', api_features: [] },
    ]);
  });

  it('has a version that octoDNS and Terraform can read', async () => {
    const admin = await startAdmin();
    const { body } = await read(await admin.call('GET', SERVER));
    const { version } = body as { version: string };
    const parts = version.split('.').slice(0, 3);
    expect(parts.map((part) => Number.parseInt(part.split('-')[0] ?? '', 10))).toEqual([4, 7, 3]);
    expect(version).not.toContain('+');
    expect((await read(await admin.call('GET', '/api/v1/servers'))).body).toEqual([body]);
  });

  it('gives every statistic as a string, and refuses an unknown one', async () => {
    const admin = await startAdmin();
    const { body } = await read(await admin.call('GET', `${SERVER}/statistics`));
    expect(body).toEqual([{ type: 'StatisticItem', name: 'uptime', value: '12' }]);
    const unknown = await read(await admin.call('GET', `${SERVER}/statistics?statistic=none`));
    expect(unknown).toEqual({ status: 422, body: { error: 'Unknown statistic name' } });
  });

  it('says that Lua records are off, for octoDNS', async () => {
    const admin = await startAdmin();
    const { body } = await read(await admin.call('GET', `${SERVER}/config`));
    expect(body).toContainEqual({ type: 'ConfigSetting', name: 'enable-lua-records', value: 'no' });
  });

  it('gives several figures under one name as a map, found only in the whole list', async () => {
    const value = [{ name: 'A', value: 2 }];
    const statistics = async () => [{ name: 'response-by-qtype', value }];
    const admin = await startAdmin({ ports: { statistics } });
    const { body } = await read(await admin.call('GET', `${SERVER}/statistics?includerings=false`));
    const item = { type: 'MapStatisticItem', name: 'response-by-qtype' };
    expect(body).toEqual([{ ...item, value: [{ name: 'A', value: '2' }] }]);
    const path = `${SERVER}/statistics?statistic=response-by-qtype`;
    expect((await admin.call('GET', path)).status).toBe(422);
  });

  it('flushes caches that it does not have', async () => {
    const admin = await startAdmin();
    const flushed = await read(
      await admin.call('PUT', `${SERVER}/cache/flush?domain=example.org.`),
    );
    expect(flushed).toEqual({ status: 200, body: { count: 0, result: 'Flushed cache.' } });
    expect((await admin.call('PUT', `${SERVER}/cache/flush?domain=example.org`)).status).toBe(422);
    expect((await admin.call('PUT', `${SERVER}/cache/flush`)).status).toBe(422);
  });
});
