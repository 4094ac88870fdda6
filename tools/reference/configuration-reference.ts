/**
 * Every key of the configuration with its default and description, as the schema has them: a table
 * per section.
 */
import { z } from 'zod';
import { configurationSchema } from '#app/config/configuration.ts';

interface Schema {
  description?: string;
  default?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
}

const NOT_AVAILABLE = 'Not available in this version.';

export function configurationReference(): string {
  const schema = z.toJSONSchema(configurationSchema('/'), {
    io: 'input',
    unrepresentable: 'any',
    reused: 'inline',
  }) as Schema;
  const all = Object.entries(schema.properties ?? {});
  const top = all.filter(([, { properties }]) => properties === undefined);
  const sections = all.filter(([, { properties }]) => properties !== undefined);
  const parts = [table('Top level', '', Object.fromEntries(top), schema.required ?? [])];
  for (const [name, { properties = {}, required = [] }] of sections) {
    parts.push(table(`\`${name}\``, `${name}.`, properties, required));
  }
  return `\n${parts.join('\n')}\n`;
}

function table(
  title: string,
  prefix: string,
  keys: Record<string, Schema>,
  required: readonly string[],
): string {
  const rows = Object.entries(keys).flatMap(([key, schema]) =>
    rowsOf(`${prefix}${key}`, schema, required.includes(key)),
  );
  return `### ${title}\n\n| key | default | meaning |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
}

/** The key, then the keys inside it, or inside each item of its list. */
function rowsOf(path: string, schema: Schema, isRequired: boolean): string[] {
  const { description = '', default: value, items } = schema;
  const shown = value === undefined ? '' : `\`${JSON.stringify(value)}\``;
  const fallback = isRequired && value === undefined ? 'required' : shown;
  const inner = items?.properties === undefined ? schema : items;
  const innerPath = inner === items ? `${path}[]` : path;
  return [
    `| \`${path}\` | ${description === NOT_AVAILABLE ? '' : fallback} | ${description} |`,
    ...Object.entries(inner.properties ?? {}).flatMap(([key, each]) =>
      rowsOf(`${innerPath}.${key}`, each, inner.required?.includes(key) ?? false),
    ),
  ];
}
