/** The id of a receipt: `r-` and the change's place in the journal. */

export function formatReceiptId(sequence: number): string {
  return `r-${sequence}`;
}

/** `undefined` for anything that is no such id. */
export function parseReceiptId(id: string): number | undefined {
  return /^r-[1-9][0-9]{0,14}$/.test(id) ? Number(id.slice(2)) : undefined;
}
