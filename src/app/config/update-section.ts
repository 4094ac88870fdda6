/**
 * `nameserver.update`: who may change zones by DNS UPDATE (RFC 2136), and what of them. An entry is
 * a text as in the other access lists, or a mapping that narrows one key to names and types.
 */
import { z } from 'zod';
import { type Scope, ScopeRule } from '#access/scope.ts';
import { errorMessage } from '#base/coded-error.ts';
import { checkAccessEntry } from '#dns/transfer/access-list.ts';
import { formatName, lowerName, type Name, parseName, ROOT } from '#dns/wire/name.ts';
import { domainName, reading, section } from './schema-parts.ts';

const ENTRIES_MAX = 1000;
const NAMES_MAX = 1000;

/** One entry, both forms alike. */
export interface UpdateGrant {
  /** As access-list.ts of dns/transfer reads it. */
  entry: string;
  /** Exactly these names, absolute, lower case, and those below `suffixes`; absent: any. */
  names?: string[];
  /** Names at or below these, absolute, lower case. */
  suffixes?: string[];
  /** Zones, types and networks; its suffixes are the grant's own. */
  scope?: Scope;
}

export function updateSection() {
  return section({
    allow: z
      .array(updateEntry(), { error: 'write a list' })
      .max(ENTRIES_MAX)
      .default([])
      .describe(
        'Who may update: addresses, networks, `key:NAME`, `cert:NAME`, and these two with ' +
          '`@NETWORK` behind for both; or `{ key, names, suffixes, types, zones, networks }`, ' +
          'which lets a key change these names, names at or below these suffixes, and records of ' +
          'these types only. A zone’s metadata may allow more. None: nobody.',
      ),
  });
}

function updateEntry() {
  const text = reading('an address, a network, key:NAME, cert:NAME or a mapping', checkAccessEntry);
  return z.unknown().transform((value, context): UpdateGrant => {
    const schema = typeof value === 'string' ? text : narrowedKey();
    const parsed = schema.safeParse(value);
    if (parsed.success) {
      return typeof parsed.data === 'string' ? { entry: parsed.data } : parsed.data;
    }
    // The issues of the inner schema as they are: an unknown key stays one, with its place.
    for (const issue of parsed.error.issues) {
      context.issues.push({ ...issue, input: value } as unknown as z.core.$ZodRawIssue);
    }
    return z.NEVER;
  });
}

function narrowedKey() {
  return section({
    key: reading('the name of a key', (text): Name => lowerName(parseName(text, ROOT))),
    names: z.array(domainName(), { error: 'write a list' }).min(1).max(NAMES_MAX).optional(),
    suffixes: z.array(domainName(), { error: 'write a list' }).min(1).max(NAMES_MAX).optional(),
    types: texts(),
    zones: texts(),
    networks: texts(),
  }).transform(({ key, names, suffixes, types, zones, networks }, context): UpdateGrant => {
    try {
      const { scope } = new ScopeRule({
        write: true,
        ...(types && { types }),
        ...(zones && { zones }),
        ...(networks && { networks }),
      });
      const entry = `key:${formatName(key)}`;
      return { entry, ...(names && { names }), ...(suffixes && { suffixes }), scope };
    } catch (error) {
      context.addIssue({ code: 'custom', message: errorMessage(error) });
      return z.NEVER;
    }
  });
}

function texts() {
  return z.array(z.string({ error: 'write a text' }), { error: 'write a list' }).optional();
}
