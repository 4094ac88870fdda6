/**
 * The files beside the store that a server cannot start without: its configuration, every file that
 * is named there (keys, certificates, secrets, contracts), and what it made for itself in the data
 * folder. Keys of the configuration whose values are files are told by their names, so that a new
 * one is in backups without further doing; tests hold the names against the reference.
 *
 * What opens the backups (`backup.age.identityFile`) stays out of them.
 */
import { dirname, join, resolve } from 'node:path';
import type { BackupFiles } from '#app/backup-files.ts';
import type { Configuration } from '#app/config/configuration.ts';
import { isContractPath } from '#app/config/contract-path.ts';
import { EPP_FOLDER } from '#app/data-folder.ts';
import type { LeftOutFile } from '#store/backup/write-copy.ts';

/** Names of keys whose values are files. */
export const FILE_KEY = /^(file|certificate|key|ca|clientCa)$|File$/;

export function findBackupFiles(configuration: Configuration): BackupFiles {
  const { file, data, nameserver, servers, sla, probe, backup } = configuration;
  const named = new Set([...namedFiles(configuration), ...servers]);
  const contracts = [...(sla?.contracts ?? []), ...(probe === undefined ? [] : [probe.contract])];
  for (const contract of contracts.filter(isContractPath)) {
    named.add(resolve(dirname(file), contract));
  }
  const identity = backup.age?.identityFile;
  if (identity !== undefined) named.delete(identity);
  return {
    data,
    paths: [...named].sort(),
    folders: [join(data, EPP_FOLDER)],
    kept: keptOut(identity, nameserver?.zones),
  };
}

function keptOut(identity: string | undefined, zones: string | undefined): LeftOutFile[] {
  const kept: LeftOutFile[] = [];
  if (identity !== undefined) {
    kept.push({ path: identity, reason: 'opens the backups: bring it from where you keep it' });
  }
  if (zones !== undefined) {
    const reason = 'the zones are in the store: make it, empty or with your master files';
    kept.push({ path: zones, reason });
  }
  return kept;
}

/** At any depth; paths in a configuration that was loaded are absolute. */
function* namedFiles(section: object): Generator<string> {
  for (const [key, value] of Object.entries(section)) {
    if (typeof value === 'object' && value !== null) yield* namedFiles(value);
    else if (typeof value === 'string' && FILE_KEY.test(key) && value.startsWith('/')) yield value;
  }
}
