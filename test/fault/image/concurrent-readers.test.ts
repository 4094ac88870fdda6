// One writer changes, replaces and reclaims as fast as it can while threads read: no answer mixes
// two versions of a zone, whatever memory is reused meanwhile.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseName } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import type { Rrset } from '#dns/zone/rrset.ts';
import { makeRrset } from '../../kit/arbitrary-zones.ts';
import { makeWriter } from '../../kit/image-fixture.ts';
import type { WatcherReport, WatcherStart } from '../../kit/image-watcher.ts';

const READERS = 2;
const DURATION_MS = 2000;
/** How long slow starting threads on a busy machine are waited for. */
const DURATION_MS_MAX = 25_000;
const ANSWERS_MIN = 2000;
const VERSIONS_MIN = 20;
const APEX = parseName('x.');

/** Every TTL and the serial is the version; `flip.ent.x.` exists in odd versions only. */
function versionRrsets(version: number): Rrset[] {
  const soa = `ns.x. host.x. ${version} 7200 1800 1209600 99999999`;
  const rrsets = [
    makeRrset('x.', TYPE.SOA, [soa], version),
    makeRrset('alias.x.', TYPE.CNAME, ['target.x.'], version),
    makeRrset('target.x.', TYPE.A, ['192.0.2.1', '192.0.2.2'], version),
    makeRrset('cut.x.', TYPE.NS, ['ns.cut.x.', 'ns2.cut.x.'], version),
    makeRrset('ns.cut.x.', TYPE.A, ['192.0.2.3'], version),
    makeRrset('ns2.cut.x.', TYPE.AAAA, ['2001:db8::1'], version),
    makeRrset('*.wild.x.', TYPE.A, ['192.0.2.4'], version),
  ];
  if (version % 2 === 1) rrsets.push(makeRrset('flip.ent.x.', TYPE.TXT, ['"here"'], version));
  return rrsets;
}

describe('an image that is read while it is written', () => {
  it('shows every query one version of its zone', { timeout: 60_000 }, async () => {
    const writer = makeWriter(2 << 20);
    const publish = (version: number): void => {
      const load = writer.loadZone(APEX);
      for (const rrset of versionRrsets(version)) load.add(rrset);
      load.publish();
    };
    publish(1);
    const control = new SharedArrayBuffer(4 * (1 + 2 * READERS));
    const progress = new Int32Array(control);
    const watchers = Array.from({ length: READERS }, (_, slot) => {
      const start: WatcherStart = { image: writer.image, slot, control };
      const url = new URL('../../kit/image-watcher.ts', import.meta.url);
      return new Worker(url, { workerData: start });
    });
    onTestFinished(async () => {
      await Promise.all(watchers.map((watcher) => watcher.terminate()));
    });
    const reports = watchers.map(async (watcher) => {
      const [report] = (await once(watcher, 'message')) as [WatcherReport];
      return report;
    });
    const startedAt = performance.now();
    const isEnough = (): boolean => {
      const elapsedMs = performance.now() - startedAt;
      const haveSeenEnough = watchers.every((_, slot) => {
        const answers = Atomics.load(progress, 1 + 2 * slot);
        const versions = Atomics.load(progress, 2 + 2 * slot);
        return answers < 0 || (answers > ANSWERS_MIN && versions > VERSIONS_MIN);
      });
      return elapsedMs > DURATION_MS_MAX || (elapsedMs > DURATION_MS && haveSeenEnough);
    };
    let version = 1;
    while (!isEnough()) {
      for (let step = 0; step < 50; step++) {
        version += 1;
        if (version % 17 === 0) publish(version);
        else {
          const edits = versionRrsets(version).map((rrset) => ({ ...rrset, rrset }));
          const gone = { owner: parseName('flip.ent.x.'), type: TYPE.TXT };
          writer.apply(APEX, version % 2 === 0 ? [...edits, gone] : edits);
        }
        writer.reclaim(1);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    Atomics.store(progress, 0, 1);
    const results = await Promise.all(reports);
    expect(results.map(({ fault }) => fault)).toEqual([undefined, undefined]);
    for (const { answers, versionsSeen } of results) {
      expect(answers).toBeGreaterThan(ANSWERS_MIN);
      expect(versionsSeen).toBeGreaterThan(VERSIONS_MIN);
    }
    while (writer.reclaim(10));
    expect(writer.statistics().retired).toBe(0);
    expect(writer.statistics().bytesUsed).toBeLessThan(4096);
  });
});
