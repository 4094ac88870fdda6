/**
 * Real programs that tests talk to. Where one is missing the tests that need it are skipped and
 * say so; under HOLDFAST_PEERS=required (CI) a missing one is a failure.
 */
import { execFileSync } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

const FOLDERS = ['/usr/bin', '/usr/sbin', '/bin', '/sbin', '/usr/local/bin', '/usr/local/sbin'];
const PACKAGES = new URL('../../.ci/packages', import.meta.url);

/** The program's path, or `undefined` where it is not installed. */
export function findPeer(program: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(':'), ...FOLDERS];
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * For `describe.skipIf(peersMissing(...))`: true if any of the programs is missing, said on
 * standard error. Throws instead when the environment demands them, and for a program that
 * `.ci/packages` does not have: a machine that checks a change would lack it.
 */
export function peersMissing(...programs: string[]): boolean {
  const packages = new Map(programs.map((program) => [program, packageOf(program)]));
  for (const program of programs) if (findPeer(program) !== undefined) packages.delete(program);
  return packages.size > 0 && saysMissing(packages);
}

/** The Debian package that brings a program. */
function packageOf(program: string): string {
  const lines = readFileSync(PACKAGES, 'utf8').split('\n');
  const words = lines.filter((line) => !line.startsWith('#')).map((line) => line.split(' '));
  const found = words.find((line) => line.includes(program, 1))?.[0];
  if (found === undefined) throw new Error(`.ci/packages: no line has ${program}; add it`);
  return found;
}

/** @param packages by what is missing. @returns true, where it does not throw */
function saysMissing(packages: ReadonlyMap<string, string>): true {
  const wanted = [...new Set(packages.values())].join(' ');
  const said = `needs ${[...packages.keys()].join(', ')}: apt-get install ${wanted}`;
  if (process.env['HOLDFAST_PEERS'] === 'required') throw new Error(`HOLDFAST_PEERS: ${said}`);
  process.stderr.write(`skipped: ${said}\n`);
  return true;
}

/** The same of Perl's Net::EPP, which is a module and no program. */
export function netEppMissing(): boolean {
  const module = 'Net::EPP';
  return (
    peersMissing('perl') || (!hasNetEpp() && saysMissing(new Map([[module, packageOf(module)]])))
  );
}

function hasNetEpp(): boolean {
  try {
    execFileSync('perl', ['-MNet::EPP::Simple', '-e', '1'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
