/**
 * TSIG keys: a name, an algorithm and a secret that both ends know (RFC 8945 sections 4.1 and 6).
 * The algorithm is a domain name on the wire, `hmac-sha256.`, and the same without the dot in
 * texts; MD5's is the odd one, `hmac-md5.sig-alg.reg.int.`. A key belongs to its algorithm: the
 * same name with another algorithm is an unknown key.
 */
import { formatBase64, parseBase64 } from '#base/bytes.ts';
import type { Random } from '#base/random.ts';
import { formatName, lowerName, type Name, nameKey, parseName, ROOT } from '#dns/wire/name.ts';
import { TsigError } from './tsig-error.ts';

/** Those of RFC 8945 section 6 that are not about GSS or cut by the algorithm's name. */
export const TSIG_ALGORITHMS = [
  'hmac-md5',
  'hmac-sha1',
  'hmac-sha224',
  'hmac-sha256',
  'hmac-sha384',
  'hmac-sha512',
] as const;

export type TsigAlgorithm = (typeof TSIG_ALGORITHMS)[number];

export const TSIG_ALGORITHM_DEFAULT: TsigAlgorithm = 'hmac-sha256';

/** Octets of a secret at most. HMAC hashes longer ones down to less than this. */
export const TSIG_SECRET_SIZE_MAX = 512;

export interface TsigKey {
  /** Lower case. */
  name: Name;
  algorithm: TsigAlgorithm;
  /** At least one octet, at most TSIG_SECRET_SIZE_MAX. */
  secret: Uint8Array;
}

/** What the receiver of signed requests takes beyond the safe; nothing by default. */
export interface TsigPolicy {
  /** Take keys of hmac-md5, which RFC 8945 section 6 says not to use. */
  allowsMd5?: boolean;
  /** Take MACs cut as far as RFC 8945 section 5.2.2.1 allows; otherwise they are BADTRUNC. */
  allowsTruncation?: boolean;
}

/** The keys that a server knows. */
export interface TsigKeyring {
  /** The key of this name, in any case. */
  find(name: Name): TsigKey | undefined;
  readonly policy?: TsigPolicy;
}

interface AlgorithmFacts {
  name: Name;
  /** What node:crypto calls the hash. */
  hash: string;
  /** Octets of a whole MAC. */
  macSize: number;
}

const FACTS: Readonly<Record<TsigAlgorithm, AlgorithmFacts>> = {
  'hmac-md5': { name: parseName('hmac-md5.sig-alg.reg.int.'), hash: 'md5', macSize: 16 },
  'hmac-sha1': { name: parseName('hmac-sha1.'), hash: 'sha1', macSize: 20 },
  'hmac-sha224': { name: parseName('hmac-sha224.'), hash: 'sha224', macSize: 28 },
  'hmac-sha256': { name: parseName('hmac-sha256.'), hash: 'sha256', macSize: 32 },
  'hmac-sha384': { name: parseName('hmac-sha384.'), hash: 'sha384', macSize: 48 },
  'hmac-sha512': { name: parseName('hmac-sha512.'), hash: 'sha512', macSize: 64 },
};

const BY_NAME: ReadonlyMap<string, TsigAlgorithm> = new Map(
  TSIG_ALGORITHMS.map((algorithm) => [nameKey(FACTS[algorithm].name), algorithm]),
);

/** The algorithm's name on the wire. */
export function algorithmName(algorithm: TsigAlgorithm): Name {
  return FACTS[algorithm].name;
}

/** What node:crypto calls the algorithm's hash: `sha256`. */
export function algorithmHash(algorithm: TsigAlgorithm): string {
  return FACTS[algorithm].hash;
}

/** Octets of the algorithm's whole MAC. */
export function algorithmMacSize(algorithm: TsigAlgorithm): number {
  return FACTS[algorithm].macSize;
}

/** The algorithm that a name on the wire stands for, in any case. */
export function findAlgorithm(name: Name): TsigAlgorithm | undefined {
  return BY_NAME.get(nameKey(name));
}

/**
 * The algorithm that people mean: in any case, with or without a final dot, MD5's name also whole.
 * `undefined` for one that we do not have.
 */
export function parseTsigAlgorithm(text: string): TsigAlgorithm | undefined {
  const plain = text.toLowerCase().replace(/\.$/, '');
  if (plain === 'hmac-md5.sig-alg.reg.int') return 'hmac-md5';
  return TSIG_ALGORITHMS.find((algorithm) => algorithm === plain);
}

/** A key as people write it. */
export interface TsigKeyText {
  /** With or without a final dot. */
  name: string;
  algorithm: string;
  /** Base64. */
  secret: string;
}

/**
 * Reads a key as people write it.
 * @throws NameError NAME_INVALID
 * @throws TsigError TSIG_KEY_INVALID, without the secret in its message
 */
export function parseTsigKey(text: TsigKeyText): TsigKey {
  const name = lowerName(parseName(text.name, ROOT));
  const algorithm = parseTsigAlgorithm(text.algorithm);
  if (algorithm === undefined) {
    const known = TSIG_ALGORITHMS.join(', ');
    const message = `TSIG algorithm '${text.algorithm}' is unknown; there are ${known}`;
    throw new TsigError('TSIG_KEY_INVALID', message);
  }
  const secret = parseBase64(text.secret.replaceAll(/\s+/g, ''));
  if (secret === undefined || secret.length === 0 || secret.length > TSIG_SECRET_SIZE_MAX) {
    const wanted = `base64 of 1 to ${TSIG_SECRET_SIZE_MAX} octets`;
    const message = `the secret of TSIG key ${formatName(name)} is not ${wanted}`;
    throw new TsigError('TSIG_KEY_INVALID', message);
  }
  return { name, algorithm, secret };
}

/** The key as people write it: name without its final dot, secret in base64. */
export function formatTsigKey({ name, algorithm, secret }: TsigKey): TsigKeyText {
  const text = formatName(name);
  return {
    name: text === '.' ? text : text.slice(0, -1),
    algorithm,
    secret: formatBase64(secret),
  };
}

/** A fresh secret, as long as the algorithm's MAC (RFC 8945 section 8: no shorter). */
export function generateTsigSecret(algorithm: TsigAlgorithm, random: Random): Uint8Array {
  return random.bytes(FACTS[algorithm].macSize);
}
