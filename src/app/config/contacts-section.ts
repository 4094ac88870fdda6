/**
 * `sla.contacts` and `sla.mail`: who is told of incidents, emergency shares, escalations and
 * superseded figures, and the mail server that mails go through.
 */
import { z } from 'zod';
import { NOTICE_GROUPS } from '#sla/incident/notice.ts';
import { httpUrl, label, path, section, uniqueList } from './schema-parts.ts';

const CONTACTS_MAX = 64;
const RECIPIENTS_MAX = 16;
/** Submission (RFC 6409). */
const PORT_DEFAULT = 587;
const PORT_MAX = 65_535;

export type ContactConfiguration = z.output<ReturnType<typeof contact>>;
export type MailConfiguration = z.output<ReturnType<typeof mailSection>>;

export function contactsSection(folder: string) {
  return uniqueList(contact(folder), ({ name }) => name)
    .pipe(z.array(z.custom<ContactConfiguration>()).max(CONTACTS_MAX))
    .default([]);
}

function contact(folder: string) {
  return section({
    name: label().describe('Name of the contact, in logs and metrics.'),
    contracts: z
      .array(z.string().min(1), { error: 'write a list of ids' })
      .min(1)
      .optional()
      .describe('Ids of the contracts of which it is told. None: of every one.'),
    receives: z
      .array(z.enum(NOTICE_GROUPS, { error: `write any of ${NOTICE_GROUPS.join(', ')}` }))
      .min(1)
      .prefault([...NOTICE_GROUPS])
      .describe(
        'What it is told of: `incidents`, `alarms` (levels of the emergency share, backups that ' +
          'are lacking), `escalations` (the same for emergency operations, with evidence; held ' +
          'back while a contract says so), `corrections` (superseded figures).',
      ),
    email: z
      .array(emailAddress(), { error: 'write a list of mail addresses' })
      .min(1)
      .max(RECIPIENTS_MAX)
      .optional()
      .describe('Mail addresses; needs `sla.mail`.'),
    webhook: section({
      url: httpUrl().describe('URL that messages are posted to.'),
      secretFile: path(folder)
        .optional()
        .describe(
          'File of the secret that signs them, as Standard Webhooks has it. None: unsigned.',
        ),
    })
      .optional()
      .describe('A program to tell instead of people.'),
  }).superRefine(({ email, webhook }, context) => {
    if ((email === undefined) !== (webhook === undefined)) return;
    context.addIssue({ code: 'custom', message: 'write either email or webhook' });
  });
}

export function mailSection(folder: string) {
  return section({
    host: z.string({ error: 'write a host' }).min(1).describe('Name or address of the server.'),
    port: z
      .int({ error: 'write a port' })
      .min(1)
      .max(PORT_MAX)
      .default(PORT_DEFAULT)
      .describe('Its port.'),
    tls: z
      .enum(['implicit', 'required', 'opportunistic', 'none'])
      .default('required')
      .describe(
        '`required`: STARTTLS with a good certificate or no mail; `implicit`: TLS from the start ' +
          '(port 465); `opportunistic`: STARTTLS if it is offered, whatever the certificate; ' +
          '`none`: plain.',
      ),
    user: z.string().min(1).optional().describe('User to log in as. None: no login.'),
    passwordFile: path(folder).optional().describe('File of the password.'),
    from: emailAddress().describe('Sender of the mails.'),
  }).superRefine(({ user, passwordFile }, context) => {
    if ((user === undefined) === (passwordFile === undefined)) return;
    context.addIssue({ code: 'custom', message: 'write user and passwordFile, or neither' });
  });
}

function emailAddress() {
  return z.email({ error: 'write a mail address' });
}

/** Contacts by mail need a server. */
export function refuseMailWithoutServer(
  sla: { contacts: readonly ContactConfiguration[]; mail?: MailConfiguration | undefined },
  context: z.RefinementCtx,
): void {
  if (sla.mail !== undefined) return;
  for (const [at, { email }] of sla.contacts.entries()) {
    if (email === undefined) continue;
    const message = 'sla.mail says no server; add it';
    context.addIssue({ code: 'custom', path: ['contacts', at, 'email'], message });
  }
}
