/**
 * Real programs that tests talk to. Where one is missing the tests that need it are skipped and
 * say so; under HOLDFAST_PEERS=required (CI) a missing one is a failure.
 */
import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

const FOLDERS = ['/usr/bin', '/usr/sbin', '/bin', '/sbin', '/usr/local/bin', '/usr/local/sbin'];

const PACKAGES =
  'dnsutils bind9 bind9-utils knot knot-dnsutils nsd unbound prometheus systemd ' +
  'pdns-server pdns-backend-sqlite3 lego certbot python3-certbot-dns-rfc2136 lexicon pebble openssh-server age zstd strace libnet-epp-perl libxml2-utils chromium whois curl';

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
 * standard error. Throws instead when the environment demands them.
 */
export function peersMissing(...programs: string[]): boolean {
  const missing = programs.filter((program) => findPeer(program) === undefined);
  if (missing.length === 0) return false;
  const said = `needs ${missing.join(', ')}: apt-get install ${PACKAGES}`;
  if (process.env['HOLDFAST_PEERS'] === 'required') throw new Error(`HOLDFAST_PEERS: ${said}`);
  process.stderr.write(`skipped: ${said}\n`);
  return true;
}

/** The same of Perl's Net::EPP, which is a module and no program. */
export function netEppMissing(): boolean {
  return peersMissing('perl') || (!hasNetEpp() && peersMissing('libnet-epp-perl'));
}

function hasNetEpp(): boolean {
  try {
    execFileSync('perl', ['-MNet::EPP::Simple', '-e', '1'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
