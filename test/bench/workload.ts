/**
 * The three workloads of docs/operations/performance.md: master files and the questions asked of
 * them. Made anew in a folder of the run's own, the same each time but for the signatures.
 */
import { execFileSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { seededRandom } from '#base/random.ts';
import { findPeer } from '../kit/peers.ts';

export interface Workload {
  name: string;
  /** Zone name with final dot, and the path of its master file `NAME.zone`. */
  zones: ReadonlyMap<string, string>;
  /** Folder that holds those files and nothing else. */
  folder: string;
  records: number;
  /** dnsperf's input. */
  queries: string;
  /** Asks for signatures. */
  dnssecOk: boolean;
}

export interface WorkloadSizes {
  hostingZones: number;
  tldDelegations: number;
  signedDelegations: number;
  queries: number;
}

export const FULL_SIZES: WorkloadSizes = {
  hostingZones: 10_000,
  tldDelegations: 1_000_000,
  signedDelegations: 200_000,
  queries: 200_000,
};

export const QUICK_SIZES: WorkloadSizes = {
  hostingZones: 100,
  tldDelegations: 10_000,
  signedDelegations: 2_000,
  queries: 5_000,
};

const SOA = 'SOA ns1.nic.tld. host.nic.tld. 1 7200 1800 1209600 300';

/** Small zones of ten records each; positive answers. */
export async function makeHosting(root: string, sizes: WorkloadSizes): Promise<Workload> {
  const folder = join(root, 'hosting');
  await mkdir(folder);
  const zones = new Map<string, string>();
  for (let index = 0; index < sizes.hostingZones; index++) {
    const path = join(folder, `z${index}.com.zone`);
    zones.set(`z${index}.com.`, path);
    const hosts = ['ns1', 'ns2', 'www', 'mail', 'ftp'].map((host) => `${host} A 192.0.2.7\n`);
    const text = `@ SOA ns1 host 1 7200 1800 1209600 300\n@ NS ns1\n@ NS ns2\n@ MX 10 mail\n`;
    await writeFile(
      path,
      `$ORIGIN z${index}.com.\n$TTL 3600\n${text}@ A 192.0.2.7\n${hosts.join('')}`,
    );
  }
  const questions = (draw: (bound: number) => number): string => {
    const [host, type] = [
      ['www.', 'A'],
      ['', 'MX'],
      ['mail.', 'A'],
      ['', 'A'],
    ][draw(4)];
    return `${host}z${draw(sizes.hostingZones)}.com ${type}`;
  };
  const queries = await writeQueries(join(root, 'hosting.queries'), sizes.queries, questions);
  const records = sizes.hostingZones * 10;
  return { name: 'hosting', zones, folder, records, queries, dnssecOk: false };
}

/** Delegations, every fifth with glue: 70 % referrals, 10 % DS, 20 % names that do not exist. */
export async function makeTld(root: string, sizes: WorkloadSizes): Promise<Workload> {
  const folder = join(root, 'tld');
  await mkdir(folder);
  const path = join(folder, 'tld.zone');
  const count = sizes.tldDelegations;
  await writeDelegations(path, count, () => '');
  const questions = (draw: (bound: number) => number): string => {
    const kind = draw(10);
    if (kind < 7) return `www.d${draw(count)}.tld A`;
    return kind < 8 ? `d${draw(count)}.tld DS` : `x${draw(count)}.tld A`;
  };
  const queries = await writeQueries(join(root, 'tld.queries'), sizes.queries, questions);
  const zones = new Map([['tld.', path]]);
  const records = 5 + Math.round(count * 2.4);
  return { name: 'TLD', zones, folder, records, queries, dnssecOk: false };
}

/** Signed with NSEC3 and opt-out, every tenth delegation with DS; DO set, half do not exist. */
export async function makeSigned(root: string, sizes: WorkloadSizes): Promise<Workload> {
  const folder = join(root, 'signed');
  const work = join(root, 'signing');
  await mkdir(folder);
  await mkdir(work);
  const count = sizes.signedDelegations;
  const digest = 'ab'.repeat(32);
  const unsigned = join(work, 'unsigned');
  await writeDelegations(unsigned, count, (index) =>
    index % 10 === 0 ? `d${index} DS 1 13 2 ${digest}\n` : '',
  );
  const options = { cwd: work, encoding: 'utf8' as const };
  const key = execFileSync(
    program('ldns-keygen'),
    ['-a', 'ECDSAP256SHA256', 'tld'],
    options,
  ).trim();
  const path = join(folder, 'tld.zone');
  execFileSync(
    program('ldns-signzone'),
    ['-n', '-p', '-t', '0', '-f', path, unsigned, key],
    options,
  );
  const records = Number(execFileSync('grep', ['-c', '-v', '^;', path], options));
  const questions = (draw: (bound: number) => number): string =>
    draw(2) === 0 ? `www.d${draw(count)}.tld A` : `x${draw(count)}.tld A`;
  const queries = await writeQueries(join(root, 'signed.queries'), sizes.queries, questions);
  const zones = new Map([['tld.', path]]);
  return { name: 'signed', zones, folder, records, queries, dnssecOk: true };
}

function program(name: string): string {
  const found = findPeer(name);
  if (found === undefined) throw new Error(`needs ${name}: apt-get install ldnsutils`);
  return found;
}

async function writeDelegations(
  path: string,
  count: number,
  extra: (index: number) => string,
): Promise<void> {
  const file = createWriteStream(path);
  let text = `$ORIGIN tld.\n$TTL 3600\n@ ${SOA}\n@ NS ns1.nic\n@ NS ns2.nic\n`;
  text += 'ns1.nic A 192.0.2.1\nns2.nic A 192.0.2.2\n';
  for (let index = 0; index < count; index++) {
    const owner = `d${index}`;
    const host = index % 5 === 0 ? owner : `host${index % 1000}.example.`;
    text += `${owner} NS ns1.${host}\n${owner} NS ns2.${host}\n${extra(index)}`;
    if (index % 5 === 0) text += `ns1.${owner} A 192.0.2.53\nns2.${owner} A 192.0.2.54\n`;
    if (text.length < 1 << 20) continue;
    file.write(text);
    text = '';
  }
  file.end(text);
  await finished(file);
}

async function writeQueries(
  path: string,
  count: number,
  question: (draw: (bound: number) => number) => string,
): Promise<string> {
  const random = seededRandom(3);
  const draw = (bound: number): number => random.below(bound);
  const lines = Array.from({ length: count }, () => question(draw));
  await writeFile(path, `${lines.join('\n')}\n`);
  return path;
}
