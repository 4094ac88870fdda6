/** `sla.source`: the Prometheus that the sidecar reads servers' and probes' metrics from. */
import { z } from 'zod';
import { httpUrl, section, uniqueList } from './schema-parts.ts';

const JOBS_MAX = 32;
const JOB_NAME_SIZE_MAX = 200;
/** As config/prometheus/prometheus.yml calls them. */
const JOBS_DEFAULT = ['holdfast', 'holdfast-probe'];

export function sourceSection() {
  return section({
    prometheus: httpUrl().describe('URL of the Prometheus server, up to its `/api`.'),
    jobs: uniqueList(
      z.string({ error: 'write the name of a job' }).min(1).max(JOB_NAME_SIZE_MAX),
      (name) => name,
    )
      .pipe(z.array(z.string()).min(1).max(JOBS_MAX))
      .prefault(JOBS_DEFAULT)
      .describe('Its jobs that scrape name servers and probes, every 30 s at most.'),
  });
}

/** Metrics come from one place. */
export function refuseTwoSources(
  parsed: { source?: unknown; scrape?: unknown },
  context: z.RefinementCtx,
): void {
  if (parsed.source === undefined || parsed.scrape === undefined) return;
  const message = 'metrics are read from sla.source; remove one of them';
  context.addIssue({ code: 'custom', path: ['scrape'], message });
}
