/** `tsigKeys`: the TSIG keys (RFC 8945) that stand in the configuration, with their scopes. */
import { z } from 'zod';
import { type Scope, ScopeRule } from '#access/scope.ts';
import { TSIG_KEYS_MAX } from '#access/tsig-key-list.ts';
import { errorMessage } from '#base/coded-error.ts';
import { TSIG_ALGORITHM_DEFAULT, TSIG_ALGORITHMS } from '#dns/tsig/tsig-key.ts';
import { formatName, lowerName, parseName, ROOT } from '#dns/wire/name.ts';
import { path, reading, section, uniqueList } from './schema-parts.ts';

/** One key; its secret is still in the file. */
export interface ConfiguredTsigKey {
  /** With its final dot, lower case. */
  name: string;
  algorithm: (typeof TSIG_ALGORITHMS)[number];
  secretFile: string;
  scope?: Scope | undefined;
}

export function tsigKeysSection(folder: string) {
  return uniqueList(
    section({
      name: reading('the name of a key', (text) =>
        formatName(lowerName(parseName(text, ROOT))),
      ).describe('Its name, the same at both ends.'),
      algorithm: z
        .enum(TSIG_ALGORITHMS, { error: `write one of ${TSIG_ALGORITHMS.join(', ')}` })
        .default(TSIG_ALGORITHM_DEFAULT)
        .describe(`One of ${TSIG_ALGORITHMS.join(', ')}; MD5 only for ends that know no other.`),
      secretFile: path(folder).describe(
        'File with the secret in base64, mode 0600; read again on SIGHUP.',
      ),
      scope: scopeSection()
        .optional()
        .describe(
          'What the key may change by DNS UPDATE, and nothing else, whatever `nameserver.update` ' +
            'says. None: what lists allow it.',
        ),
    }),
    ({ name }) => name,
  )
    .pipe(z.array(z.custom<ConfiguredTsigKey>()).max(TSIG_KEYS_MAX))
    .default([]);
}

/** A scope that writes; each part that is left out narrows nothing. */
function scopeSection() {
  return section({
    zones: texts().describe('Names of zones. None: every zone.'),
    suffixes: texts().describe('Names at or below these. None: every name.'),
    types: texts().describe('Types of records, as in `TXT`. None: every type.'),
    networks: texts().describe('Addresses and networks that it comes from. None: from anywhere.'),
  }).transform((parts, context): Scope => {
    try {
      return new ScopeRule({ ...withoutAbsent(parts), write: true }).scope;
    } catch (error) {
      context.addIssue({ code: 'custom', message: errorMessage(error) });
      return z.NEVER;
    }
  });
}

type ScopeLists = Pick<Scope, 'zones' | 'suffixes' | 'types' | 'networks'>;

function withoutAbsent(
  parts: {
    [Part in keyof ScopeLists]: ScopeLists[Part] | undefined;
  },
): ScopeLists {
  return Object.fromEntries(Object.entries(parts).filter(([, list]) => list !== undefined));
}

function texts() {
  return z.array(z.string({ error: 'write a text' }), { error: 'write a list' }).optional();
}
