/**
 * The keys of `nameserver` that say what passes between name servers, and to whom.
 */
import { z } from 'zod';
import { checkAccessEntry } from '#dns/transfer/access-list.ts';
import { notifyTargets } from './notify-section.ts';
import { reading, section, uniqueList } from './schema-parts.ts';

const ENTRIES_MAX = 1000;
const CONCURRENT_MAX = 1000;

export function transferSection() {
  return section({
    allow: accessEntries().describe(
      'Who may transfer any zone: addresses, networks, `key:NAME`, `cert:NAME`, and these two ' +
        'with `@NETWORK` behind for both. A zone’s metadata may allow more. None: nobody.',
    ),
    tls: z
      .enum(['optional', 'required'], { error: 'write optional or required' })
      .default('optional')
      .describe('`required`: transfers are sent over TLS only (RFC 9103), and refused otherwise.'),
    concurrent: count()
      .default(32)
      .describe('Transfers sent at a time. More wait their turn, and at last are refused.'),
    concurrentPerClient: count().default(8).describe('Of them, those to one address.'),
    notify: notifyTargets().describe(
      'Name servers that are told of each new version of every zone (NOTIFY, RFC 1996): ' +
        '`ADDRESS:PORT`, with `key:NAME` behind it to sign, or ' +
        '`{ address, key, source, receipts }`. Receipts wait for them unless ' +
        '`receipts` is false. A zone’s `ALSO-NOTIFY` adds more.',
    ),
    notifyNs: z
      .boolean({ error: 'write true or false' })
      .default(true)
      .describe('Zones of kind `Master` tell the name servers of their NS records too.'),
  });
}

/** An access list, as access-list.ts of dns/transfer reads it; empty by default. */
export function accessEntries() {
  return uniqueList(
    reading('an address, a network, key:NAME or cert:NAME', checkAccessEntry),
    (entry) => entry.toLowerCase(),
  )
    .pipe(z.array(z.string()).max(ENTRIES_MAX))
    .default([]);
}

/** Nobody can show a certificate where none is asked for. */
export function refuseUnverifiedNames(
  parsed: {
    tls?: { clientCa?: string | undefined } | undefined;
    transfer: { allow: readonly string[] };
    update: { allow: readonly { entry: string }[] };
  },
  context: z.RefinementCtx,
): void {
  if (parsed.tls?.clientCa !== undefined) return;
  const lists = {
    transfer: parsed.transfer.allow,
    update: parsed.update.allow.map(({ entry }) => entry),
  };
  for (const [key, entries] of Object.entries(lists)) {
    const at = entries.findIndex((entry) => entry.startsWith('cert:'));
    if (at === -1) continue;
    const message = 'certificates are asked for with nameserver.tls.clientCa only; set it';
    context.addIssue({ code: 'custom', path: [key, 'allow', at], message });
  }
}

function count() {
  return z.int({ error: 'write a whole number' }).min(1).max(CONCURRENT_MAX);
}
