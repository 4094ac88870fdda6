/**
 * The kinds of values that a configuration is made of. Each reads a YAML value into the form that
 * the program uses (an address into its parts, a path into an absolute one) and says in words what
 * it wanted.
 */
import { resolve } from 'node:path';
import { validate as isCron } from 'node-cron';
import { z } from 'zod';
import { errorMessage } from '#base/coded-error.ts';
import { formatName, lowerName, parseName } from '#dns/wire/name.ts';
import {
  formatListenAddress,
  type ListenAddress,
  parseListenAddress,
} from '#net/listen-address.ts';

/** Addresses of one kind of socket. */
const LISTEN_MAX = 64;

/** A mapping with exactly these keys; an unknown one is an error that lists the known ones. */
export function section<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: ({ code, input }) => {
      if (code === 'unrecognized_keys') {
        return `unknown key; known here: ${Object.keys(shape).join(', ')}`;
      }
      if (code === 'invalid_type' && input !== undefined) return 'write a mapping of keys here';
      return undefined;
    },
  });
}

/** Runs a parser that throws coded errors; its message becomes the schema's. */
export function reading<T>(kind: string, read: (text: string) => T) {
  return z.string({ error: `write ${kind}` }).transform((text, context) => {
    try {
      return read(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: errorMessage(error) });
      return z.NEVER;
    }
  });
}

/** Relative paths count from `folder`, the configuration file's. */
export function path(folder: string) {
  return z
    .string({ error: 'write a path' })
    .min(1, 'write a path')
    .transform((text) => resolve(folder, text));
}

/** `127.0.0.1:5300` or `[::1]:5300`. */
export function listenAddress() {
  return reading('ADDRESS:PORT', (text): ListenAddress => parseListenAddress(text));
}

/** A listen address, or `{ address, optional: true }` for one that this machine may lack. */
function listenEntry() {
  const entry = section({
    address: listenAddress(),
    optional: z.boolean().default(false),
  }).transform(({ address, optional }): ListenAddress => ({ ...address, optional }));
  return z.unknown().transform((value, context): ListenAddress => {
    const schema = typeof value === 'string' ? listenAddress() : entry;
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    // The issues of the inner schema as they are: an unknown key stays one, with its place.
    for (const issue of parsed.error.issues) {
      context.issues.push({ ...issue, input: value } as unknown as z.core.$ZodRawIssue);
    }
    return z.NEVER;
  });
}

/** Where a server listens: at least one listen entry, none of them twice. */
export function listenEntries() {
  return uniqueList(listenEntry(), formatListenAddress).pipe(
    z.array(z.custom<ListenAddress>()).min(1).max(LISTEN_MAX),
  );
}

/** A domain name with its final dot, in lower case as names of zones are kept. */
export function domainName() {
  return reading('a domain name with its final dot', (text) =>
    formatName(lowerName(parseName(text))),
  );
}

/** An `http:` or `https:` URL, without a trailing slash. */
export function httpUrl() {
  return z
    .url({ protocol: /^https?$/, error: 'write an http:// or https:// URL' })
    .transform((text) => text.replace(/\/$/, ''));
}

/** Five fields in UTC, as cron reads them. */
export function cronSchedule() {
  return z
    .string({ error: 'write five cron fields' })
    .refine((text) => text.trim().split(/\s+/).length === 5 && isCron(text), {
      error: 'write five cron fields, as in "0 */6 * * *"',
    });
}

/** A short name that may stand in a label of a metric or in a file's name. */
export function label() {
  return z
    .string({ error: 'write a name' })
    .regex(/^[a-z0-9](?:[a-z0-9._-]{0,62})$/i, 'use letters, digits, dots and dashes, up to 63');
}

/** A list in which no two entries have the same key. */
export function uniqueList<T extends z.ZodType>(item: T, keyOf: (value: z.output<T>) => string) {
  return z.array(item, { error: 'write a list' }).superRefine((values, context) => {
    const seen = new Set<string>();
    for (const [at, value] of values.entries()) {
      const key = keyOf(value);
      if (seen.has(key)) {
        context.addIssue({ code: 'custom', path: [at], message: `"${key}" is there twice` });
      }
      seen.add(key);
    }
  });
}
