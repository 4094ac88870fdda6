import { expect, it, onTestFinished, vi } from 'vitest';
import { openAdminClient } from '#app/cli/admin-client.ts';
import { listenHttp } from '../../../kit/http-listener.ts';

/** More than a connection may take. */
const LONG_MS = 60_000;

it('waits as long as it takes for an answer on a connection that is used again', async () => {
  const asked = Promise.withResolvers<() => void>();
  const url = await listenHttp((request, response) => {
    const answer = (): void => void response.end('{"done":true}');
    if (request.url === '/slow') asked.resolve(answer);
    else answer();
  });
  const client = openAdminClient(url, 'key');
  await client.json({ method: 'GET', path: '/quick' });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const slow = client.json({ method: 'GET', path: '/slow' });
  const answer = await asked.promise;
  vi.advanceTimersByTime(LONG_MS);
  answer();
  expect(await slow).toEqual({ done: true });
});
