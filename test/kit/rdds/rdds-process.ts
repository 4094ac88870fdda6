/** `holdfast rdds` as operators run it: a process of its own that follows a register of the test's. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { HoldfastProcess } from '../holdfast-process.ts';
import { REPLICA_KEY } from './register-door.ts';

export interface RddsPlace {
  folder: string;
  config: string;
  whoisPort: number;
  url: string;
  secureUrl: string;
}

/** Writes a configuration with free ports. @param primary URL of the register's door */
export async function makeRddsFolder(folder: string, primary: string): Promise<RddsPlace> {
  const [whois, http, https] = [await freePort(), await freePort(), await freePort()];
  const config = join(folder, 'rdds.yaml');
  await writeFile(join(folder, 'rdds.key'), `${REPLICA_KEY}\n`, { mode: 0o600 });
  await writeFile(
    config,
    `data: ./data
rdds:
  listen: { whois: "127.0.0.1:${whois}", http: "127.0.0.1:${http}", https: "127.0.0.1:${https}" }
  primary: ${primary}
  keyFile: rdds.key
`,
  );
  const [url, secureUrl] = [`http://127.0.0.1:${http}`, `https://127.0.0.1:${https}`];
  return { folder, config, whoisPort: whois, url, secureUrl };
}

/** Resolves when it is ready; killed when the test ends. */
export async function startRddsProcess({ config }: RddsPlace): Promise<HoldfastProcess> {
  const replica = new HoldfastProcess(['rdds', '--config', config]);
  await replica.ready();
  return replica;
}
