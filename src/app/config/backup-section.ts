/**
 * The key `backup`: when backups are made, where they go, how long each place keeps them, and to
 * whom they are encrypted. Secrets stand in files of their own, never in the configuration, which
 * goes into every backup.
 */
import { z } from 'zod';
import { cronSchedule, httpUrl, label, path, section, uniqueList } from './schema-parts.ts';

const BACKUPS_KEPT_MAX = 10_000;
const LOCATIONS_MAX = 16;
const RECIPIENTS_MAX = 16;
const SSH_PORT = 22;
const PORT_MAX = 65_535;

export type BackupConfiguration = z.output<ReturnType<typeof backupSection>>;
export type LocationConfiguration = BackupConfiguration['locations'][number];
export type S3Configuration = NonNullable<LocationConfiguration['s3']>;
export type SftpConfiguration = NonNullable<LocationConfiguration['sftp']>;

/** `backup`; `folder` is where the configuration lies. */
export function backupSection(folder: string) {
  return section({
    schedule: cronSchedule()
      .default('0 */6 * * *')
      .describe('When to make full backups: five cron fields, UTC.'),
    incremental: cronOrNever()
      .default('30 * * * *')
      .describe(
        'When to back up what changed since the last backup: five cron fields, UTC, or `never`.',
      ),
    drill: cronOrNever()
      .default('0 3 * * *')
      .describe(
        'When to restore the newest backup of each location into a scratch folder of `data`, to ' +
          'see that it can be: five cron fields, UTC, or `never`.',
      ),
    locations: uniqueList(locationSection(folder), ({ name }) => name)
      .pipe(z.array(z.custom<z.output<ReturnType<typeof locationSection>>>()).max(LOCATIONS_MAX))
      .default([])
      .describe('Where backups go; each works on its own. None: no backups.'),
    keep: keptCount(1)
      .default(28)
      .describe(
        'Full backups kept in each location, with the incremental ones between them; the last ' +
          'good one is never deleted.',
      ),
    daily: keptCount(0)
      .default(0)
      .describe('Of so many days the newest full backup is kept as well.'),
    weekly: keptCount(0).default(4).describe('Of so many weeks (from Monday), likewise.'),
    monthly: keptCount(0).default(3).describe('Of so many months, likewise.'),
    age: section({
      recipients: uniqueList(
        z
          .string({ error: 'write a public key of age' })
          .regex(/^age1[a-z0-9]{20,}$/, 'write a public key of age, age1…'),
        (recipient) => recipient,
      )
        .pipe(z.array(z.string()).min(1).max(RECIPIENTS_MAX))
        .describe('Public keys, `age1…`; each alone opens the backups.'),
      identityFile: path(folder)
        .optional()
        .describe(
          'File of a secret key, as `age-keygen` writes it, for drills and `backup verify` on ' +
            'this machine. None: they look at sizes and SHA-256 only, and no drill is made.',
        ),
    })
      .optional()
      .describe(
        'Encrypts all that a backup holds (https://age-encryption.org). None: keys lie in ' +
          'backups as they lie on the disk.',
      ),
  });
}

function locationSection(folder: string) {
  return section({
    name: label().describe('Name of the location, in commands and metrics.'),
    directory: path(folder)
      .optional()
      .describe('Folder that the backups go to; a second disk is one that is mounted there.'),
    s3: s3Section(folder).optional().describe('Bucket of an S3-compatible object store.'),
    sftp: sftpSection(folder).optional().describe('Folder on an SFTP server.'),
    keep: keptCount(1).optional().describe('In place of `backup.keep`.'),
    daily: keptCount(0).optional().describe('In place of `backup.daily`.'),
    weekly: keptCount(0).optional().describe('In place of `backup.weekly`.'),
    monthly: keptCount(0).optional().describe('In place of `backup.monthly`.'),
  }).superRefine(({ directory, s3, sftp }, context) => {
    const count = [directory, s3, sftp].filter((place) => place !== undefined).length;
    if (count === 1) return;
    const message = 'write one of directory, s3 and sftp';
    context.addIssue({ code: 'custom', path: [], message });
  });
}

function s3Section(folder: string) {
  return section({
    endpoint: httpUrl().describe('URL of the service, without the bucket.'),
    bucket: z
      .string({ error: 'write the name of a bucket' })
      .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'write the name of a bucket')
      .describe('The bucket; it must be there.'),
    prefix: z
      .string({ error: 'write a path' })
      .regex(/^[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)*$/, 'use letters, digits, dots, dashes and /')
      .optional()
      .describe('Put in front of every object’s name. None: nothing.'),
    region: z
      .string({ error: 'write a region' })
      .min(1)
      .default('us-east-1')
      .describe('Region that requests are signed for.'),
    accessKeyFile: path(folder).describe('File of the access key’s id.'),
    secretFile: path(folder).describe('File of its secret.'),
    pathStyle: z
      .boolean({ error: 'write true or false' })
      .default(true)
      .describe('True: the bucket is in the path. False: it is in the name of the host.'),
  });
}

function sftpSection(folder: string) {
  return section({
    host: z.string({ error: 'write a host' }).min(1).describe('Name or address of the server.'),
    port: z
      .int({ error: 'write a port' })
      .min(1)
      .max(PORT_MAX)
      .default(SSH_PORT)
      .describe('Its port.'),
    user: z.string({ error: 'write a user' }).min(1).describe('User to log in as.'),
    keyFile: path(folder).optional().describe('File of a private key without a passphrase.'),
    passwordFile: path(folder).optional().describe('File of a password, in place of `keyFile`.'),
    hostKey: z
      .string({ error: 'write a host key' })
      .regex(/^SHA256:|AAAA/, 'write SHA256:… or the key as a line of known_hosts')
      .describe(
        'The server’s key: `SHA256:…` as `ssh-keygen -lf` prints it, or its line in known_hosts.',
      ),
    directory: z
      .string({ error: 'write a path' })
      .min(1)
      .transform((text) => (text === '/' ? '' : text.replace(/\/+$/, '')))
      .describe('Folder on the server; one without a leading slash is below the user’s own.'),
  }).superRefine(({ keyFile, passwordFile }, context) => {
    if ((keyFile === undefined) !== (passwordFile === undefined)) return;
    const message = 'write one of keyFile and passwordFile';
    context.addIssue({ code: 'custom', path: [], message });
  });
}

function keptCount(least: number) {
  return z.int({ error: 'write a whole number' }).min(least).max(BACKUPS_KEPT_MAX);
}

/** A schedule, or `undefined` for the word `never`. */
function cronOrNever() {
  return z.union([z.literal('never'), cronSchedule()], {
    error: 'write five cron fields, or never',
  });
}
