/**
 * A process to be killed: runs commands of one registrar on a register in argv[2], many at once, and
 * says each that was acknowledged on standard output, by its number.
 */
import process from 'node:process';
import { openClock } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { systemRandom } from '#base/random.ts';
import { StoredRegister } from '#registry/db/stored-register.ts';
import type { Domain } from '#registry/model/domain.ts';
import type { Registrar } from '#registry/model/registrar.ts';
import { openLevelStore } from '#store/level-store.ts';
import { sayNumber } from '../../kit/say-number.ts';

const [, , folder = '', first = '0'] = process.argv;
const store = await openLevelStore(folder);
const clock = openClock({ kind: 'system' });
const register = await StoredRegister.open({
  store,
  clock,
  random: systemRandom(),
  log: silentLog(),
});
let next = Number(first);

async function writeOn(): Promise<void> {
  for (;;) {
    const index = next;
    next += 1;
    const name = `n${index}.tld`;
    const caller = { registrar: 'alpha', svTrid: `SV-${index}`, receivedAtMs: 0 };
    const keys = [`domain/${name}`, 'registrar/alpha'] as const;
    await register.run(caller, 'domain:create', keys, async (draft) => {
      const registrar = await draft.registrar('alpha');
      const spent = (registrar?.balance.EUR ?? 0) - 1;
      draft.putRegistrar({ ...registrar, id: 'alpha', balance: { EUR: spent } } as Registrar);
      draft.putDomain({
        name,
        tld: 'tld',
        sponsor: 'alpha',
        nameservers: ['ns1.example'],
        contacts: [],
        periods: [],
        statuses: [],
        expiresAtMs: 1_000_000 + index,
      } as unknown as Domain);
      draft.touch('tld', name);
      draft.queue('alpha', name);
    });
    sayNumber(index);
  }
}

await Promise.all(Array.from({ length: 40 }, writeOn));
