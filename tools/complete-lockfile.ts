/**
 * Adds to package-lock.json the platform packages that npm left out. A registry mirror that does
 * not carry other platforms' binaries makes npm drop them from the lockfile, and then `npm ci`
 * refuses it ("Missing: … from lock file"). What is added names version and platform, so npm skips
 * it where it does not fit. Run after `npm install`; test/documents/lockfile.test.ts fails when it
 * was forgotten.
 */
import { readFile, writeFile } from 'node:fs/promises';
import process from 'node:process';

interface LockEntry {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

interface Lockfile {
  packages: Record<string, LockEntry>;
}

const LOCKFILE = new URL('../package-lock.json', import.meta.url);

/** As npm's `os` field names them; found as a word in the package's name. */
const SYSTEMS = 'aix android darwin freebsd linux netbsd openbsd openharmony sunos win32'.split(
  ' ',
);
/** As npm's `cpu` field names them; longer ones first, since some begin with others. */
const PROCESSORS = 'arm64 arm ia32 loong64 mips64el ppc64 riscv64 s390x wasm32 x64'.split(' ');

/** Entries that `lock` lacks, by path. */
export function missingEntries(lock: Lockfile): Map<string, LockEntry> {
  const missing = new Map<string, LockEntry>();
  for (const parent of Object.values(lock.packages)) {
    for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
      const path = `node_modules/${name}`;
      if (lock.packages[path] !== undefined || !/^\d/.test(version)) continue;
      missing.set(path, entryOf(name, version, parent.dev === true));
    }
  }
  return missing;
}

function entryOf(name: string, version: string, dev: boolean): LockEntry {
  const system = SYSTEMS.find((word) => new RegExp(`[/-]${word}(-|$)`).test(name));
  const processor = PROCESSORS.find((word) => new RegExp(`[/-]${word}`).test(name));
  const libc = /musl/.test(name) ? 'musl' : /gnu/.test(name) ? 'glibc' : undefined;
  return {
    version,
    ...(processor !== undefined && { cpu: [processor] }),
    ...(dev && { dev }),
    ...(libc !== undefined && { libc: [libc] }),
    optional: true,
    ...(system !== undefined && { os: [system] }),
  };
}

if (import.meta.main) {
  const lock = JSON.parse(await readFile(LOCKFILE, 'utf8')) as Lockfile;
  const missing = missingEntries(lock);
  const packages = Object.entries({ ...lock.packages, ...Object.fromEntries(missing) });
  packages.sort(([a], [b]) => (a < b ? -1 : 1));
  lock.packages = Object.fromEntries(packages);
  await writeFile(LOCKFILE, `${JSON.stringify(lock, null, 2)}\n`);
  process.stdout.write(`added ${missing.size} platform packages\n`);
}
