/** The admin API's TSIG keys and autoprimaries, joined to the lists of who may do what. */
import { AccessError } from '#access/access-error.ts';
import type { AutoprimaryList } from '#access/autoprimary-list.ts';
import type { TsigKeyList } from '#access/tsig-key-list.ts';
import { formatBase64, parseBase64 } from '#base/bytes.ts';
import type { Random } from '#base/random.ts';
import {
  generateTsigSecret,
  parseTsigAlgorithm,
  type TsigAlgorithm,
  type TsigKey,
} from '#dns/tsig/tsig-key.ts';
import { formatName, type Name } from '#dns/wire/name.ts';
import { invalidRequest } from '#http/api/api-error.ts';
import type {
  AutoprimaryPort,
  AutoprimaryText,
  TsigKeyChange,
  TsigKeyPort,
  TsigKeyText,
} from '#http/api/transfer-ports.ts';
import {
  autoprimaryExists,
  tsigKeyConfigured,
  tsigKeyExists,
  tsigKeyMissing,
  tsigKeyRefused,
} from '#http/api/transfer-refusals.ts';
import { refusing } from './change-refusal.ts';
import { readName } from './zone-text.ts';

export class TsigKeyAdapter implements TsigKeyPort {
  readonly #keys: TsigKeyList;
  readonly #random: Random;

  constructor(keys: TsigKeyList, random: Random) {
    this.#keys = keys;
    this.#random = random;
  }

  async list(): Promise<TsigKeyText[]> {
    return this.#keys.list().map(keyText);
  }

  async find(name: string): Promise<TsigKeyText | undefined> {
    const wanted = readName(name);
    const key = wanted === undefined ? undefined : this.#keys.find(wanted);
    return key === undefined ? undefined : keyText(key);
  }

  async create(key: Omit<TsigKeyText, 'secret'> & { secret?: string }): Promise<TsigKeyText> {
    const name = readName(key.name);
    if (name === undefined) throw tsigKeyRefused(`'${key.name}' is not a domain name`);
    const algorithm = readAlgorithm(key.algorithm);
    const secret =
      key.secret === undefined
        ? generateTsigSecret(algorithm, this.#random)
        : readSecret(key.secret);
    const spec = { name, algorithm, secret };
    return refusingKey(key.name, async () => keyText(await this.#keys.create(spec)));
  }

  async change(name: string, change: TsigKeyChange): Promise<TsigKeyText> {
    const held = this.#getName(name);
    const next = change.name === undefined ? undefined : readName(change.name);
    if (change.name !== undefined && next === undefined) {
      throw tsigKeyRefused(`'${change.name}' is not a domain name`);
    }
    const changes = {
      ...(next && { name: next }),
      ...(change.algorithm !== undefined && { algorithm: readAlgorithm(change.algorithm) }),
      ...(change.secret !== undefined && { secret: readSecret(change.secret) }),
    };
    const taken = change.name ?? name;
    return refusingKey(taken, async () => keyText(await this.#keys.change(held, changes)));
  }

  async remove(name: string): Promise<void> {
    const held = this.#getName(name);
    await refusingKey(name, () => this.#keys.remove(held));
  }

  #getName(name: string): Name {
    const held = readName(name);
    if (held === undefined || this.#keys.find(held) === undefined) throw tsigKeyMissing(name);
    return held;
  }
}

export class AutoprimaryAdapter implements AutoprimaryPort {
  readonly #list: AutoprimaryList;

  constructor(list: AutoprimaryList) {
    this.#list = list;
  }

  async list(): Promise<AutoprimaryText[]> {
    return this.#list.list();
  }

  async add(autoprimary: AutoprimaryText): Promise<void> {
    const { ip, nameserver } = autoprimary;
    await refusing('', async () => {
      try {
        await this.#list.add(autoprimary);
      } catch (error) {
        if (!(error instanceof AccessError)) throw error;
        throw error.code === 'ACCESS_EXISTS'
          ? autoprimaryExists(ip, nameserver)
          : invalidRequest(error.message);
      }
    });
  }

  async remove(ip: string, nameserver: string): Promise<void> {
    await refusing('', () => this.#list.remove(ip, nameserver));
  }
}

function keyText({ name, algorithm, secret }: TsigKey): TsigKeyText {
  return { name: formatName(name), algorithm, secret: formatBase64(secret) };
}

function readAlgorithm(text: string): TsigAlgorithm {
  const algorithm = parseTsigAlgorithm(text);
  if (algorithm === undefined) throw tsigKeyRefused(`Unknown TSIG algorithm: ${text}`);
  return algorithm;
}

/** How long it may be is for the list to say. */
function readSecret(text: string): Uint8Array {
  const secret = parseBase64(text.replaceAll(/\s+/g, ''));
  if (secret === undefined) throw tsigKeyRefused('Can not base64 decode the key');
  return secret;
}

/** @param name that the key has, or was to have */
async function refusingKey<T>(name: string, write: () => Promise<T>): Promise<T> {
  return refusing(name, async () => {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof AccessError)) throw error;
      switch (error.code) {
        case 'ACCESS_EXISTS':
          throw tsigKeyExists(name);
        case 'ACCESS_MISSING':
          throw tsigKeyMissing(name);
        case 'ACCESS_CONFIGURED':
          throw tsigKeyConfigured(name);
        default:
          throw tsigKeyRefused(error.message);
      }
    }
  });
}
