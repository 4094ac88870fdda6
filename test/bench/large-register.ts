/** Fills the store of a server that is to start with many names, each as EPP would have made it. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { STORE_FOLDER } from '#app/data-folder.ts';
import { openClock } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { systemRandom } from '#base/random.ts';
import { StoredRegister } from '#registry/db/stored-register.ts';
import { REGISTER } from '#registry/model/caller.ts';
import type { Domain } from '#registry/model/domain.ts';
import { openLevelStore } from '#store/level-store.ts';

const NAMES_PER_COMMAND = 500;
const YEAR_MS = 365 * 86_400_000;

/** `name-0.tld`, `name-1.tld`, … in the register, and nothing in the zone. */
export async function fillRegister(data: string, count: number): Promise<void> {
  await mkdir(data, { recursive: true });
  const clock = openClock({ kind: 'system' });
  const store = await openLevelStore(join(data, STORE_FOLDER));
  const parts = { store, clock, random: systemRandom(), log: silentLog() };
  const register = await StoredRegister.open(parts);
  const receivedAtMs = clock.nowMs();
  for (let first = 0; first < count; first += NAMES_PER_COMMAND) {
    const size = Math.min(NAMES_PER_COMMAND, count - first);
    const names = Array.from({ length: size }, (_, at) => `name-${first + at}.tld`);
    const caller = { registrar: REGISTER, svTrid: `fill-${first}`, receivedAtMs };
    const keys = names.map((name) => `domain/${name}` as const);
    await register.run(caller, 'domain:create', keys, async (draft) => {
      for (const name of names) {
        draft.putDomain(domainOf(name, draft.newRoid('D', 'TLD'), receivedAtMs));
      }
    });
  }
  await register.close();
  await store.close();
}

function domainOf(name: string, roid: string, nowMs: number): Domain {
  return {
    roid,
    name,
    tld: 'tld',
    contacts: [],
    nameservers: ['ns1.host.example', 'ns2.host.example'],
    ds: [],
    statuses: [],
    periods: [],
    sponsor: 'demo-rar',
    createdBy: 'demo-rar',
    createdAtMs: nowMs,
    expiresAtMs: nowMs + YEAR_MS,
  };
}
