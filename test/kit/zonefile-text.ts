/** Master file text in, records and mistakes out as text: so that tests read like the files. */
import { formatName, type Name, parseName } from '#dns/wire/name.ts';
import type { RdataWriter } from '#dns/wire/rdata/rdata-writer.ts';
import { formatRdata, formatTypeCode } from '#dns/wire/rdata/registry.ts';
import { formatFinding } from '#dns/zone/finding.ts';
import { type LoadedZone, loadZonefile } from '#dns/zonefile/load-zonefile.ts';
import {
  parseZonefile,
  type ZonefileOptions,
  type ZonefileOutcome,
} from '#dns/zonefile/parse-zonefile.ts';
import type { RecordSink } from '#dns/zonefile/record-sink.ts';
import { printZone } from '#dns/zonefile/zonefile-printer.ts';

export const ORIGIN = parseName('example.com.');

/** Keeps each record as `owner ttl type rdata`. */
export class TextSink implements RecordSink {
  readonly records: string[] = [];
  readonly places: string[] = [];

  record(
    owner: Name,
    type: number,
    ttl: number,
    rdata: RdataWriter,
    place: { line: number; column: number },
  ): void {
    const data = formatRdata(type, rdata.take());
    this.records.push(`${formatName(owner)} ${ttl} ${formatTypeCode(type)} ${data}`);
    this.places.push(`${place.line}:${place.column}`);
  }
}

export interface ReadText extends ZonefileOutcome {
  records: string[];
  /** `LINE:COLUMN` of each record. */
  places: string[];
  /** `LINE:COLUMN: message` of each error and warning, the file left out. */
  said: string[];
}

/** Reads text as the file `zone`; `pieceSize` cuts it into pieces of so many octets. */
export async function readText(
  text: string | Uint8Array,
  options: Partial<ZonefileOptions> = {},
  pieceSize = 65_536,
): Promise<ReadText> {
  const sink = new TextSink();
  const all = { file: 'zone', origin: ORIGIN, includes: false as const, ...options };
  const outcome = await parseZonefile(pieces(text, pieceSize), all, sink);
  const said = outcome.errors.map((error) => error.message.replace(/^zone:/, ''));
  for (const { place, message } of outcome.warnings) {
    said.push(`${place.line}:${place.column}: warning: ${message}`);
  }
  return { ...outcome, records: sink.records, places: sink.places, said };
}

export async function* pieces(text: string | Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const octets = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  for (let at = 0; at < octets.length; at += size) yield octets.subarray(at, at + size);
}

/** Loads and checks text as the zone `origin`. */
export async function loadText(text: string, origin: Name = ORIGIN): Promise<LoadedZone> {
  return loadZonefile(pieces(text, 65_536), { file: 'zone', origin, includes: false });
}

/** Findings as `LINE:COLUMN: message`. */
export function findingLines(zone: LoadedZone): string[] {
  return zone.findings.map((finding) => formatFinding(finding).replace(/^zone:/, ''));
}

/** The zone printed back. */
export async function printText(zone: LoadedZone): Promise<string> {
  let text = '';
  for await (const piece of printZone(zone.table.nodes())) text += piece;
  return text;
}
