/**
 * Changes through the admin API: the time as a TXT record below a zone that holds nothing else, one
 * name for each probe. They appear in the DNS alone.
 */
import type { DnsTarget } from './dns-tester.ts';
import { type AskingParts, dnsPlaces, type ServedPlace } from './served-place.ts';
import type { ConfirmedChange, UpdateWriter } from './update-test.ts';
import type { ZoneApi } from './zone-api.ts';

/** The label that the time is written at, below the zone and after the probe's name. */
const LABEL = '_holdfast';

export interface ApiWriterParts extends AskingParts {
  api: ZoneApi;
  /** Zone to write into; it holds nothing else. */
  zone: string;
  targets: readonly DnsTarget[];
}

export class ApiWriter implements UpdateWriter {
  readonly #parts: ApiWriterParts;

  constructor(parts: ApiWriterParts) {
    this.#parts = parts;
  }

  /** Raises PROBE_API_FAILED when the change was not confirmed. */
  write(probe: string, writtenMs: number): Promise<ConfirmedChange> {
    const { api, zone, targets } = this.#parts;
    const nameservers = [...new Set(targets.map(({ nameserver }) => nameserver))];
    return api.writeText(zone, this.#nameOf(probe), String(writtenMs), nameservers);
  }

  places(probe: string): ServedPlace[] {
    const question = { name: this.#nameOf(probe), type: 'TXT' } as const;
    return dnsPlaces(this.#parts.targets, question, stampsInText, this.#parts);
  }

  #nameOf(probe: string): string {
    const { zone } = this.#parts;
    return `${LABEL}.${probe.toLowerCase()}.${zone === '.' ? '' : zone}`;
  }
}

/** The first character string of a TXT record is the time. */
function stampsInText(rdata: string): number[] {
  const stamp = Number(rdata.slice(1));
  return Number.isSafeInteger(stamp) && rdata.length > 1 ? [stamp] : [];
}
