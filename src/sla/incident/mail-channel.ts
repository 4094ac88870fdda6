/**
 * Messages as e-mail. The message id is made of the message's, so a mail that is sent again can be
 * known as the same one; `Auto-Submitted` (RFC 3834) keeps vacation notices from answering it. The
 * evidence of an escalation is attached, as long as mail servers take its size.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport, type SMTPTransportOptions } from 'nodemailer';
import { errorMessage } from '#base/coded-error.ts';
import type { Channel } from './deliveries.ts';
import { DeliveryError } from './incident-error.ts';
import type { EvidenceFile, Message } from './notice.ts';
import { formatSubject, formatText } from './notice-text.ts';

/** Mail servers commonly take 10 MB, and an attachment grows by a third on its way. */
export const ATTACHED_SIZE_MAX = 5_000_000;
const CONNECT_TIMEOUT_MS = 10_000;

/** How to reach the mail server. */
export interface MailServer {
  host: string;
  port: number;
  /** `required`: STARTTLS or nothing. `implicit`: TLS from the start. `none`: plain. */
  tls: 'implicit' | 'required' | 'opportunistic' | 'none';
  user: string | undefined;
  password: string | undefined;
  from: string;
}

export interface MailChannelOptions {
  server: MailServer;
  to: readonly string[];
  evidenceFolder: string;
}

export function mailChannel({ server, to, evidenceFolder }: MailChannelOptions): Channel {
  const { host, port, tls, user, password, from } = server;
  const domain = from.replace(/^.*@/, '').replace(/>$/, '');
  const options: SMTPTransportOptions = {
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'required',
    ignoreTLS: tls === 'none',
    // Opportunistic encryption is better than none, whoever holds the certificate (RFC 7435).
    ...(tls === 'opportunistic' ? { tls: { rejectUnauthorized: false } } : {}),
    ...(user === undefined ? {} : { auth: { user, pass: password ?? '' } }),
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: CONNECT_TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
  return async (message, attempt, signal) => {
    const attachments = await attachmentsOf(message, evidenceFolder);
    const transport = createTransport(options);
    const cut = Promise.withResolvers<never>();
    const onAbort = (): void => cut.reject(new Error('no answer in time'));
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const sent = transport.sendMail({
        from,
        to: [...to],
        subject: formatSubject(message),
        text: formatText(message, attempt),
        messageId: `<${message.id}@${domain}>`,
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Holdfast-Message': message.id },
        attachments,
      });
      const { rejected } = await Promise.race([sent, cut.promise]);
      // Some have it: sending it again would be to them too.
      return rejected.length === 0 ? '' : `refused for ${rejected.map(addressOf).join(', ')}`;
    } catch (error) {
      throw new DeliveryError(`${host}:${port}: ${errorMessage(error)}`, {
        cause: error,
        isRefusal: isRefusal(error),
      });
    } finally {
      signal.removeEventListener('abort', onAbort);
      transport.close();
    }
  };
}

function addressOf(recipient: string | { address: string }): string {
  return typeof recipient === 'string' ? recipient : recipient.address;
}

/** 5yz to the recipients or the message; a login that is refused may be put right. */
function isRefusal(error: unknown): boolean {
  const { responseCode, command } = error as { responseCode?: unknown; command?: unknown };
  if (typeof responseCode !== 'number' || responseCode < 500) return false;
  return command === 'RCPT TO' || command === 'DATA' || command === 'MAIL FROM';
}

async function attachmentsOf(message: Message, folder: string) {
  const files: EvidenceFile[] = message.notices.flatMap((notice) =>
    notice.kind === 'escalation' && notice.evidence !== null ? [notice.evidence] : [],
  );
  let room = ATTACHED_SIZE_MAX;
  const attachments: { filename: string; content: Buffer; contentType: string }[] = [];
  for (const { file, size } of files) {
    if (size > room) continue;
    room -= size;
    // Deleted meanwhile: the mail names it and its digest all the same.
    const content = await readFile(join(folder, file)).catch(() => undefined);
    if (content === undefined) continue;
    attachments.push({ filename: file, content, contentType: 'application/json' });
  }
  return attachments;
}
