/**
 * Messages as HTTP requests, signed as the Standard Webhooks specification has it
 * (https://www.standardwebhooks.com): `webhook-id`, `webhook-timestamp` in Unix seconds, and
 * `webhook-signature`, `v1,` and the base64 of HMAC-SHA256 over `ID.TIMESTAMP.BODY`. The id is the
 * message's through all attempts: whoever has taken it can ignore it. Any 2xx status takes it.
 */
import { createHmac } from 'node:crypto';
import type { Clock } from '#base/clock.ts';
import { requestReason } from '#base/coded-error.ts';
import type { Channel } from './deliveries.ts';
import { DeliveryError } from './incident-error.ts';
import { formatHeadline } from './notice-text.ts';

/** Statuses that speak of this very request; others may be put right by somebody. */
const REFUSALS: ReadonlySet<number> = new Set([400, 413, 415, 422]);

export interface WebhookOptions {
  url: string;
  /** `whsec_` and base64, or any text; without one requests are not signed. */
  secret: string | undefined;
  clock: Clock;
}

export function webhookChannel({ url, secret, clock }: WebhookOptions): Channel {
  return async (message, attempt, signal) => {
    const notices = message.notices.map((notice) => {
      return { ...notice, summary: formatHeadline(notice) };
    });
    const body = JSON.stringify({ schema: 1, ...message, attempt, notices });
    const timestamp = String(Math.floor(clock.nowMs() / 1000));
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'holdfast',
      'webhook-id': message.id,
      'webhook-timestamp': timestamp,
      ...(secret === undefined
        ? {}
        : { 'webhook-signature': signatureOf(secret, `${message.id}.${timestamp}.${body}`) }),
    };
    let response: Response;
    try {
      response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal });
      await response.body?.cancel();
    } catch (error) {
      throw new DeliveryError(`${hostOf(url)}: ${requestReason(error)}`, { cause: error });
    }
    if (response.ok) return '';
    const isRefusal = REFUSALS.has(response.status);
    throw new DeliveryError(`${hostOf(url)}: status ${response.status}`, { isRefusal });
  };
}

function signatureOf(secret: string, content: string): string {
  const key = secret.startsWith('whsec_')
    ? Buffer.from(secret.slice('whsec_'.length), 'base64')
    : Buffer.from(secret, 'utf8');
  return `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
}

/** URLs of webhooks are secrets more often than not: only the host goes into logs and pages. */
function hostOf(url: string): string {
  return new URL(url).host;
}
