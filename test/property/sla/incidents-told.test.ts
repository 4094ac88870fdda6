/** Whatever happens and whenever the sidecar restarts: every incident is told, once, in its order. */
import * as fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { monthOf } from '#base/month.ts';
import { SUBJECT_INCIDENTS_MAX } from '#sla/incident/review.ts';
import { nameIncident, subjectOf } from '#sla/incident/standing.ts';
import { dnsStory, topologyOf } from '../../kit/sla-evidence.ts';
import { Watch } from '../../kit/sla-watch.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const START = '2026-10-05T10:00:00Z';
const CYCLES_MAX = 24;

const anyStory = fc
  .array(fc.constantFrom('U', 'U', 'D', 'D', 'D', '.', '?'), {
    minLength: 5,
    maxLength: CYCLES_MAX,
  })
  .map((states) => states.join(''));
/** Minutes in which nothing is reviewed, and those before which the sidecar restarts. */
const anyMinutes = fc.uniqueArray(fc.nat({ max: CYCLES_MAX + 5 }), { maxLength: 12 });

/** What is told of the `count`th incident of a subject. */
function wanted(count: number, end: string | null): RegExp {
  if (count > SUBJECT_INCIDENTS_MAX) return /^$/;
  return end === null ? /^incident-opened$/ : /^(?:incident-opened )?incident-resolved$/;
}

describe('incidents', () => {
  it('are told once each, opened before resolved, whatever the moments of reviews', async () => {
    const folder = await temporaryFolder();
    let run = 0;
    const check = async (story: string, idle: number[], restarts: number[]): Promise<void> => {
      const watch = new Watch(`${folder}/${run++}`);
      onTestFinished(() => watch.outbox?.close());
      watch.add([topologyOf(2, '2026-10-01T00:00:00Z'), ...dnsStory(START, story)]);
      const told = new Map<string, string[]>();
      let nowMs = 0;
      for (let minute = 3; minute <= CYCLES_MAX + 6; minute++) {
        if (idle.includes(minute) && minute <= CYCLES_MAX + 5) continue;
        if (restarts.includes(minute)) await watch.reopen();
        nowMs = Date.parse(START) + minute * 60_000;
        for (const { notices } of await watch.at(new Date(nowMs).toISOString())) {
          for (const notice of notices) {
            if (!('incident' in notice)) continue;
            const name = nameIncident(notice.incident);
            told.set(name, [...(told.get(name) ?? []), notice.kind]);
          }
        }
      }
      const found = watch.scorer.score(monthOf(nowMs), nowMs).incidents;
      const counts = new Map<string, number>();
      for (const incident of found) {
        const subject = subjectOf(incident);
        counts.set(subject, (counts.get(subject) ?? 0) + 1);
        const said = told.get(nameIncident(incident)) ?? [];
        expect(said.join(' ')).toMatch(wanted(counts.get(subject) ?? 0, incident.end));
      }
      expect(
        [...told.keys()].filter((name) => !found.some((each) => nameIncident(each) === name)),
      ).toEqual([]);
      await watch.outbox?.close();
      watch.outbox = undefined;
    };
    await fc.assert(fc.asyncProperty(anyStory, anyMinutes, anyMinutes, check), { numRuns: 10 });
  }, 60_000);
});
