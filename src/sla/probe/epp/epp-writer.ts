/**
 * Changes through EPP, as a registrar makes them: the time in the name of a name server of a domain
 * that exists for this, `t1790812800000.ns.probe.example`. It has to appear in the zone above the
 * domain and in every directory service.
 *
 *   host:create new -> domain:info -> domain:update +new -old (timed from here) -> host:delete old
 */
import type { Clock } from '#base/clock.ts';
import { CodedError, errorMessage } from '#base/coded-error.ts';
import type { Random } from '#base/random.ts';
import type { ListenAddress } from '#net/listen-address.ts';
import type { DnsTarget } from '../dns-tester.ts';
import type { RddsTarget, RddsTester } from '../rdds/rdds-tester.ts';
import { dnsPlaces, rddsPlaces, type ServedPlace } from '../served-place.ts';
import { AttemptFailure, attempt } from '../timed-attempt.ts';
import type { ConfirmedChange, UpdateWriter } from '../update-test.ts';
import { type EppAccount, EppClient, loginOf } from './epp-account.ts';
import {
  domainInfo,
  domainNameservers,
  hostCreate,
  hostDelete,
  isDone,
  nameserversIn,
  OBJECT_EXISTS,
} from './epp-commands.ts';

export interface EppWriterParts {
  account: EppAccount;
  /** Of the EPP server; changes go to the first. */
  addresses: readonly ListenAddress[];
  /** The domain whose name servers change, without its final dot. */
  domain: string;
  /** Below it the host names are made, without its final dot. */
  hostsBelow: string;
  targets: readonly DnsTarget[];
  rdds: { targets: readonly RddsTarget[]; tester: RddsTester } | undefined;
  clock: Clock;
  random: Random;
  signal: AbortSignal;
}

const CHANGE_TIMEOUT_MS = 60_000;

export class EppWriter implements UpdateWriter {
  readonly #parts: EppWriterParts;
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: EppWriterParts) {
    this.#parts = parts;
  }

  /** Changes follow each other: two at once would take each other's name server away. */
  write(_probe: string, writtenMs: number): Promise<ConfirmedChange> {
    const done = this.#last.then(() => this.#write(writtenMs));
    this.#last = done.catch(() => undefined);
    return done;
  }

  places(): ServedPlace[] {
    const { domain, targets, rdds } = this.#parts;
    const question = { name: `${domain}.`, type: 'NS' } as const;
    const inDns = dnsPlaces(targets, question, (rdata) => this.#stampsIn(rdata), this.#parts);
    if (rdds === undefined) return inDns;
    const stampsIn = (text: string): number[] => this.#stampsIn(text);
    return [...inDns, ...rddsPlaces(rdds.targets, domain, stampsIn, rdds.tester)];
  }

  async #write(writtenMs: number): Promise<ConfirmedChange> {
    const { account, addresses, random, signal } = this.#parts;
    const [server] = addresses;
    if (server === undefined) throw failure('no address of the EPP server is configured');
    const seen = await attempt(CHANGE_TIMEOUT_MS, signal, async (over) => {
      const client = await EppClient.connect(server, account, random, over);
      try {
        return await this.#change(client, writtenMs);
      } finally {
        client.close();
      }
    });
    if ('failure' in seen) throw failure(seen.failure);
    return seen;
  }

  async #change(client: EppClient, writtenMs: number): Promise<ConfirmedChange> {
    const { account, domain, hostsBelow, clock } = this.#parts;
    await client.login(await loginOf(account));
    const host = `t${writtenMs}.${hostsBelow}`;
    const made = await client.ask((id) => hostCreate(host, id));
    // Another probe of this process may have made it in the same millisecond.
    if (!isDone(made) && made.code !== OBJECT_EXISTS)
      throw new AttemptFailure('epp-command-failed');
    const present = nameserversIn(await client.do((id) => domainInfo(domain, id)));
    const remove = present.filter((name) => this.#stampsIn(name).length > 0 && name !== host);
    const changed = await client.do((id) => domainNameservers(domain, { add: [host], remove }, id));
    const confirmedAtMs = clock.nowMs();
    // Tidying up is nobody's test.
    for (const old of remove) {
      await client.ask((id) => hostDelete(old, id)).catch((error: unknown) => errorMessage(error));
    }
    await client.logout().catch(() => undefined);
    return { receipt: changed.serverId || undefined, confirmedAtMs };
  }

  /**
   * Times in text or in a wire-format name, in which a length stands where text has a dot. Only
   * names below `hostsBelow` count.
   */
  #stampsIn(text: string): number[] {
    const labels = this.#parts.hostsBelow.split('.').map(escapePattern);
    const pattern = new RegExp(`t(\\d{13})[.\\0-\\x3f]${labels.join('[.\\0-\\x3f]')}`, 'gi');
    return [...text.matchAll(pattern)].map(([, stamp]) => Number(stamp));
  }
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function failure(why: string): CodedError {
  const message = `the change through EPP was not confirmed (${why}); see probe-errors.md`;
  return new CodedError('PROBE_EPP_FAILED', message);
}
