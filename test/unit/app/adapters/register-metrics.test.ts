// What is said of a zone that is behind the register: figures at each scrape, one line in the log.
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import type { LaneFigures } from '#app/adapters/delegation-sink.ts';
import {
  PUBLISH_LAG_MAX_MS,
  PublishAlarm,
  watchPublishing,
} from '#app/adapters/register-metrics.ts';
import type { Log } from '#base/log.ts';

function lane(figures: Partial<LaneFigures> = {}): LaneFigures {
  return { tld: 'tld', openCount: 0, heldCount: 0, lagMs: 0, isHeld: false, ...figures };
}

it('shows lag, tasks, what is held and failures of each TLD', async () => {
  const registry = new Registry();
  const lanes = [
    lane({ lagMs: 1500, openCount: 3 }),
    lane({ tld: 'b', isHeld: true, heldCount: 7 }),
  ];
  watchPublishing(registry, { figures: () => lanes, failures: 2 });
  const text = await registry.metrics();
  expect(text.split('\n').filter((line) => line.startsWith('holdfast'))).toEqual([
    'holdfast_register_publish_lag_seconds{tld="tld"} 1.5',
    'holdfast_register_publish_lag_seconds{tld="b"} 0',
    'holdfast_register_open_tasks{tld="tld"} 3',
    'holdfast_register_open_tasks{tld="b"} 0',
    'holdfast_register_held_tasks{tld="tld"} 0',
    'holdfast_register_held_tasks{tld="b"} 7',
    'holdfast_register_brake{tld="tld"} 0',
    'holdfast_register_brake{tld="b"} 1',
    'holdfast_register_publish_failures_total 2',
  ]);
});

it('says once that a zone is late, and once that it has caught up', () => {
  const said: string[] = [];
  const note = (level: string) => (_facts: object, text: string) => said.push(`${level} ${text}`);
  const log = { error: note('error'), info: note('info') } as unknown as Log;
  let figures = lane({ lagMs: PUBLISH_LAG_MAX_MS - 1 });
  const alarm = new PublishAlarm({ figures: () => [figures], failures: 0 }, log);
  alarm.look();
  expect(said).toEqual([]);
  figures = lane({ lagMs: PUBLISH_LAG_MAX_MS });
  alarm.look();
  alarm.look();
  figures = lane();
  alarm.look();
  alarm.look();
  expect(said).toEqual([
    expect.stringMatching(/^error commands of registrars are not in the zone/),
    'info the zone has caught up with the register',
  ]);
});
