/**
 * Questions made up from a seed: each name is one that a zone has or that its data points to, or one
 * above, below or beside it, in any case of letters; with the types, header bits and EDNS fields
 * that resolvers use and some that they do not.
 */
import { createReadStream } from 'node:fs';
import type { Random } from '#base/random.ts';
import { formatName, type Name, parseName } from '#dns/wire/name.ts';
import type { RdataWriter } from '#dns/wire/rdata/rdata-writer.ts';
import { rdataNames } from '#dns/wire/rdata/registry.ts';
import { parseZonefile } from '#dns/zonefile/parse-zonefile.ts';
import type { QueryFields } from '../../kit/dns-query.ts';

export interface Question extends QueryFields {
  id: number;
  isTcp: boolean;
}

/** Each as often as it is listed. Not NSEC3, for which NSD acts as if no name had it. */
const TYPES = [
  1, 1, 1, 1, 28, 28, 2, 2, 6, 6, 15, 15, 16, 16, 16, 5, 5, 39, 39, 43, 43, 43, 48, 47, 51, 255,
  255, 46, 33, 35, 12, 257, 64, 65, 59, 60, 13, 17, 18, 29, 37, 44, 52, 99, 65_280, 65_280, 731,
];
const LABELS = ['x', 'www', 'a', 'ent', 'zz', '0', '*', 'missing', '\\000', '\\255', 'ns1', 'sub'];
const PAYLOAD_SIZES = [0, 512, 513, 700, 1232, 4096, 65_535];
const NAME_SIZE_MAX = 255;

export interface ZoneNames {
  /** Without doubles, in the order of the file. */
  owners: string[];
  /** Names in the data of its records. */
  targets: string[];
}

export async function readZoneNames(files: ReadonlyMap<string, string>): Promise<ZoneNames[]> {
  const zones: ZoneNames[] = [];
  for (const [zone, file] of files) {
    const owners = new Set<string>();
    const targets = new Set<string>();
    const sink = {
      record(owner: Name, type: number, _ttl: number, rdata: RdataWriter): void {
        owners.add(formatName(owner));
        const data = rdata.take();
        for (const { at } of rdataNames(type, data)) targets.add(formatName(readName(data, at)));
      },
    };
    const options = { file, origin: parseName(zone), includes: false as const };
    const { errors } = await parseZonefile(createReadStream(file), options, sink);
    if (errors[0] !== undefined) throw errors[0];
    zones.push({ owners: [...owners], targets: [...targets] });
  }
  return zones;
}

function readName(octets: Uint8Array, at: number): Name {
  let end = at;
  while (octets[end] !== 0) end += 1 + (octets[end] ?? 0);
  return octets.slice(at, end + 1);
}

/** Question `index` of a sequence; its id is `index`. */
export function makeQuestion(index: number, zones: readonly ZoneNames[], random: Random): Question {
  const { owners, targets } = pick(zones, random);
  const known = pick(random.below(6) === 0 && targets.length > 0 ? targets : owners, random);
  const name = mixCase(varyName(known, random), random);
  const hasEdns = random.below(10) < 7;
  return {
    id: index & 0xffff,
    name,
    type: pick(TYPES, random),
    recursionDesired: random.below(2) === 0,
    checkingDisabled: random.below(5) === 0,
    authenticData: random.below(5) === 0,
    isTcp: random.below(4) === 0,
    ...(hasEdns && {
      edns: { payloadSize: pick(PAYLOAD_SIZES, random), dnssecOk: random.below(10) < 6 },
    }),
  };
}

function varyName(name: string, random: Random): string {
  const labels = splitLabels(name);
  const label = pick(LABELS, random);
  switch (random.below(9)) {
    case 0:
    case 1:
    case 2:
      return name;
    case 3:
      return fitting([label, ...labels], name);
    case 4:
      return fitting([pick(LABELS, random), label, ...labels], name);
    case 5:
      return labels.length > 2 ? labels.slice(1).join('.') : name;
    case 6:
      return labels.length > 2 ? fitting([label, ...labels.slice(1)], name) : name;
    case 7:
      return labels.length > 3 ? fitting([label, ...labels.slice(2)], name) : name;
    default:
      return fitting(['*', ...labels], name);
  }
}

/** Labels of a presentation form, the root's as an empty last one. */
function splitLabels(name: string): string[] {
  return name.match(/(?:\\\d{3}|\\.|[^.\\])+/g)?.concat('') ?? [''];
}

function fitting(labels: readonly string[], otherwise: string): string {
  const name = labels.join('.');
  try {
    return parseName(name).length <= NAME_SIZE_MAX ? name : otherwise;
  } catch {
    return otherwise;
  }
}

function mixCase(name: string, random: Random): string {
  if (random.below(3) > 0) return name;
  return name.replaceAll(/[a-z]/g, (letter) =>
    random.below(2) === 0 ? letter.toUpperCase() : letter,
  );
}

function pick<T>(values: readonly T[], random: Random): T {
  const value = values[random.below(values.length)];
  if (value === undefined) throw new Error('nothing to pick from');
  return value;
}
