/**
 * The stored form of everything in this folder: JSON with the number of its layout, one row a
 * thing. An unknown layout is refused, never guessed at.
 */
import { asBuffer, utf8 } from '#base/bytes.ts';
import { CodedError } from '#base/coded-error.ts';

/** Of every row here; each kind has rows of its own prefix, and may count on by itself. */
const ACCESS_LAYOUT = 1;

export function formatAccessRow(row: object): Uint8Array {
  return utf8(JSON.stringify({ layout: ACCESS_LAYOUT, ...row }));
}

/**
 * The row as it was formatted; its fields are for the caller to name.
 * @param what the thing as errors call it, `a token`
 * @throws CodedError STORE_LAYOUT for a layout that this version does not know
 */
export function parseAccessRow(what: string, value: Uint8Array): object {
  const { layout, ...row } = JSON.parse(asBuffer(value).toString('utf8')) as {
    layout: number;
  } & Record<string, unknown>;
  if (layout !== ACCESS_LAYOUT) {
    throw new CodedError(
      'STORE_LAYOUT',
      `the row of ${what} has layout ${layout}, and this version of Holdfast reads ` +
        `${ACCESS_LAYOUT}: start the version that wrote it, or restore a backup`,
    );
  }
  return row;
}
