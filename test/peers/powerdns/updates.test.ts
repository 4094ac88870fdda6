// The same random UPDATE messages to our server and to PowerDNS, which the same metadata of the zone
// lets in (ALLOW-DNSUPDATE-FROM): the same RCODE to each, the same serial and records afterwards.
// HOLDFAST_UPDATES sets how many, for a long run.
import { describe, expect, it } from 'vitest';
import { seededRandom } from '#base/random.ts';
import { readEnvironmentNumber } from '../../kit/environment-number.ts';
import { peersMissing } from '../../kit/peers.ts';
import { POWERDNS_PROGRAM } from '../../kit/powerdns-peer.ts';
import { writeUpdate } from '../../kit/update-message.ts';
import { UPDATED_ZONE, UPDATED_ZONE_TEXT } from '../differential/updates.ts';
import { makeAgreedUpdate } from './agreed-updates.ts';
import { openUpdatePair } from './update-pair.ts';

const UPDATES = readEnvironmentNumber('HOLDFAST_UPDATES', 400);
const SEED = readEnvironmentNumber('HOLDFAST_DIFFERENTIAL_SEED', 1);
/** Updates between two looks at the whole zone. */
const LOOK_EVERY = 10;
const WRONG_MAX = 5;
/** Far from the end of the serials, where PowerDNS goes on with 0 and we with 1. */
const TEXT = UPDATED_ZONE_TEXT.replace('4294967200', '100');

describe.skipIf(peersMissing(POWERDNS_PROGRAM))(`${UPDATES} updates, seed ${SEED}`, () => {
  it('end alike here and in PowerDNS', { timeout: 60_000 + UPDATES * 50 }, async () => {
    const pair = await openUpdatePair(UPDATED_ZONE, TEXT);
    const random = seededRandom(SEED);
    const wrong: string[] = [];
    const rcodes = new Map<string, number>();
    let { theirs: serial } = await pair.serials();
    for (let index = 0; index < UPDATES && wrong.length < WRONG_MAX; index++) {
      const fields = makeAgreedUpdate(random, serial);
      const told = await pair.send(writeUpdate({ id: (index + 10) & 0xffff, ...fields }));
      const serials = await pair.serials();
      serial = serials.theirs;
      rcodes.set(told.theirs, (rcodes.get(told.theirs) ?? 0) + 1);
      if (told.ours !== told.theirs || serials.ours !== serials.theirs) {
        const said = `${JSON.stringify(told)} ${JSON.stringify(serials)}`;
        wrong.push(`update ${index}: ${said}\n  ${describeUpdate(fields)}`);
      }
      if (index % LOOK_EVERY > 0 && index < UPDATES - 1) continue;
      const { ours, theirs } = await pair.records();
      wrong.push(...ours.filter((one) => !theirs.includes(one)).map((one) => `only ours: ${one}`));
      wrong.push(
        ...theirs.filter((one) => !ours.includes(one)).map((one) => `only PowerDNS: ${one}`),
      );
    }
    expect(wrong.join('\n')).toBe('');
    // Each must have come up, or the messages are too tame.
    const all = ['FORMERR', 'NOERROR', 'NOTZONE', 'NXDOMAIN', 'NXRRSET', 'YXDOMAIN', 'YXRRSET'];
    expect([...rcodes.keys()].sort()).toEqual(all);
  });
});

function describeUpdate(fields: unknown): string {
  return JSON.stringify(fields, (_key, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
  );
}
