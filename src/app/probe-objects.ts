/**
 * What a probe process tests with, made before the first test: its objects in the register, which
 * then have to show in the directory services. A server that is away does not keep the process from
 * starting: it is tried again, and the tests meanwhile say what is wrong.
 */
import type { ProbeConfiguration } from '#app/config/configuration.ts';
import type { EppParts } from '#app/probe-services.ts';
import { repeatEvery } from '#app/repeat-every.ts';
import { errorMessage } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import { makeTestObjects } from '#sla/probe/epp/test-objects.ts';
import type { RddsTarget, RddsTester } from '#sla/probe/rdds/rdds-tester.ts';

const RETRY_MS = 10_000;
const SHOWN_LOOK_MS = 200;
/** For the services to show what was made; the first tests are not put off for longer. */
const SHOWN_WAIT_MS = 10_000;

export interface ObjectParts {
  probe: ProbeConfiguration;
  epp: EppParts;
  rdds: { targets: readonly RddsTarget[]; tester: RddsTester };
  log: Log;
}

/** Resolves when everything was made and is shown, or when that failed for the first time. */
export async function openTestObjects(
  { probe, epp, rdds, log }: ObjectParts,
  stack: AsyncDisposableStack,
): Promise<void> {
  const { account, clock, random, signal } = epp;
  const [server] = probe.epp?.addresses ?? [];
  if (probe.epp?.makeObjects !== true || account === undefined || server === undefined) return;
  const { domain, host, contact, contactTypes } = probe.epp;
  const domains = [domain, ...(probe.eppUpdate === undefined ? [] : [probe.eppUpdate.domain])];
  const tried = Promise.withResolvers<void>();
  let isMade = false;
  let madeCount = 0;
  const work = repeatEvery(RETRY_MS, async () => {
    if (isMade) return;
    try {
      const objects = { domains, host, contact, contactTypes };
      madeCount = await makeTestObjects(objects, { account, server, random, signal });
      isMade = true;
      if (madeCount > 0) log.info({ domains }, 'made the objects that tests speak of');
    } catch (error) {
      if (!signal.aborted) log.warn({ reason: errorMessage(error) }, 'tests lack their objects');
    }
    tried.resolve();
  });
  stack.defer(() => work.close());
  await tried.promise;
  if (madeCount === 0) return;
  const startUs = clock.monotonicUs();
  while (!(await rdds.tester.shows(rdds.targets, probe.rdds?.objects ?? []))) {
    if (signal.aborted || clock.monotonicUs() - startUs > SHOWN_WAIT_MS * 1000) return;
    await new Promise((resolve) => void setTimeout(resolve, SHOWN_LOOK_MS));
  }
}
